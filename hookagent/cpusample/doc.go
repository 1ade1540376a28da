// Package cpusample finds out which share of a process's CPU time is spent in a range of its code, by sampling.
//
// The kernel notes, after every few milliseconds of CPU time that a thread has used, where it stands (perf_event_open(2), the software
// event PERF_COUNT_SW_CPU_CLOCK: it needs no counters of the processor, so that it works in virtual machines). Cache misses, mispredicted
// branches and, where the kernel may be sampled, page faults of that code are in the share. Nothing is stopped, traced or written: the
// process does not notice but for an interrupt a sample.
package cpusample
