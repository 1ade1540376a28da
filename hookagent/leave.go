package main

import (
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"gotop/hookagent/hook"
	"gotop/hookagent/monitor"
	"gotop/hookagent/monotonic"
	"gotop/hookagent/table"
)

// lastTick is how long the last tick may be on its way.
const lastTick = 100 * time.Millisecond

// detach gives the service, if it lives, its own code back and tells the viewers.
func (s *session) detach(termination <-chan os.Signal) {
	s.traceMu.Lock()
	defer s.traceMu.Unlock()
	if closed(s.monitor.Done()) {
		return
	}
	if s.sampleOnly { // there is nothing to give back
		s.monitor.ReportEnd(monitor.End{Detached: true})
		time.Sleep(lastTick)
		return
	}
	s.monitor.ReadBeforeDetach()
	left, done := s.removeHooks(termination)
	if !left {
		return
	}
	defer done()
	s.monitor.ReportEnd(monitor.End{Detached: true})
	time.Sleep(lastTick)
	if s.hooks.Placed() == 0 && table.Agent(s.hooks.Mem) == os.Getpid() {
		s.unmap()
	}
}

// unmap takes out of the service what its hooks needed, when no thread stands there any more: a thread that still counts would be led astray.
func (s *session) unmap() {
	if !s.waitUntilUnoccupied() {
		return // the next agent may find it gone
	}
	if s.proc.WithThread(unmapPatience, hook.Calls(), func() error { return s.hooks.Unmap(s.proc) }) == nil {
		return
	}
	if err := s.hooks.FreeTables(); err != nil { // its seccomp filter may not allow more
		printError(fmt.Errorf("giving back the tables' memory: %w", err))
	}
}

// How often an agent tries to leave a service that cannot be held: somebody else traces it, a thread does not stop, or it has become
// one that may not be traced. Its hooks stay meanwhile, and count.
const (
	leavePatience   = 300 * time.Millisecond
	unmapPatience   = 5 * time.Second // nobody waits for it, but who wants to attach (lockTimeout)
	firstLeavePause = 100 * time.Millisecond
	lastLeavePause  = 3 * time.Second
)

// removeHooks takes the hooks out, and tries until it has succeeded: the agent stays in the meantime, and says so in a file beside its
// socket, for gotop ps. Nobody else can attach until done is called. It returns false if the service has ended, or the agent is told a
// second time to go: gotop detach takes out what stays then.
func (s *session) removeHooks(termination <-chan os.Signal) (left bool, done func()) {
	notice := s.socket + leavingSuffix
	defer os.Remove(notice)
	said := ""
	for pause := firstLeavePause; ; pause = min(2*pause, lastLeavePause) {
		done, err := s.tryRemoveHooks()
		if err == nil {
			return true, done
		}
		table.SetAgent(s.hooks.Mem, monotonic.Now(), 0) // whoever wants to attach may take over, and is then the one who leaves
		if err.Error() != said {
			said = err.Error()
			printError(fmt.Errorf("leaving the service, tried again until it succeeds: %w", err))
			writeNotice(notice, said)
		}
		select {
		case <-s.monitor.Done():
			return false, nil
		case <-termination:
			printError(fmt.Errorf("told to go: the hooks stay in process %d; gotop detach %d takes them out", s.proc.Pid, s.proc.Pid))
			return false, nil
		case <-time.After(pause):
		}
	}
}

// leavingSuffix makes the name of the file beside the socket in which an agent says why it cannot leave yet.
const leavingSuffix = ".leaving"

func writeNotice(name, text string) {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC|unix.O_NOFOLLOW, 0o600)
	if err != nil {
		return // the directory is gone, and with it those who could read it
	}
	defer f.Close()
	_, _ = f.WriteString(text)
}

// tryRemoveHooks takes the hooks out if the service can be held just now. It is no error if there is nothing to take out any more.
func (s *session) tryRemoveHooks() (done func(), err error) {
	if s.takenOver() { // by one who may do what this one may not any more
		return func() {}, nil
	}
	done, err = lockAttaching(s.proc.Pid)
	if errors.Is(err, unix.ESRCH) {
		return func() {}, nil
	}
	if err != nil {
		return nil, err
	}
	if s.takenOver() {
		return done, nil
	}
	err = s.proc.Stopped(leavePatience, func() error { return s.hooks.Restore(s.proc) })
	switch {
	case err == nil:
		table.SetAgent(s.hooks.Mem, monotonic.Now(), os.Getpid())
	case errors.Is(err, hook.ErrReplaced) || errors.Is(err, unix.ESRCH):
		err = nil
	default:
		done()
	}
	return done, err
}

// takenOver says whether another agent has the hooks now, or has taken them out.
func (s *session) takenOver() bool {
	other := table.Agent(s.hooks.Mem)
	return other != 0 && other != os.Getpid()
}

// waitUntilUnoccupied waits until no thread stands in the injected code, which is not reached any more; false: it did not come about.
func (s *session) waitUntilUnoccupied() bool {
	for try := range attachTries {
		inside := 0
		err := s.proc.Stopped(unmapPatience, func() error {
			inside = s.threadsInside(s.hooks.InjectedRanges(s.proc))
			return nil
		})
		if err != nil {
			return false
		}
		if inside == 0 {
			return true
		}
		time.Sleep(time.Millisecond << min(try, 6))
	}
	return false
}
