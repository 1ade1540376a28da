package target

import (
	"errors"
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// tracingLimit is how long a tracing thread may take before it is given up: it hangs in the kernel then, as PTRACE_SEIZE does while
// the service is in an execve that does not get on. It holds nothing that stands still, and lets go of everything when it comes back.
const tracingLimit = 10 * time.Second

var errTracing = errors.New("the system does not come back from tracing the service: it may be replacing itself by another program")

// onTracingThread calls f on an operating system thread of its own, and returns when that thread has ended. Its end lets go of
// all that it traces, in whatever state that is: a thread that does not come to a stop cannot be detached from otherwise
// (kernel/ptrace.c exit_ptrace).
func onTracingThread(f func() error) error {
	type end struct {
		tid int
		err error
	}
	ended := make(chan end, 1)
	go traceOn(func() {
		_ = unix.Setpriority(unix.PRIO_PROCESS, 0, -20) // where that is permitted: the service waits for this thread
		ended <- end{unix.Gettid(), f()}
	})
	select {
	case e := <-ended:
		for end := time.Now().Add(tracingLimit); unix.Tgkill(unix.Getpid(), e.tid, 0) == nil; time.Sleep(50 * time.Microsecond) {
			if time.Now().After(end) {
				return errors.Join(e.err, errTracing)
			}
		}
		return e.err
	case <-time.After(tracingLimit):
		return errTracing
	}
}

// traceOn runs on a goroutine of its own. It never unlocks its thread, so that the thread ends with it; the first thread of a Go
// program does not end (runtime/proc.go mexit), so another one is taken if it is that.
func traceOn(f func()) {
	runtime.LockOSThread()
	if unix.Gettid() == unix.Getpid() {
		elsewhere := make(chan struct{})
		go func() {
			runtime.LockOSThread()
			close(elsewhere)
			f()
		}()
		<-elsewhere
		runtime.UnlockOSThread()
		return
	}
	f()
}
