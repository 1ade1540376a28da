package main

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"time"

	"golang.org/x/sys/unix"

	"gotop/hookagent/hook"
	"gotop/hookagent/monitor"
	"gotop/hookagent/table"
)

// waitForEnd tells the monitor of the service's end.
func (s *session) waitForEnd() {
	ws, known, err := s.proc.Wait()
	if err != nil {
		fmt.Fprintln(os.Stderr, "hookagent:", err)
	}
	var e monitor.End
	switch {
	case !known:
	case ws.Signaled():
		n := int(ws.Signal())
		e.Signal, e.Core = &n, ws.CoreDump()
	default:
		n := ws.ExitStatus()
		e.Code = &n
	}
	s.monitor.ReportEnd(e)
	releaseStdio()
}

// releaseStdio closes what the agent's output shares with the service's: who reads that to its end does not wait for the last viewer.
func releaseStdio() {
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return
	}
	defer null.Close()
	for fd := range 3 {
		_ = unix.Dup3(int(null.Fd()), fd, 0)
	}
}

// stop ends a service that the agent has started: SIGTERM, and SIGKILL after the grace period.
func (s *session) stop(grace time.Duration) error {
	if s.pid != 0 {
		return errors.New("the service was not started by gotop: it is left running")
	}
	s.monitor.SetStopRequested(true)
	if err := s.proc.Signal(unix.SIGTERM); err != nil {
		s.monitor.SetStopRequested(false)
		return err
	}
	go func() {
		select {
		case <-s.monitor.Done():
		case <-time.After(grace):
			_ = s.proc.Signal(unix.SIGKILL) // it has ended meanwhile, or this ends it
		}
	}()
	return nil
}

// setRate changes how far apart the samples of mode sampled are. The one that is already due comes as it was drawn.
func (s *session) setRate(bytes uint64) error {
	table.SetRate(s.hooks.Mem, bytes)
	return nil
}

// setMode switches what is recorded. To and from mode off the service stands still for a moment, as its code is changed.
func (s *session) setMode(name string, depth int) error {
	mode := hook.Mode(name)
	if mode != hook.Off {
		if err := s.hooks.SetMode(mode, depth); err != nil {
			return err
		}
	}
	s.traceMu.Lock()
	defer s.traceMu.Unlock()
	off := mode == hook.Off
	if off == s.off || closed(s.monitor.Done()) {
		return nil
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := s.proc.Stop(); err != nil {
		return err
	}
	change := s.hooks.Resume
	if off {
		change = s.hooks.Suspend
	}
	if err := errors.Join(change(s.proc), s.proc.Release()); err != nil {
		return err
	}
	s.off = off
	return nil
}

// How long the agent stays when launcher and viewers are gone: a moment longer than needed, for those who come back.
const (
	lonelyPoll  = 500 * time.Millisecond
	lonelyAfter = 2 * time.Second
)

// catchTermination catches the signals that tell the agent to leave. What it has begun it finishes first.
func catchTermination() <-chan os.Signal {
	termination := make(chan os.Signal, 1)
	signal.Notify(termination, unix.SIGTERM, unix.SIGINT)
	return termination
}

// runUntilUnneeded returns when the agent is of no more use: the service has ended and nobody looks, or has become another program; the agent
// was told to leave it; or the service is not one that it started and nobody looks any more.
func (s *session) runUntilUnneeded(lifeline *os.File, termination <-chan os.Signal) {
	signal.Ignore(unix.SIGHUP) // not before the service is started, which would inherit that
	gone := launcherGone(lifeline)
	for alone := time.Now(); ; {
		select {
		case <-termination:
			return
		case <-time.After(lonelyPoll):
		}
		if s.replaced() {
			fmt.Fprintln(os.Stderr, "hookagent:", hook.ErrReplaced)
			return
		}
		if !closed(gone) || s.server.Viewers() > 0 || s.pid == 0 && !closed(s.monitor.Done()) {
			alone = time.Now()
		}
		if time.Since(alone) > lonelyAfter {
			return
		}
	}
}

// replaced says whether the service has become another program. Where nothing is hooked, viewers are told of another rate, too.
func (s *session) replaced() bool {
	if !s.sampleOnly {
		return s.hooks.Replaced(s.proc)
	}
	s.samples.follow(s.server)
	return s.samples.memory.Replaced()
}

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// launcherGone is closed when the launcher has ended; at once where there is none.
func launcherGone(lifeline *os.File) <-chan struct{} {
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		if lifeline != nil {
			_, _ = lifeline.Read(make([]byte, 1)) // nobody writes: it returns at the end
		}
	}()
	return gone
}

// lastTick is how long the last tick may be on its way.
const lastTick = 100 * time.Millisecond

// detach gives the service, if it lives, its own code back and tells the viewers.
func (s *session) detach() {
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
	defer lockAttaching(s.proc.Pid)() // whoever wants to attach now waits until this is done
	s.monitor.ReadBeforeDetach()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err := s.proc.Stop()
	if err == nil {
		err = errors.Join(s.hooks.Restore(s.proc), s.proc.Release())
	}
	if err != nil && !errors.Is(err, hook.ErrReplaced) {
		fmt.Fprintln(os.Stderr, "hookagent: leaving the service:", err)
		return
	}
	s.monitor.ReportEnd(monitor.End{Detached: true})
	time.Sleep(lastTick)
	if !s.waitUntilUnoccupied() {
		return // a thread that still counts would be led astray; the next agent may find it gone
	}
	if err := s.hooks.FreeTables(); err != nil {
		fmt.Fprintln(os.Stderr, "hookagent: giving back the tables' memory:", err)
	}
}
