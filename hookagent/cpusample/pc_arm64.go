package cpusample

// pcRegister is the program counter's number among the registers of a sample: PERF_REG_ARM64_PC.
const pcRegister = 32
