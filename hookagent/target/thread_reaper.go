package target

import (
	"time"

	"golang.org/x/sys/unix"
)

// threadReaper waits for traced threads that end while others are being stopped.
//
// A traced thread that has ended stays until its tracer has waited for it. The kernel lets no execve and no exit of the service
// finish before that, and holds PTRACE_SEIZE up during an execve: the tracing thread alone could wait for ever, and with it the
// service. Any thread of the agent may wait for a tracee.
type threadReaper struct{ end, done chan struct{} }

const reaperPause = 2 * time.Millisecond

// startReaper starts waiting for all threads but a child's first one, 0: none, whose end is for Wait to hear.
func startReaper(child int) *threadReaper {
	r := &threadReaper{make(chan struct{}), make(chan struct{})}
	go r.run(child)
	return r
}

func (r *threadReaper) run(child int) {
	defer close(r.done)
	for {
		select {
		case <-r.end:
			return
		case <-time.After(reaperPause):
		}
		for {
			// Look first: a child's first thread shows only when all others are gone.
			tid, code, err := waitID(unix.P_ALL, 0, unix.WEXITED|unix.WNOWAIT)
			if err != nil || code == cldNone || tid == child {
				break
			}
			_, _, _ = waitID(unix.P_PID, tid, unix.WEXITED)
		}
	}
}

func (r *threadReaper) stop() {
	close(r.end)
	<-r.done
}
