package main

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"time"

	"gotop/hookagent/table"
)

// filtersEvery is how often is looked for new seccomp filters of the service.
const filtersEvery = 250 * time.Millisecond

// noteFilters reads the service's seccomp filters, before its code is changed: those that watchFilters compares with.
func (s *session) noteFilters() {
	if now, err := seccompFilters(s.proc.Pid); err == nil {
		s.filters = &now
	}
}

// watchFilters has the exit hook make no system call in a service that takes on a seccomp filter after it was hooked, until done is closed.
// What such a filter does with them could only be read as a tracer; it might end the service instead of letting it end.
func (s *session) watchFilters(done <-chan struct{}) {
	if s.filters == nil {
		return // it has ended
	}
	for {
		select {
		case <-done:
			return
		case <-time.After(filtersEvery):
		}
		if now, err := seccompFilters(s.proc.Pid); err == nil && now != *s.filters {
			table.NoExitWait(s.hooks.Mem)
			return
		}
	}
}

// filters is what /proc/PID/status says of seccomp (proc(5)): the mode, and since Linux 5.9 the number of filters, otherwise 0.
type filters struct{ mode, number int }

// seccompFilters reads those of the main thread: filters are for all threads, where they are not for one that is locked.
func seccompFilters(pid int) (f filters, err error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return f, err
	}
	for line := range bytes.Lines(status) {
		name, value, _ := bytes.Cut(line, []byte(":"))
		number, _ := strconv.Atoi(string(bytes.TrimSpace(value)))
		switch string(name) {
		case "Seccomp":
			f.mode = number
		case "Seccomp_filters":
			f.number = number
		}
	}
	return f, nil
}
