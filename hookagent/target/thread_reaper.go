package target

import (
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// threadReaper waits for (reaps) traced threads that end while others are being stopped or released.
//
// A traced thread that has ended stays until its tracer has waited for it. The kernel lets no execve and no exit of the service
// finish before that, and holds PTRACE_SEIZE up during an execve: the tracing thread alone could wait for ever, and with it the
// service. Any thread of the agent may wait for a tracee.
type threadReaper struct {
	mu   sync.Mutex
	tids map[int]bool
	end  chan struct{}
	done chan struct{}
}

// reapInterval is how often it looks.
const reapInterval = time.Millisecond

// startThreadReaper starts one that watches nobody yet.
func startThreadReaper() *threadReaper {
	r := &threadReaper{tids: make(map[int]bool), end: make(chan struct{}), done: make(chan struct{})}
	go r.run()
	return r
}

func (r *threadReaper) run() {
	defer close(r.done)
	for {
		select {
		case <-r.end:
			return
		case <-time.After(reapInterval):
		}
		r.mu.Lock()
		for tid := range r.tids {
			// A wait of any kind takes a tracee's stop away, too, which the tracing thread waits for: look first.
			if ended(waitThread(tid, unix.WEXITED|unix.WNOHANG|unix.WNOWAIT)) {
				_, _ = waitThread(tid, unix.WEXITED|unix.WNOHANG)
				delete(r.tids, tid)
			}
		}
		r.mu.Unlock()
	}
}

// watch adds a thread that is about to be seized.
func (r *threadReaper) watch(tid int) {
	r.mu.Lock()
	r.tids[tid] = true
	r.mu.Unlock()
}

// stop ends it and returns when it has ended.
func (r *threadReaper) stop() {
	close(r.end)
	<-r.done
}
