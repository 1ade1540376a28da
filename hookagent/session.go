package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"runtime"
	"sync"
	"time"

	"gotop/hookagent/hook"
	"gotop/hookagent/monitor"
	"gotop/hookagent/overhead"
	"gotop/hookagent/plan"
	"gotop/hookagent/runtimestat"
	"gotop/hookagent/stream"
	"gotop/hookagent/table"
	"gotop/hookagent/target"
)

// session is one service being monitored.
type session struct {
	options
	plan    *plan.Plan
	proc    *target.Process
	hooks   *hook.Hooks
	started time.Duration // CLOCK_MONOTONIC, of the counts
	base    *table.Base   // what the runtime had counted then; nil: not known

	attributed time.Duration // since when they are counted by creator and labels, if from the start

	monitor  *monitor.Monitor
	server   *stream.Server
	overhead overhead.Controller
	traceMu  sync.Mutex    // held while the service stands still after its start: two threads of the agent cannot both trace it
	off      bool          // the service has its own code for a while
	filters  *filters      // of seccomp, before its code was changed; nil: not read
	samples  *sampleReader // in place of hooks, where nothing is hooked
}

// runSession runs a session to its end and returns the agent's exit code.
func runSession(o options) int {
	st, lifeline := inheritedPipe(statusFD, "status"), inheritedPipe(lifelineFD, "lifeline")
	termination := catchTermination() // before anything is done to a service
	s := &session{options: o}
	ln, err := s.start()
	if err != nil {
		reportStatus(st, errorStatus(err))
		return 1
	}
	reportStatus(st, status{OK: true, Pid: s.proc.Pid, AgentPid: os.Getpid(), Socket: o.socket})
	go s.waitForEnd()
	s.runUntilUnneeded(lifeline, termination)
	_ = ln.Close() // the socket is gone with it, or was replaced by somebody else's: nobody joins an agent that leaves
	s.detach(termination)
	s.server.Close()
	return 0
}

// start makes the service run with its hooks in place, and the server that viewers reach. What can fail does so before the service has
// run, or has been stopped.
func (s *session) start() (ln *stream.Listener, err error) {
	load := plan.Load
	if s.sampleOnly {
		load = plan.LoadUnhooked
	}
	if s.plan, err = load(s.options.plan); err != nil {
		return nil, err
	}
	if ln, err = stream.Listen(s.socket); err != nil {
		return nil, err
	}
	off := s.options.hooks.Mode == hook.Off
	if off { // what is taken away has to be in place: for a moment it counts
		s.options.hooks.Mode = hook.Count
	}
	if err = s.installHooks(); err != nil {
		return nil, errors.Join(err, ln.Close())
	}
	if err = s.serve(ln); err != nil {
		return nil, errors.Join(err, s.undo(), ln.Close())
	}
	if off {
		if err = s.server.SetMode(string(hook.Off), s.options.hooks.Depth); err != nil {
			return nil, errors.Join(err, s.undo(), ln.Close())
		}
	}
	return ln, nil
}

// undo ends a service that was started, and gives one that ran before its own code back.
func (s *session) undo() error {
	switch {
	case s.pid == 0:
		return s.proc.Kill()
	case s.sampleOnly:
		return nil
	}
	return s.proc.Stopped(attachPatience, func() error { return s.hooks.Restore(s.proc) })
}

// installHooks puts the hooks into the service: a new one, which stands before its first instruction until serve lets it go, or a running
// one, which goes on at once.
func (s *session) installHooks() error {
	runtime.LockOSThread() // ptrace of a new service belongs to a thread; serve unlocks
	switch {
	case s.sampleOnly:
		return s.openSampleOnly()
	case s.pid != 0:
		return s.attach()
	}
	if err := rehearse(); err != nil {
		return err
	}
	env, err := environment()
	if err != nil {
		return err
	}
	if s.proc, err = target.Start(s.plan, target.Options{Args: s.args, Env: env, Output: s.output, Dir: s.dir}); err != nil {
		return err
	}
	s.proc.Rehearsed = true
	s.options.hooks.Base = new(table.Base) // it has allocated nothing
	if err := s.measureRoom(s.proc.Pid, procsWanted(env)); err != nil {
		return errors.Join(err, s.proc.Kill())
	}
	if s.hooks, err = hook.Install(s.proc, s.plan, s.options.hooks, nil); err != nil {
		return errors.Join(err, s.proc.Kill())
	}
	s.markStart(s.options.hooks.Base)
	return nil
}

