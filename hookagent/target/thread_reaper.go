package target

import (
	"sync"
	"time"
)

// threadReaper waits for traced threads that end while others are being stopped.
//
// A traced thread that has ended stays until its tracer has waited for it. The kernel lets no execve and no exit of the service
// finish before that, and holds PTRACE_SEIZE up during an execve: the tracing thread alone could wait for ever, and with it the
// service. Any thread of the agent may wait for a tracee.
type threadReaper struct {
	mu        sync.Mutex
	tids      map[int]bool
	end, done chan struct{}
}

// How long it rests between two looks: longer with many threads, so that it does not take the time that they need.
const (
	reaperPause          = 2 * time.Millisecond
	reaperPausePerThread = 5 * time.Microsecond
)

// startReaper starts one that watches nobody yet.
func startReaper() *threadReaper {
	r := &threadReaper{tids: make(map[int]bool), end: make(chan struct{}), done: make(chan struct{})}
	go r.run()
	return r
}

func (r *threadReaper) run() {
	defer close(r.done)
	for threads := 0; ; {
		select {
		case <-r.end:
			return
		case <-time.After(reaperPause + time.Duration(threads)*reaperPausePerThread):
		}
		r.mu.Lock()
		for tid := range r.tids {
			if hasEnded(tid, false) {
				delete(r.tids, tid)
			}
		}
		threads = len(r.tids)
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
