package overhead

import (
	"strings"
	"testing"
	"time"

	"gotop/hookagent/cpusample"
	"gotop/hookagent/hook"
)

// sampled is a service of which each second so many samples are taken, so many of them in the hooks.
func sampled(all, inside uint64, kernel bool) *counted {
	var t cpusample.Totals
	s := &counted{mode: hook.Exact, each: Activity{Allocs: 1_000_000, Stacked: 1_000_000, Frames: 10_000_000, CPU: time.Second, CPUKnown: true}}
	s.samples = func() cpusample.Totals { return t }
	s.tick = func() {
		t.All, t.Inside, t.Kernel = t.All+all, t.Inside+inside, kernel
	}
	return s
}

// watch makes a controller that has that service's samples.
func watch(t *testing.T, s *counted, budget float64) *Controller {
	c := controller(t, budget)
	c.meter.samples, _ = s.Sample(nil)
	return c
}

func TestSamplesAreTheShare(t *testing.T) {
	s := sampled(200, 50, true)
	c := watch(t, s, 0)
	step(t, c, s, 10)
	for _, p := range []Price{c.Prices().Recent, c.Prices().All} {
		if p.Share != 0.25 || !(p.Low > 0.14 && p.Low < 0.25/mostOverlap && p.High > 0.25*mostElsewhere && p.High < 0.35) {
			t.Errorf("50 of 200 a second are %+v", p)
		}
	}
	if why := c.Prices().Why; why != "" {
		t.Errorf("and yet: %s", why)
	}
}

// TestShareOfTheLastSeconds: what has changed shows soon, and the whole stays the whole.
func TestShareOfTheLastSeconds(t *testing.T) {
	s := sampled(200, 0, true)
	c := watch(t, s, 0)
	step(t, c, s, 100)
	if p := c.Prices().Recent; p.Share != 0 || !p.Measured() || p.High > 0.01 {
		t.Errorf("none of 2,000 are %+v", p)
	}
	busy := sampled(200, 100, true)
	c.meter.samples, c.meter.seen = busy.samples, cpusample.Totals{}
	step(t, c, busy, 11)
	if p := c.Prices(); p.Recent.Share != 0.5 || p.All.Share < 0.04 || p.All.Share > 0.06 {
		t.Errorf("after a change: %+v", p)
	}
}

func TestTooFewSamplesAreABound(t *testing.T) {
	s := sampled(1, 1, true)
	c := watch(t, s, 0)
	step(t, c, s, 20)
	p := c.Prices()
	if p.Recent.Measured() || p.Recent.Share <= 0 || p.Recent.Share > 0.5 || !strings.Contains(p.Why, "too little") {
		t.Errorf("20 samples are %+v", p)
	}
}

func TestRefusalIsSaid(t *testing.T) {
	c, s := controller(t, 0), &counted{each: heavy, mode: hook.Exact}
	done := make(chan struct{})
	close(done)
	c.Run(s, done, func(err error) { t.Error(err) })
	step(t, c, s, 3)
	if p := c.Prices(); p.Recent.Measured() || p.All.Measured() || p.All.Share <= 0 || p.Why != "samples are not allowed here" {
		t.Errorf("without samples: %+v", p)
	}
}

// TestKernelThatIsNotSampled: as long as tables grow, page faults that nobody sees make it a bound.
func TestKernelThatIsNotSampled(t *testing.T) {
	s := sampled(200, 50, false)
	c := watch(t, s, 0)
	s.each.TableBytes = 1 << 20
	step(t, c, s, 5)
	if p := c.Prices(); p.Recent.Measured() || p.Recent.Share != 0.25 || !strings.Contains(p.Why, "perf_event_paranoid") {
		t.Errorf("while tables grow: %+v", p)
	}
	s.each.TableBytes = 0
	step(t, c, s, 100)
	if p := c.Prices(); !p.Recent.Measured() || p.All.Measured() {
		t.Errorf("when they do not grow any more: %+v", p)
	}
}

// TestTimeWithoutHooksCostsNothing: half of the CPU time without hooks halves their share of all.
func TestTimeWithoutHooksCostsNothing(t *testing.T) {
	s := sampled(200, 50, true)
	c := watch(t, s, 0)
	step(t, c, s, 20)
	s.mode, s.tick = hook.Off, nil
	step(t, c, s, 20)
	p := c.Prices()
	if p.Recent != (Price{}) || p.Why != "" {
		t.Errorf("without hooks: %+v", p)
	}
	if p.All.Share < 0.12 || p.All.Share > 0.14 || p.All.Low > p.All.Share || p.All.High < p.All.Share {
		t.Errorf("half of the time with hooks that took a quarter: %+v", p.All)
	}
}

// TestBudgetGoesByWhatWasMeasured: hooks that cost ten times what they cost in cache are seen to.
func TestBudgetGoesByWhatWasMeasured(t *testing.T) {
	s := sampled(200, 120, true)
	c := watch(t, s, 0.2)
	if reckoned := c.chooser.share(hook.Exact, load(1_000_000)); reckoned > 0.2 {
		t.Fatalf("in cache it is dear already: %g", reckoned)
	}
	step(t, c, s, 5)
	if s.mode == hook.Exact {
		t.Error("60 % are more than 20 %")
	}
}