// serve starts the monitor and the server, and lets a new service go.
func (s *session) serve(ln *stream.Listener) error {
	defer runtime.UnlockOSThread()
	watched, served, err := s.configure()
	if err != nil {
		return err
	}
	s.monitor = monitor.New(watched)
	served.Monitor, served.Hello, served.Stop, served.Exe, served.Logs = s.monitor, s.hello(), s.stop, s.proc.Exe, s.proc.Logs
	s.server = stream.NewServer(served)
	if err := s.overhead.SetBudget(s.budget); err != nil {
		return err
	}
	go s.monitor.Run()
	if s.hooks != nil {
		s.hooks.Grow()
		go s.hooks.Tend(s.proc.Pid, s.gomaxprocs, s.monitor.Done())
		go s.overhead.Run(controlled{s}, s.monitor.Done(), printError)
		if s.filters == nil { // it has just been started, and waits
			s.noteFilters()
		}
		go s.watchFilters(s.monitor.Done())
	}
	go func() {
		if err := s.server.Serve(ln); err != nil {
			printError(fmt.Errorf("the socket: %w", err))
		}
	}()
	return s.proc.Release()
}

// figures makes a reader of the runtime's figures, for one goroutine.
func (s *session) figures() monitor.Runtime {
	return execGuard{runtimestat.New(s.plan, s.proc.Bias(), s.proc), s.hooks, s.proc}
}

// configure makes the configurations of monitor and server: what is counted, and what viewers may change of it.
func (s *session) configure() (monitor.Config, stream.Config, error) {
	if s.sampleOnly {
		return s.samples.monitor(s), s.samples.stream(), nil
	}
	tables, err := table.NewReader(s.hooks.Mem, s.hooks.There)
	if err != nil {
		return monitor.Config{}, stream.Config{}, err
	}
	return monitor.Config{
			Tables: tables, TablesFull: s.hooks.Short, Runtime: s.figures(), Last: s.figures(), Types: runtimestat.NewTypes(s.plan, s.proc.Bias(), s.proc),
			Functions:   runtimestat.NewFunctions(s.plan, s.proc.Bias(), s.proc),
			Goroutines:  runtimestat.NewGoroutines(s.plan, s.proc.Bias(), s.proc),
			Attribution: s.hooks.SetAttribution, Attributing: s.options.hooks.Attribution,
			AttributedSince: int64(s.attributed), LabelsMissing: hook.LabelsMissing(s.plan),
			Bias: s.proc.Bias(), Started: int64(s.started), Attached: s.pid != 0, Base: s.base,
			PairedStops: s.plan.Has(plan.Stop),
		}, stream.Config{
			Mode: string(s.options.hooks.Mode), Depth: s.options.hooks.Depth, SetMode: s.setMode,
			Rate: s.options.hooks.Rate, SetRate: s.setRate,
			Prices: s.prices, SetBudget: s.overhead.SetBudget,
		}, nil
}

// prices is what the hooks cost, as viewers are told.
func (s *session) prices() stream.Prices {
	p := s.overhead.Prices()
	return stream.Prices{Recent: stream.Price(p.Recent), All: stream.Price(p.All), Why: p.Why, Budget: p.Budget}
}

// hello makes what viewers are told of the service when they join.
func (s *session) hello() stream.Hello {
	h := stream.Hello{
		Agent: version, PID: s.proc.Pid, AgentPID: os.Getpid(), Exe: s.plan.Exe, BuildID: s.plan.BuildID, Args: s.args,
		GoVersion: s.plan.GoVersion, Arch: s.plan.Arch, PIE: s.plan.PIE, Stripped: s.plan.Stripped, Started: int64(s.started),
		Output: string(target.Inherit), Partial: s.plan.Partial, Attached: s.pid != 0 && !s.sampleOnly,
	}
	if s.output == target.Files {
		h.Output = string(target.Files)
	}
	if h.Args == nil {
		b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", s.proc.Pid)) // unreadable: shown without
		for _, arg := range bytes.Split(bytes.TrimSuffix(b, []byte{0}), []byte{0}) {
			h.Args = append(h.Args, string(arg))
		}
	}
	h.Cwd, _ = os.Readlink(fmt.Sprintf("/proc/%d/cwd", s.proc.Pid))
	for _, hk := range s.plan.Hooks {
		h.Hooks = append(h.Hooks, hk.Name)
	}
	return h
}
