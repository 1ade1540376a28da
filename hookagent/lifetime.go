package main

import (
	"errors"
	"os"
	"os/signal"
	"time"

	"golang.org/x/sys/unix"

	"gotop/hookagent/hook"
	"gotop/hookagent/monitor"
	"gotop/hookagent/table"
)

// waitForEnd waits for the service's end and reports it to the monitor.
func (s *session) waitForEnd() {
	ws, known, err := s.proc.Wait()
	if err != nil {
		printError(err)
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

// releaseStdio replaces descriptors 0 to 2, which the agent shares with the service, by /dev/null: who reads the service's output to
// its end does not wait for the agent's last viewer.
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

// setRate changes the mean distance in bytes of the samples of mode sampled. The next sample comes where it was drawn before.
func (s *session) setRate(bytes uint64) error {
	table.SetRate(s.hooks.Mem, bytes)
	return nil
}

// switchPatience is how long a switch to or from mode off waits for threads that do not stop.
const switchPatience = time.Second

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
	change := s.hooks.Resume
	if off {
		change = s.hooks.Suspend
	}
	if err := s.proc.Stopped(switchPatience, func() error { return change(s.proc) }); err != nil {
		return err
	}
	s.off = off
	return nil
}

// The agent looks every lonelyPoll whether somebody needs it, and leaves when nobody has for lonelyAfter: a moment longer than
// needed, for those who come back.
const (
	lonelyPoll  = 500 * time.Millisecond
	lonelyAfter = 2 * time.Second
)

// users says who may need the agent.
type users struct {
	launcher bool // the process that started the agent lives
	viewers  int
	child    bool // the service is the agent's own child
	ended    bool // the service has ended
}

// needAgent returns whether any of them does: the agent serves viewers and stays for its launcher, and with a service that it started, whose
// end it has to see.
func (u users) needAgent() bool { return u.launcher || u.viewers > 0 || u.child && !u.ended }

// catchTermination catches the signals that tell the agent to leave. What it has begun it finishes first.
func catchTermination() <-chan os.Signal {
	termination := make(chan os.Signal, 1)
	signal.Notify(termination, unix.SIGTERM, unix.SIGINT)
	return termination
}

// runUntilUnneeded returns when the agent is of no more use: nobody needs it any more, the service has become another program, or a signal
// of termination has come. lifeline ends with the launcher; nil: there is none.
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
			printError(hook.ErrReplaced)
			return
		}
		u := users{launcher: !closed(gone), viewers: s.server.Viewers(), child: s.pid == 0, ended: closed(s.monitor.Done())}
		if u.needAgent() {
			alone = time.Now()
		}
		if time.Since(alone) > lonelyAfter && s.server.Retire(lonelyAfter) { // it has seen those that came and went between two looks
			return
		}
	}
}

// replaced returns whether the service has become another program. Where nothing is hooked, it tells viewers of another rate as well.
func (s *session) replaced() bool {
	if !s.sampleOnly {
		return s.hooks.Replaced(s.proc)
	}
	s.samples.updateRate(s.server)
	return s.samples.memory.Replaced()
}

// closed returns whether a channel that carries nothing has been closed.
func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// launcherGone returns a channel that is closed when the launcher has ended; at once where there is none.
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
