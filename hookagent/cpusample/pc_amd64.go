package cpusample

// pcRegister is the program counter's number among the registers of a sample: PERF_REG_X86_IP.
const pcRegister = 8
