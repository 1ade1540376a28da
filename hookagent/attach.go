package main

import (
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"gotop/hookagent/hook"
	"gotop/hookagent/monotonic"
	"gotop/hookagent/runtimestat"
	"gotop/hookagent/table"
	"gotop/hookagent/target"
)

// markStart notes that the counts begin now.
func (s *session) markStart(base *table.Base) {
	s.started, s.base = monotonic.Now(), base
	table.MarkStart(s.hooks.Mem, s.started, base, os.Getpid())
	if s.options.hooks.Attribution {
		s.attributed = s.started
	}
}

// attachPatience is how long it is waited for a service whose threads do not stop.
const attachPatience = 1500 * time.Millisecond

// attach hooks a running service, or takes over what an agent that is gone has left counting in it.
func (s *session) attach() (err error) {
	if s.proc, err = target.Open(s.plan, s.pid); err != nil {
		return err
	}
	done, err := lockAttaching(s.pid)
	if err != nil {
		return err
	}
	defer done()
	s.noteFilters()
	err = s.hookOrTakeOver()
	if differ := new(hook.BytesDiffer); errors.As(err, &differ) {
		err = s.hookOrTakeOver() // an agent that the lock does not exclude may have been quicker, and is found now
	}
	return err
}

func (s *session) hookOrTakeOver() error {
	found, err := hook.Recover(s.proc)
	if err != nil {
		return err
	}
	if found.Counting() {
		if err := s.takeOver(found); err != nil {
			return err
		}
		s.clearLeftovers(s.hooks)
		return nil
	}
	if found == nil {
		s.clearLeftovers(nil) // before the tables are made, for it may be their address space that is taken
	}
	if err := s.measureRoom(s.pid, s.gomaxprocs()); err != nil {
		return err
	}
	if err := s.vacate(found); err != nil {
		return err
	}
	// Code and tables are made while the service runs: it stands still only for the hooks to be placed.
	err = s.proc.WithThread(attachPatience, hook.Calls(), func() (err error) {
		s.hooks, err = hook.Prepare(s.proc, s.plan, s.options.hooks, found)
		return err
	})
	if err != nil {
		return err
	}
	if err := s.placeHooks(found); err != nil {
		return errors.Join(err, s.proc.WithThread(attachPatience, hook.Calls(), func() error { return s.hooks.Discard(s.proc) }))
	}
	if found != nil {
		s.clearLeftovers(s.hooks)
	}
	return nil
}

// vacate takes out what an agent left that was killed while it was placing or removing hooks, and returns when no thread stands in
// what it had put there: tables that somebody still writes cannot be emptied.
func (s *session) vacate(found *hook.Recovered) error {
	for try := 1; found != nil; try++ {
		inside := 0
		err := s.proc.Stopped(attachPatience, func() error {
			inside = s.threadsInside(found.Hooks.InjectedRanges(s.proc))
			return found.Undo(s.proc)
		})
		switch {
		case err != nil:
			return err
		case inside == 0:
			return nil
		case try >= attachTries:
			return stillOccupied(s.pid)
		}
		time.Sleep(time.Millisecond << min(try, 6))
	}
	return nil
}

// attachTries is how often the service is stopped at most, longestStandstill how long it stands still in all, and triedLongEnough when it
// is enough, to find a moment at which nobody is allocating. A service that does little else has none: then, from the try
// patientTries on, few are good enough.
const (
	attachTries       = 10
	longestStandstill = 20 * time.Millisecond
	triedLongEnough   = time.Second
	patientTries      = 6
	few               = 16
)

// goodEnough says whether a moment is one to place the hooks at, at which so many were seen allocating; -1: that is not known.
func goodEnough(allocating int, try int, stood, tried time.Duration) bool {
	return allocating == 0 || try >= attachTries || stood >= longestStandstill || tried >= triedLongEnough ||
		allocating > 0 && try >= patientTries && allocating <= few
}

// placeHooks places the hooks at a good moment, or the last one there is.
func (s *session) placeHooks(found *hook.Recovered) error {
	placed := false
	goroutines := runtimestat.NewGoroutineContexts(s.plan, s.proc.Bias(), s.proc)
	stood, start := time.Duration(0), time.Now()
	for try := 1; ; try++ {
		_ = goroutines.Prepare() // where it cannot, reading says so
		err := s.proc.Stopped(attachPatience, func() error {
			begin := time.Now()
			defer func() { stood += time.Since(begin) }()
			base, allocating := s.readBase(found, goroutines)
			if !goodEnough(allocating, try, stood, begin.Sub(start)) {
				return nil
			}
			err := s.hooks.Place(s.proc, s.plan, base)
			if placed = err == nil; placed {
				s.markStart(base)
			}
			return err
		})
		if err != nil || placed {
			return err
		}
		time.Sleep(time.Millisecond << min(try, 6)) // so as not to meet the same collection again
	}
}

