package target

import (
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// releaseTimeout is how long threads of a service that is just ending or in an execve may take to be waited for.
const releaseTimeout = 5 * time.Second

// releaseAll detaches from all threads, whatever state they are in.
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

// hasThread returns whether the process has a thread of this number.
func (t *Process) hasThread(tid int) bool {
	_, err := os.Stat(fmt.Sprintf("/proc/%d/task/%d", t.Pid, tid))
	return err == nil
}

// release detaches from a thread. It returns true when the thread is not traced any more, or others will wait for it.
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
