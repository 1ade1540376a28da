package main

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"time"

	"gotop/hookagent/cpusample"
	"gotop/hookagent/hook"
	"gotop/hookagent/monitor"
	"gotop/hookagent/overhead"
)

// controlled is the session as overhead.Controller sees it.
type controlled struct{ *session }

// Activity returns what the service has done so far.
func (c controlled) Activity() (a overhead.Activity) {
	c.monitor.Read(func(st *monitor.State) {
		a.Allocs, a.Attributed = st.Totals.Allocs, st.Attribution != nil
		a.Stacked, a.Frames = st.StackedAllocs()
		a.TableBytes = st.Agent.TableBytes
	})
	a.CPU, a.CPUKnown = cpuTime(c.proc.Pid)
	return a
}

// Sample begins to sample the service's threads.
func (c controlled) Sample(done <-chan struct{}) (func() cpusample.Totals, error) {
	s, err := cpusample.New(c.proc.Pid, c.hooks.InInjected())
	if err != nil {
		return nil, err
	}
	go s.Run(done, func() bool {
		mode, _ := c.Mode()
		return mode != hook.Off // then there is nothing to find, and the service is as if it were alone
	})
	return s.Read, nil
}

// Mode returns the mode in force.
func (c controlled) Mode() (mode hook.Mode, depth int) {
	name, depth := c.server.Mode()
	return hook.Mode(name), depth
}

// SetMode switches the mode and tells all viewers.
func (c controlled) SetMode(mode hook.Mode, depth int) error {
	return c.server.SetMode(string(mode), depth)
}

// cpuTime returns the user and system time of a process: fields 14 and 15 of /proc/PID/stat, in ticks of 10 ms (proc_pid_stat(5));
// ok is false where they cannot be read.
func cpuTime(pid int) (cpu time.Duration, ok bool) {
	const tick = 10 * time.Millisecond
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	end := bytes.LastIndexByte(b, ')') // the name may hold anything
	if err != nil || end < 0 {
		return 0, false
	}
	fields := bytes.Fields(b[end+1:])
	if len(fields) < 13 {
		return 0, false
	}
	user, err1 := strconv.Atoi(string(fields[11]))
	system, err2 := strconv.Atoi(string(fields[12]))
	return time.Duration(user+system) * tick, err1 == nil && err2 == nil
}
