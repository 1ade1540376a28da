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

// sampleReader is what a session reads of a service in which nothing is hooked.
type sampleReader struct {
	pid    int
	plan   *plan.Plan
	memory *target.ReadOnly
	source *sampling.Source
	cycles monitor.Collections // nil: they cannot be read
	depth  int
	rate   uint64
}

// openSampleOnly finds the heap profile in a running service. The service does not notice.
func (s *session) openSampleOnly() error {
	memory, err := target.OpenReadOnly(s.plan, s.pid)
	if err != nil {
		return err
	}
	r := &sampleReader{pid: s.pid, plan: s.plan, memory: memory, depth: profileDepth(s.plan.GoVersion)}
	s.samples, s.proc = r, memory.Process
	if s.started, err = memory.Started(); err != nil {
		return err
	}
	heap, err := profile.New(s.plan, memory.Bias(), memory)
	if err == nil {
		r.source, err = sampling.New(heap, runtimestat.New(s.plan, memory.Bias(), memory), r.depth)
	}
	if err == nil {
		r.rate, err = r.source.Rate()
	}
	if err != nil {
		return &noProfile{s.pid, err}
	}
	if cycles, err := gccycle.NewReader(s.plan, memory.Bias(), memory); err == nil {
		r.cycles = cycles
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

// profileDepth returns how many frames the runtime keeps of a sample: maxStack up to Go 1.22, debug.profstackdepth since (runtime/mprof.go);
// 128 is the latter's default.
func profileDepth(goVersion string) int {
	if m := minorVersion.FindStringSubmatch(goVersion); m != nil {
		if minor, err := strconv.Atoi(m[1]); err == nil && minor < 23 {
			return 32
		}
	}
	return 128
}

// monitor makes the configuration of the monitor.
func (r *sampleReader) monitor(s *session) monitor.Config {
	return monitor.Config{
		Tables: r.source, Runtime: r.source, Collections: r.cycles, Unhooked: true,
		Attribution: func(bool) error { return errors.New(r.refusal(": samples do not say whose they are")) },
		Goroutines:  runtimestat.NewGoroutines(r.plan, r.memory.Bias(), r.memory),
		Functions:   runtimestat.NewFunctions(r.plan, r.memory.Bias(), r.memory),
		Bias:        r.memory.Bias(), Started: int64(s.started),
	}
}

// stream makes the configuration of the server: nothing can be changed.
func (r *sampleReader) stream() stream.Config {
	return stream.Config{
		Mode: sampling.Mode, Depth: r.depth, Rate: r.rate,
		SetMode: func(string, int) error { return errors.New(r.refusal("")) },
		SetRate: func(uint64) error {
			return errors.New(r.refusal(": the rate of samples is the service's own, runtime.MemProfileRate"))
		},
		SetBudget: func(float64) error { return errors.New(r.refusal(": it costs the service nothing")) },
	}
}

// refusal returns why something that viewers ask for cannot be done.
func (r *sampleReader) refusal(what string) string {
	return fmt.Sprintf("nothing is hooked in this session%s. To count every allocation: gotop attach %d", what, r.pid)
}

// updateRate tells viewers when the service has changed its rate.
func (r *sampleReader) updateRate(server *stream.Server) {
	if rate, err := r.source.Rate(); err == nil {
		server.TellRate(rate)
	}
}
