package main

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"

	"gotop/hookagent/gccycle"
	"gotop/hookagent/monitor"
	"gotop/hookagent/plan"
	"gotop/hookagent/profile"
	"gotop/hookagent/runtimestat"
	"gotop/hookagent/sampling"
	"gotop/hookagent/stream"
	"gotop/hookagent/target"
)

// samples is what a session reads of a service in which nothing is hooked.
type samples struct {
	pid    int
	plan   *plan.Plan
	memory *target.ReadOnly
	source *sampling.Source
	cycles monitor.Collections // nil: they cannot be read
	depth  int
	rate   uint64
}

// open finds the heap profile in a running service. The service does not notice.
func (s *session) open() error {
	memory, err := target.OpenReadOnly(s.plan, s.pid)
	if err != nil {
		return err
	}
	x := &samples{pid: s.pid, plan: s.plan, memory: memory, depth: profileDepth(s.plan.GoVersion)}
	s.samples, s.proc = x, memory.Process
	if s.started, err = memory.Started(); err != nil {
		return err
	}
	heap, err := profile.New(s.plan, memory.Bias(), memory)
	if err == nil {
		x.source, err = sampling.New(heap, runtimestat.New(s.plan, memory.Bias(), memory), x.depth)
	}
	if err == nil {
		x.rate, err = x.source.Rate()
	}
	if err != nil {
		return &noProfile{s.pid, err}
	}
	if cycles, err := gccycle.NewReader(s.plan, memory.Bias(), memory); err == nil {
		x.cycles = cycles
	} else {
		s.plan.Partial = append(s.plan.Partial, "Collections are not seen one by one: "+err.Error()+".")
	}
	return nil
}

// noProfile says that the heap profile of a process cannot be read.
type noProfile struct {
	pid int
	err error
}

func (e *noProfile) Code() string  { return "profile" }
func (e *noProfile) Unwrap() error { return e.err }
func (e *noProfile) Error() string {
	return fmt.Sprintf("the heap profile of process %d cannot be read: %v. To count its allocations by hooks instead: gotop attach %d", e.pid, e.err, e.pid)
}

var minorVersion = regexp.MustCompile(`^go1\.(\d+)`)

// profileDepth is how many frames the runtime keeps of a sample: maxStack up to Go 1.22, debug.profstackdepth since (runtime/mprof.go);
// 128 is the latter's default.
func profileDepth(goVersion string) int {
	if m := minorVersion.FindStringSubmatch(goVersion); m != nil {
		if minor, err := strconv.Atoi(m[1]); err == nil && minor < 23 {
			return 32
		}
	}
	return 128
}

func (x *samples) monitor(s *session) monitor.Config {
	return monitor.Config{
		Tables: x.source, Runtime: x.source, Collections: x.cycles, Unhooked: true,
		Attribution: func(bool) error { return errors.New(x.refusal(": samples do not say whose they are")) },
		Goroutines:  runtimestat.NewGoroutines(x.plan, x.memory.Bias(), x.memory),
		Bias:        x.memory.Bias(), Started: int64(s.started),
	}
}

func (x *samples) stream() stream.Config {
	return stream.Config{
		Mode: sampling.Mode, Depth: x.depth, Rate: x.rate,
		SetMode: func(string, int) error { return errors.New(x.refusal("")) },
		SetRate: func(uint64) error {
			return errors.New(x.refusal(": the rate of samples is the service's own, runtime.MemProfileRate"))
		},
		SetBudget: func(float64) error { return errors.New(x.refusal(": it costs the service nothing")) },
	}
}

func (x *samples) refusal(what string) string {
	return fmt.Sprintf("nothing is hooked in this session%s. To count every allocation: gotop attach %d", what, x.pid)
}

// follow tells viewers when the service has changed its rate.
func (x *samples) follow(server *stream.Server) {
	if rate, err := x.source.Rate(); err == nil {
		server.TellRate(rate)
	}
}