func stillOccupied(pid int) error {
	return fmt.Errorf("a thread of process %d still stands in what an earlier agent had put there: try again in a moment", pid)
}

// threadsInside is how many threads of the stopped service stand there, or may go on there after handling a signal.
func (s *session) threadsInside(r *hook.CodeRanges) (n int) {
	for _, at := range s.proc.ThreadContexts() {
		if r.OnStack(at.Code) || at.SignalsBlocked && r.Interrupted(at.SP) {
			n++
		}
	}
	return n
}

// lookAtGoroutines is how long the service's goroutines are looked at while it stands still: time for thousands of them.
const lookAtGoroutines = 2 * time.Millisecond

// readBase returns what the runtime of the stopped service has counted, and by how much it may be wrong for the hooks: by the
// allocations that have passed the hook points and will not be counted, but may have been, or will be, counted by the runtime. Each thread
// can have one under way, and so can each goroutine that the allocator made assist the collector, or that was preempted on the way.
// So many were seen; those that there was no time to look at may all have one. Nil and -1: it cannot be read.
func (s *session) readBase(found *hook.Recovered, goroutines *runtimestat.GoroutineContexts) (base *table.Base, allocating int) {
	f := runtimestat.New(s.plan, s.proc.Bias(), s.proc).Read()
	if f.Mallocs == nil || f.AllocBytes == nil {
		return nil, -1
	}
	ranges := hook.AllocatorRanges(s.proc, s.plan, found)
	allocating = int(f.Slack) + s.threadsInside(ranges)
	contexts, unseen, err := goroutines.Read(lookAtGoroutines)
	switch {
	case err == nil:
		allocating += ranges.CountGoroutines(contexts)
	case f.Goroutines != nil:
		unseen = int(*f.Goroutines)
	}
	return &table.Base{Mallocs: *f.Mallocs, Bytes: *f.AllocBytes, Slack: uint64(allocating + unseen)}, allocating
}

// heartbeatTimeout is how old an agent's last sign of life may be.
const heartbeatTimeout = 5 * time.Second

// takeOver goes on with the hooks and tables of an agent that is gone.
func (s *session) takeOver(f *hook.Recovered) error {
	if other := f.Header.AgentPid; monotonic.Now()-f.Header.Alive < heartbeatTimeout && target.Running(other) {
		return &monitoredAlready{s.pid, other}
	}
	s.hooks, s.started, s.base = f.Hooks, f.Header.Started, f.Header.Base
	_ = s.hooks.SetAttribution(false) // where that fails, it is said when somebody wants it
	table.SetAgent(f.Hooks.Mem, monotonic.Now(), os.Getpid())
	return nil
}

// monitoredAlready says that another agent counts in the service.
type monitoredAlready struct{ pid, agent int }

func (e *monitoredAlready) Code() string { return "monitored" }
func (e *monitoredAlready) Error() string {
	return fmt.Sprintf("process %d is monitored already, by the agent %d: join it with gotop attach SOCKET", e.pid, e.agent)
}

// lockTimeout is how long an agent waits for another one that is attaching to the same service: far more than that takes.
const lockTimeout = 10 * time.Second

// lockAttaching makes this the only agent that is attaching to a process, or leaving it, so that the second of two finds what the first has
// put there or left. The lock is on the process's memory in /proc: only who may trace the process can open that, and the kernel gives the
// lock back when its owner dies. In a container /proc is another one, and excludes nobody here: then the second one finds itself traced, or
// other code than it expects.
func lockAttaching(pid int) (done func(), err error) {
	f, err := os.Open(fmt.Sprintf("/proc/%d/mem", pid))
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("process %d: %w", pid, unix.ESRCH)
	}
	if err != nil {
		return nil, &target.NotPermitted{What: fmt.Sprintf("the memory of process %d", pid), Err: err}
	}
	for end := time.Now().Add(lockTimeout); ; time.Sleep(time.Millisecond) {
		err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if err == nil {
			return func() { f.Close() }, nil
		}
		if time.Now().After(end) {
			f.Close()
			return nil, fmt.Errorf("another gotop has been attaching to process %d, or leaving it, for %v: try again later", pid, lockTimeout)
		}
	}
}
