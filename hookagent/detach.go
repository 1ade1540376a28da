package main

import (
	"encoding/json"
	"fmt"
	"os"

	"gotop/hookagent/hook"
	"gotop/hookagent/monotonic"
	"gotop/hookagent/plan"
	"gotop/hookagent/table"
	"gotop/hookagent/target"
)

// detached takes out of a process what an agent has left in it that is gone, or could not leave; it writes a status line to stdout and
// returns the exit code.
func detached(o options) int {
	s := &session{options: o}
	text, err := s.detachLeft()
	st := status{OK: err == nil, Pid: o.pid, Text: text}
	if err != nil {
		st = errorStatus(err)
	}
	_ = json.NewEncoder(os.Stdout).Encode(st)
	if err != nil {
		return 1
	}
	return 0
}

func (s *session) detachLeft() (text string, err error) {
	if s.plan, err = plan.Load(s.options.plan); err != nil {
		return "", err
	}
	if s.proc, err = target.Open(s.plan, s.pid); err != nil {
		return "", err
	}
	done, err := lockAttaching(s.pid)
	if err != nil {
		return "", err
	}
	defer done()
	found, err := hook.Recover(s.proc)
	switch {
	case err != nil:
		return "", err
	case found == nil:
		s.clearLeftovers(nil)
		return fmt.Sprintf("There is nothing of gotop's in process %d.", s.pid), nil
	}
	h := found.Header
	if h.AgentPid != 0 && monotonic.Now()-h.Alive < heartbeatTimeout && target.Running(h.AgentPid) && found.Counting() {
		return "", &beingMonitored{s.pid, h.AgentPid}
	}
	hooks := found.Hooks.Placed()
	s.hooks = found.Hooks
	if err := s.vacate(found); err != nil {
		return "", err
	}
	table.SetAgent(s.hooks.Mem, monotonic.Now(), os.Getpid()) // an agent that still tries sees that it need not any more
	s.unmap()
	s.clearLeftovers(nil)
	if hooks == 0 {
		return fmt.Sprintf("Process %d has its own code already: no hook was in it.", s.pid), nil
	}
	return fmt.Sprintf("Process %d has its own code again: %d hooks were taken out.", s.pid, hooks), nil
}

// beingMonitored says that an agent counts in the process, and will leave it by itself.
type beingMonitored struct{ pid, agent int }

func (e *beingMonitored) Code() string { return "monitored" }
func (e *beingMonitored) Error() string {
	return fmt.Sprintf("process %d is being monitored by the agent %d, which takes its hooks out when the last viewer has left; to end that now: kill %d",
		e.pid, e.agent, e.agent)
}
