package runtimestat

import (
	"fmt"

	"gotop/hookagent/memory"
	"gotop/hookagent/plan"
)

// GoroutineContext is where a goroutine that no thread runs will go on (g.sched: PC, SP and the frame pointer), and the bounds of its stack.
type GoroutineContext struct{ PC, SP, FP, Lo, Hi uint64 }

// GoroutineContexts reads them from a service that stands still.
type GoroutineContexts struct {
	mem                        memory.Reader
	err                        error // what the plan lacks
	allgs                      uint64
	status, pc, sp, bp, lo, hi uint64 // offsets in g
	size                       uint64
}

// maxGoroutineContexts is how many goroutines are looked at: as many as take about a millisecond.
const maxGoroutineContexts = 1000

// NewGoroutineContexts prepares reading.
func NewGoroutineContexts(p *plan.Plan, bias uint64, mem memory.Reader) *GoroutineContexts {
	l := &lookup{plan: p, bias: bias, mem: mem}
	s := &GoroutineContexts{mem: mem, allgs: l.addr("runtime.allgs"), status: l.off("g.atomicstatus"),
		pc: l.off("g.sched.pc"), sp: l.off("g.sched.sp"), bp: l.off("g.sched.bp"), lo: l.off("g.stack.lo"), hi: l.off("g.stack.hi")}
	s.size = max(s.status+4, s.pc+8, s.sp+8, s.bp+8, s.lo+8, s.hi+8)
	s.err = l.err()
	return s
}

// Read returns the contexts of the goroutines that may go on: those that are runnable, waiting or preempted.
func (s *GoroutineContexts) Read() ([]GoroutineContext, error) {
	if s.err != nil {
		return nil, s.err
	}
	var slice [16]byte
	if err := s.mem.ReadAt(slice[:], s.allgs); err != nil {
		return nil, fmt.Errorf("reading runtime.allgs: %w", err)
	}
	n := u64(slice[:], 8)
	if n == 0 || n > maxGoroutineContexts {
		return nil, fmt.Errorf("there are %d goroutines, of which up to %d can be looked at", n, maxGoroutineContexts)
	}
	b := make([]byte, 8*n)
	if err := s.mem.ReadAt(b, u64(slice[:], 0)); err != nil {
		return nil, fmt.Errorf("reading runtime.allgs: %w", err)
	}
	addrs := make([]uint64, n)
	for i := range addrs {
		addrs[i] = u64(b, uint64(8*i))
	}
	b = make([]byte, n*s.size)
	if err := s.mem.ReadVec(b, addrs, int(s.size)); err != nil {
		return nil, fmt.Errorf("reading the goroutines: %w", err)
	}
	list := make([]GoroutineContext, 0, n)
	for ; len(b) > 0; b = b[s.size:] {
		switch u32(b, s.status) &^ gScan {
		case gRunnable, gWaiting, gPreempted:
			list = append(list, GoroutineContext{u64(b, s.pc), u64(b, s.sp), u64(b, s.bp), u64(b, s.lo), u64(b, s.hi)})
		}
	}
	return list, nil
}
