package target

import (
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"gotop/hookagent/plan"
	"gotop/hookagent/seccomp"
)

// Open gives access to a process that runs already, without stopping it.
func Open(p *plan.Plan, pid int) (*Process, error) {
	t, err := find(p, pid)
	if err != nil {
		return nil, err
	}
	return t, t.findInjectionCode() // now, for it takes longer than the service is to stand still
}

// find finds a process that runs already, and where it was loaded.
func find(p *plan.Plan, pid int) (*Process, error) {
	t := &Process{plan: p, Pid: pid, attached: true}
	var err error
	if t.pidfd, err = unix.PidfdOpen(pid, 0); err != nil {
		return nil, fmt.Errorf("process %d: %w", pid, err)
	}
	if t.Exe, err = os.Open(fmt.Sprintf("/proc/%d/exe", pid)); err != nil {
		if errors.Is(err, os.ErrNotExist) {
			return nil, fmt.Errorf("process %d: %w", pid, unix.ESRCH) // it is just ending
		}
		return nil, &NotPermitted{What: fmt.Sprintf("reading the executable of process %d", pid), Err: err}
	}
	return t, t.findBias()
}

// How long others' tracing is waited for, and threads that do not stop, at most.
const (
	tracerPatience = time.Second
	leastTries     = 6 // with thousands of threads each takes a good part of a second
	firstPause     = 2 * time.Millisecond
	lastPause      = 300 * time.Millisecond
	longStuck      = 100 * time.Millisecond // a thread that has waited uninterruptibly for so long will go on to
)

// Stopped calls f, once, while every thread of the service stands still; ptrace belongs to f's thread. Threads are seized, so that neither
// signals nor job control notice. Where one does not come to a stop within some milliseconds, all go on and it is tried
// again a little later, for as long as the patience lasts: then the error is an Obstacle.
func (t *Process) Stopped(patience time.Duration, f func() error) error {
	return t.patiently(patience, func(try int) (bool, error) {
		var before map[int]thread
		now, err := t.lookAround()
		if err != nil {
			return false, err
		}
		if len(now) > few {
			before = now
			time.Sleep(quietFor)
			if now, err = t.lookAround(); err != nil {
				return false, err
			}
		}
		if tid := t.longStuck(now); tid != 0 {
			return false, t.stuck(tid)
		}
		began := false
		err = t.whileTracing(func(s *standstill) error {
			if err := s.stopAll(before, now, try); err != nil {
				return err
			}
			if err := t.openMemory(); err != nil {
				return err
			}
			began = true
			return f()
		})
		return began, err
	})
}

// few is a number of threads that are all stopped at once; of more, those that have not run for a while are stopped first.
const (
	few      = 32
	quietFor = 100 * time.Millisecond
)

// patiently makes attempts as long as there is an Obstacle, until one has begun what it is for.
func (t *Process) patiently(patience time.Duration, attempt func(try int) (began bool, err error)) error {
	start, wait := time.Now(), firstPause
	for try := 0; ; try++ {
		began, err := attempt(try)
		var obstacle *Obstacle
		if err == nil || began || !errors.As(err, &obstacle) {
			return err
		}
		limit := patience
		if obstacle.code == "traced" {
			limit = min(limit, tracerPatience)
		}
		if try+1 >= leastTries && time.Since(start)+wait > limit {
			return err
		}
		time.Sleep(wait)
		wait = min(2*wait, lastPause)
	}
}

// longStuck returns a thread that waits uninterruptibly and has not run for a while, so that it is of no use to stop the others.
func (t *Process) longStuck(now map[int]thread) int {
	since := make(map[int]stuckSince)
	longest := 0
	for tid, th := range now {
		if th.state != 'D' {
			continue
		}
		was, known := t.uninterruptible[tid]
		if !known || was.switches != th.switches {
			was = stuckSince{th.switches, time.Now()}
		}
		since[tid] = was
		if time.Since(was.at) >= longStuck {
			longest = tid
		}
	}
	t.uninterruptible = since
	return longest
}

// stuckSince is since when a thread has been seen in state D without having run.
type stuckSince struct {
	switches uint64
	at       time.Time
}

// whileTracing calls f on a tracing thread and lets go of all that it holds.
func (t *Process) whileTracing(f func(s *standstill) error) error {
	if t.hung {
		return errTracing
	}
	s := &standstill{t: t, held: make(map[int]*held), reaper: startReaper()}
	defer s.reaper.stop()
	err := onTracingThread(func() (err error) {
		t.hold = s
		defer func() { err = errors.Join(err, t.letGo()) }()
		return f(s)
	})
	if errors.Is(err, errTracing) {
		t.hung = true
		s.abandoned.Store(true)
	}
	return err
}

// WithThread calls f while one thread of the service is held, in which Syscall can make system calls; the others go on. It is one that
// its seccomp filters let make the calls given; the error is a seccomp.Refusal or seccomp.Unknown if there is none.
func (t *Process) WithThread(patience time.Duration, calls []seccomp.Call, f func() error) error {
	return t.patiently(patience, func(int) (bool, error) {
		candidates, err := t.candidates()
		if err != nil {
			return false, err
		}
		began := false
		var refused error
		for _, c := range candidates {
			err = t.whileTracing(func(s *standstill) error {
				ready, err := s.takeThread(c, calls)
				if !ready || err != nil {
					return err
				}
				if err := t.openMemory(); err != nil {
					return err
				}
				began = true
				return f()
			})
			var denied interface{ Code() string }
			switch {
			case began:
				return true, err
			case errors.As(err, &denied) && denied.Code() == "seccomp":
				refused = err
			case err != nil:
				return false, err
			}
		}
		if refused != nil {
			return false, refused
		}
		return false, &Obstacle{"busy", fmt.Sprintf("no thread of process %d could make a system call for gotop just now; it was left as it is. Try again", t.Pid)}
	})
}

// waitEnd waits for the end of the process and leaves its status to be read, if it is a child.
func (t *Process) waitEnd() error {
	for {
		_, err := unix.Poll([]unix.PollFd{{Fd: int32(t.pidfd), Events: unix.POLLIN}}, -1)
		if err == nil {
			return nil
		}
		if !errors.Is(err, unix.EINTR) {
			return fmt.Errorf("waiting for the service: %w", err)
		}
	}
}

// Alive returns whether the process is there, if only as a zombie.
func (t *Process) Alive() bool { return unix.Kill(t.Pid, 0) == nil }
