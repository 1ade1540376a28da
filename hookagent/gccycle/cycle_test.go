package gccycle

import (
	"math"
	"testing"

	"gotop/hookagent/plan"
	"gotop/hookagent/table"
)

// stop is what an event holds at a moment of cycle n.
func stop(n, sweepTerm uint64, change func(*[table.EventWords]uint64)) *[table.EventWords]uint64 {
	w := new([table.EventWords]uint64)
	w[wordNumGC], w[wordSweepTerm] = n, sweepTerm
	change(w)
	return w
}

func TestCycle(t *testing.T) {
	var a Assembler
	if _, ok := a.AddStop(reasonSweepTerm, stop(6, 100, func(w *[table.EventWords]uint64) { w[wordTriggered] = 4100 })); ok {
		t.Error("a cycle has ended before it was marked")
	}
	// Marking is resumed (go.dev/issue/27993): tEnd is the last cycle's.
	if _, ok := a.AddStop(reasonMarkTerm, stop(6, 100, func(w *[table.EventWords]uint64) { w[wordMarkTerm], w[wordEnd] = 300, 90 })); ok {
		t.Error("a cycle has ended while it is marked")
	}
	if _, ok := a.AddStop(7, stop(6, 100, func(*[table.EventWords]uint64) {})); ok {
		t.Error("ReadMemStats ended a cycle")
	}
	end := stop(0xffff_ffff_0000_0007, 100, func(w *[table.EventWords]uint64) {
		w[wordMark], w[wordMarkTerm], w[wordEnd], w[wordTriggered] = 110, 400, 410, math.MaxUint64
		w[wordHeap0], w[wordHeap1], w[wordHeap2], w[wordGoal] = 4000, 5000, 1000, 4200
		w[wordFraction], w[wordForced] = math.Float64bits(0.25), 0xab01
		w[wordMaxprocs] = 2<<32 | 4
	})
	c, ok := a.AddStop(reasonMarkTerm, end)
	want := Cycle{Number: 7, SweepTerm: 100, Mark: 110, MarkTerm: 400, End: 410, Trigger: 4100, Before: 4000, After: 5000, Marked: 1000, Goal: 4200,
		Procs: 4, CPUFraction: 0.25, Forced: true}
	if !ok || c != want {
		t.Errorf("cycle %+v, %v", c, ok)
	}
	if _, ok := a.AddStop(reasonMarkTerm, end); ok {
		t.Error("it has ended twice")
	}
}

// TestHookedDuringACycle: its trigger was not seen.
func TestHookedDuringACycle(t *testing.T) {
	var a Assembler
	c, ok := a.AddStop(reasonMarkTerm, stop(3, 100, func(w *[table.EventWords]uint64) {
		w[wordEnd], w[wordTriggered], w[wordFraction] = 200, math.MaxUint64, math.Float64bits(math.NaN())
	}))
	if !ok || c.Trigger != 0 || c.Number != 3 || c.CPUFraction != 0 {
		t.Errorf("cycle %+v, %v", c, ok)
	}
}

func TestAddresses(t *testing.T) {
	p := &plan.Plan{Layout: map[string]uint64{}, Vars: map[string]uint64{"runtime.work": 1000, "runtime.gcController": 2000, "runtime.memstats": 3000}}
	for i, s := range sources {
		p.Layout[s.field] = uint64(i)
	}
	for i, a := range Addresses(p, 0x10000) {
		if want := p.Vars[sources[i].variable] + 0x10000 + uint64(i); a != want {
			t.Errorf("%s is at %#x, want %#x", sources[i].field, a, want)
		}
	}
	delete(p.Layout, "workType.heap1")
	if a := Addresses(p, 0); a != nil {
		t.Errorf("without one of them: %v", a)
	}
}
