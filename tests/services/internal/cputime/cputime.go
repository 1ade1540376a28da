// Package cputime reads how long the processor worked, which other programs on a busy machine hardly change.
package cputime

import (
	"syscall"
	"time"
	"unsafe"
)

// Thread is the calling thread's time so far; the goroutine is to be wired to it (runtime.LockOSThread).
func Thread() time.Duration {
	const clockThreadCPUTimeID = 3
	var ts syscall.Timespec
	if _, _, err := syscall.RawSyscall(syscall.SYS_CLOCK_GETTIME, clockThreadCPUTimeID, uintptr(unsafe.Pointer(&ts)), 0); err != 0 {
		panic(err)
	}
	return time.Duration(ts.Nano())
}

// Process is that of all threads together, the collector's included.
func Process() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
