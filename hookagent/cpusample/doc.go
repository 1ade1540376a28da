// Package cpusample finds out which share of a process's CPU time is spent in a range of its code, by sampling.
//
// The kernel notes, after every few milliseconds of CPU time that a thread has used, where it stands (perf_event_open(2), the software
// event PERF_COUNT_SW_CPU_CLOCK: it needs no counters of the processor, so that it works in virtual machines). Cache misses, mispredicted
// branches and, where the kernel may be sampled, page faults of that code are in the share. Nothing is stopped, traced or written.
//
// What is sampled pays for it, not so much with an interrupt a sample as with a microsecond whenever its threads change places (the kernel
// changes the events' contexts, also of those that are disabled). So the events are there for a tenth of the time, in bursts that come at
// random.
package cpusample
