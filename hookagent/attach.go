package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"time"

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

// attach hooks a running service, or takes over what an agent that is gone has left counting in it.
func (s *session) attach() (err error) {
	if s.proc, err = target.Open(s.plan, s.pid); err != nil {
		return err
	}
	defer lockAttaching(s.pid)()
	found, err := hook.Recover(s.proc)
	if err != nil {
		return err
	}
	if found.Counting() {
		return s.takeOver(found)
	}
	if err := s.measureRoom(s.pid, s.gomaxprocs()); err != nil {
		return err
	}
	for try := 1; ; try++ {
		ready, err := s.tryAttach(found, try)
		if err != nil || ready {
			return err
		}
		time.Sleep(time.Millisecond << min(try, 6)) // so as not to meet the same collection again
	}
}

// attachTries is how often the service is stopped at most, each time for about a millisecond, to find a moment at which nobody is
// allocating. A service that does little else has none: then, from the try patientTries on, few are good enough.
const (
	attachTries  = 10
	patientTries = 6
	few          = 16
)

// goodEnough returns whether the moment of a base is one to attach at. nil is a base that cannot be read.
func goodEnough(base *table.Base, try int) bool {
	return try >= attachTries || base != nil && (base.Slack == 0 || try >= patientTries && base.Slack <= few)
}

// tryAttach hooks the service if this moment is a good one, or the last one there is.
func (s *session) tryAttach(found *hook.Recovered, try int) (ready bool, err error) {
	if err := s.proc.Stop(); err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, s.proc.Release()) }()
	if err := found.Undo(s.proc); err != nil {
		return false, err
	}
	if found != nil {
		// Tables that somebody still writes cannot be emptied.
		if n, err := s.threadsInside(found.Hooks.InjectedRanges(s.proc)); err != nil || n > 0 {
			return false, errors.Join(err, stillOccupied(s.pid, try >= attachTries))
		}
	}
	base, err := s.readBase(found)
	if err != nil || !goodEnough(base, try) {
		return false, err
	}
	s.options.hooks.Base = base
	if s.hooks, err = hook.Install(s.proc, s.plan, s.options.hooks, found); err == nil {
		s.markStart(base)
	}
	return err == nil, err
}

// stillOccupied returns the error of a service that cannot be attached to at the last try; nil before.
func stillOccupied(pid int, last bool) error {
	if last {
		return fmt.Errorf("a thread of process %d still stands in what an earlier agent had put there: try again in a moment", pid)
	}
	return nil
}

// threadsInside returns how many threads of the stopped service stand in these ranges of code or have called from them, or may go on
// there after handling a signal.
func (s *session) threadsInside(w *hook.CodeRanges) (n int, err error) {
	contexts, err := s.proc.ThreadContexts()
	for _, at := range contexts {
		if at.InSignalHandler || w.OnStack(at.PC, at.SP, at.FP) {
			n++
		}
	}
	return n, err
}

// readBase returns what the runtime of the stopped service has counted, and by how much that may be wrong for the hooks: by the allocations
// that have passed the hook points and will not be counted, but may have been, or will be, counted by the runtime. Each thread can
// have one under way, and so can each goroutine that the allocator made assist the collector, or that was preempted on the way.
// It returns nil where the runtime's count cannot be read.
func (s *session) readBase(found *hook.Recovered) (*table.Base, error) {
	f := runtimestat.New(s.plan, s.proc.Bias(), s.proc).Read()
	if f.Mallocs == nil || f.AllocBytes == nil {
		return nil, nil
	}
	base := &table.Base{Mallocs: *f.Mallocs, Bytes: *f.AllocBytes, Slack: f.Slack}
	allocating := hook.AllocatorRanges(s.proc, s.plan, found)
	threads, err := s.threadsInside(allocating)
	if err != nil {
		return nil, err
	}
	base.Slack += uint64(threads)
	goroutines, err := runtimestat.NewGoroutineContexts(s.plan, s.proc.Bias(), s.proc).Read()
	n := 0
	if err == nil {
		n, err = allocating.CountGoroutines(goroutines)
	}
	if err != nil && f.Goroutines != nil { // too many to be looked at: each of them may be allocating
		n = int(*f.Goroutines)
	}
	base.Slack += uint64(n)
	return base, nil
}

// waitUntilUnoccupied waits until no thread stands in the injected code, after the hooks have been taken out. It returns false where that
// took too long.
func (s *session) waitUntilUnoccupied() bool {
	for try := range attachTries {
		if s.proc.Stop() != nil {
			return false
		}
		n, err := s.threadsInside(s.hooks.InjectedRanges(s.proc))
		if errors.Join(err, s.proc.Release()) != nil {
			return false
		}
		if n == 0 {
			return true
		}
		time.Sleep(time.Millisecond << min(try, 6))
	}
	return false
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

// lockAttachingTimeout is how long an agent waits for another one that is attaching to the same service: far more than that takes.
const lockAttachingTimeout = 10 * time.Second

// lockAttaching makes this the only agent that is attaching to a process, or leaving it, so that the second of two finds what the first has
// put there or left.
// What excludes them is an abstract Unix socket's name, which the kernel gives back when its owner dies. Where another network
// namespace or somebody who only sits on the name is in the way, the agents do without: then ptrace refuses the second one.
func lockAttaching(pid int) (done func()) {
	for end := time.Now().Add(lockAttachingTimeout); ; time.Sleep(time.Millisecond) {
		l, err := net.ListenUnix("unix", &net.UnixAddr{Name: fmt.Sprintf("@gotop-attach-%d", pid), Net: "unix"})
		if err == nil {
			return func() { l.Close() }
		}
		if time.Now().After(end) {
			return func() {}
		}
	}
}
