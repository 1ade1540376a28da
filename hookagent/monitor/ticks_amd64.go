package monitor

// readTicks reads the processor's time stamp counter (RDTSC, after LFENCE so that it is not read ahead of what comes before). The
// injected code stamps events with it. It is meaningful on machines whose counter runs at one rate on all cores ("constant_tsc
// nonstop_tsc" in /proc/cpuinfo), which is every amd64 server of the last fifteen years.
func readTicks() uint64
