package target

import (
	"errors"
	"fmt"
	"os"
	"regexp"
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

// Values of si_code in siginfo_t for SIGCHLD (sigaction(2)).
const (
	cldNone = iota
	cldExited
	cldKilled
	cldDumped
)

// waitThread is waitid for one thread. The code is cldNone where WNOHANG found nothing.
func waitThread(tid, options int) (code int32, err error) {
	for {
		var info unix.Siginfo
		err = unix.Waitid(unix.P_PID, tid, &info, options|unix.WALL, nil)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if info.Signo == 0 {
			return cldNone, err
		}
		return info.Code, err
	}
}

func ended(code int32, err error) bool {
	return err == nil && (code == cldExited || code == cldKilled || code == cldDumped)
}

// releaseTimeout is how long threads of a service that is just ending or in an execve may take to be waited for.
const releaseTimeout = 5 * time.Second

// releaseAll detaches from all threads, in whatever they are.
func (t *Process) releaseAll() error {
	left := make(map[int]bool)
	for _, tid := range t.seized {
		left[tid] = true
	}
	for deadline := time.Now().Add(releaseTimeout); len(left) > 0; time.Sleep(reapInterval) {
		for tid := range left {
			gone, err := t.release(tid)
			if err != nil {
				return fmt.Errorf("releasing thread %d of the service: %w", tid, err)
			}
			if !gone {
				continue
			}
			delete(left, tid)
			if tid != t.Pid && !t.hasThread(tid) {
				left[t.Pid] = true // after an execve the thread that did it goes by the process's number
			}
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%d threads of the service could not be released", len(left))
		}
	}
	return nil
}

// hasThread says whether a thread is still there under its number.
func (t *Process) hasThread(tid int) bool {
	_, err := os.Stat(fmt.Sprintf("/proc/%d/task/%d", t.Pid, tid))
	return err == nil
}

// release detaches from a thread; true: it is not traced any more, or will be waited for by others.
func (t *Process) release(tid int) (bool, error) {
	err := unix.PtraceDetach(tid)
	if err == nil || !errors.Is(err, unix.ESRCH) {
		return true, err
	}
	code, err := waitThread(tid, unix.WSTOPPED|unix.WNOHANG)
	switch {
	case errors.Is(err, unix.ECHILD): // it is not traced, or has ended
		if tid != t.Pid || t.attached {
			_, _ = waitThread(tid, unix.WEXITED|unix.WNOHANG)
		}
		return true, nil
	case err != nil || code != cldNone: // it has stopped just now
		return false, err
	}
	_ = unix.PtraceInterrupt(tid) // so that it can be released the next time; an execve forgets the one before
	state, tracer := t.threadState(tid)
	return tracer == "0" || state == "" || (state == "Z" || state == "X") && tid == t.Pid && !t.attached, nil
}

// Running says whether a process has not ended; one that only nobody has waited for yet has.
func Running(pid int) bool {
	t := Process{Pid: pid}
	state, _ := t.threadState(pid)
	return state != "" && state != "Z" && state != "X"
}

var statusFields = regexp.MustCompile(`(?s)State:\s+(\w).*TracerPid:\s+(\d+)`)

// threadState is a thread's state and who traces it, "0" for nobody; empty where there is no such thread.
func (t *Process) threadState(tid int) (state, tracer string) {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/status", t.Pid, tid)) // gone: nothing is found in it
	if m := statusFields.FindSubmatch(b); m != nil {
		return string(m[1]), string(m[2])
	}
	return "", ""
}
