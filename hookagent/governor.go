package main

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"sync"
	"time"

	"gotop/hookagent/hook"
	"gotop/hookagent/monitor"
	"gotop/hookagent/overhead"
)

// governor reckons what the hooks cost the service, and switches modes where there is a budget.
type governor struct {
	s *session

	mu     sync.Mutex
	keeper overhead.ModeChooser
	share  float64 // of the service's CPU time, in the last span
	last   work
}

// work is what the service has done up to an instant.
type work struct {
	allocs, frames uint64 // frames: summed over allocations with a stack
	stacked        uint64
	cpu            time.Duration
	attributed     bool
}

const governInterval = time.Second

// setBudget changes the share that the hooks may take; 0: any.
func (g *governor) setBudget(share float64) error {
	if !(share >= 0 && share < 1) { // so that NaN is none either
		return fmt.Errorf("a budget of %g is none: it is a share of the service's CPU time, from 0 (none) to 1", share)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.keeper.Budget = share
	return nil
}

// overhead is the budget and the share that the hooks took in the last second, reckoned.
func (g *governor) overhead() (share, budget float64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.share, g.keeper.Budget
}

// run governs until the service has ended.
func (g *governor) run() {
	cost, err := hook.Calibrate()
	if err != nil {
		fmt.Fprintln(os.Stderr, "hookagent:", err)
		return
	}
	g.mu.Lock()
	g.keeper.Cost = cost
	g.mu.Unlock()
	for {
		select {
		case <-g.s.monitor.Done():
			return
		case <-time.After(governInterval):
			g.step()
		}
	}
}

// step looks at the last span and changes the mode if need be.
func (g *governor) step() {
	now, ok := g.done()
	g.mu.Lock()
	load := overhead.Load{Allocs: now.allocs - g.last.allocs, CPU: now.cpu - g.last.cpu, Attributed: now.attributed}
	if n := now.stacked - g.last.stacked; n > 0 {
		load.Frames = float64(now.frames-g.last.frames) / float64(n)
	}
	g.last = now
	name, depth := g.s.server.Mode()
	mode := hook.Mode(name)
	g.share = overhead.Share(g.keeper.Cost, mode, load)
	next := mode
	if ok {
		next = g.keeper.Next(mode, load)
	}
	g.mu.Unlock()
	if next != mode {
		if err := g.s.server.SetMode(string(next), depth); err != nil {
			fmt.Fprintln(os.Stderr, "hookagent: keeping to the budget:", err)
		}
	}
}

// done reads the counters; ok is false where the service's CPU time cannot be read.
func (g *governor) done() (w work, ok bool) {
	g.s.monitor.Read(func(st *monitor.State) {
		w.allocs, w.attributed = st.Totals.Allocs, st.Attribution != nil
		for id, c := range st.Counts {
			if frames, alloc := st.Frames(id); alloc {
				w.frames += c.Count * uint64(frames)
				w.stacked += c.Count
			}
		}
	})
	w.cpu, ok = cpuTime(g.s.proc.Pid)
	return w, ok
}

// cpuTime is the user and system time of a process, from proc(5): fields 14 and 15 of stat, in ticks of 10 ms.
func cpuTime(pid int) (time.Duration, bool) {
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
