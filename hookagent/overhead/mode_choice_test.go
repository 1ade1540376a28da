package overhead

import (
	"testing"
	"time"

	"gotop/hookagent/hook"
)

func newChooser(t *testing.T, budget float64) *ModeChooser {
	t.Helper()
	c, err := hook.Calibrate()
	if err != nil {
		t.Fatal(err)
	}
	return &ModeChooser{Budget: budget, Cost: c}
}

// load of a service that uses one second of CPU for so many allocations.
func load(allocs uint64) Load { return Load{Allocs: allocs, Frames: 20, CPU: time.Second} }

func TestDownSoonUpLate(t *testing.T) {
	k := newChooser(t, 0.01)
	mode := hook.Exact
	steps := 0
	for mode == hook.Exact && steps < 100 {
		mode = k.Next(mode, load(20_000_000))
		steps++
	}
	if steps != downAfter || mode == hook.Exact {
		t.Fatalf("after %d loads that are far too much: %s", steps, mode)
	}
	for steps = 0; mode != hook.Exact && steps < 1000; steps++ {
		mode = k.Next(mode, load(1000))
	}
	if mode != hook.Exact || steps < upAfter {
		t.Fatalf("after %d loads that are hardly any: %s", steps, mode)
	}
}

func TestAPeakDoesNotSwitch(t *testing.T) {
	k := newChooser(t, 0.01)
	for i := range 100 {
		l := load(1000)
		if i%2 == 0 {
			l = load(20_000_000)
		}
		if m := k.Next(hook.Exact, l); m != hook.Exact {
			t.Fatalf("switched to %s by a peak", m)
		}
	}
}

func TestSteadyLoadFindsOneMode(t *testing.T) {
	for _, allocs := range []uint64{1, 100_000, 1_000_000, 3_000_000, 10_000_000, 100_000_000} {
		k := newChooser(t, 0.03)
		mode := hook.Exact
		for range 50 {
			mode = k.Next(mode, load(allocs))
		}
		for range 50 {
			if m := k.Next(mode, load(allocs)); m != mode {
				t.Fatalf("%d allocations a second: %s and %s in turn", allocs, mode, m)
			}
		}
		if s := k.share(mode, load(allocs)); s > 0.03 && mode != hook.Count {
			t.Errorf("%d allocations a second: %s costs %.1f %%", allocs, mode, 100*s)
		}
	}
}

func TestNoBudgetNoChange(t *testing.T) {
	var k ModeChooser
	for _, m := range modesByCost {
		if got := k.Next(m, load(1e9)); got != m {
			t.Errorf("%s became %s", m, got)
		}
	}
}
