package overhead

import (
	"errors"
	"math"
	"testing"
	"time"

	"gotop/hookagent/cpusample"
	"gotop/hookagent/hook"
)

// counted is a service that does the same in every step.
type counted struct {
	all      Activity
	each     Activity // what a step adds
	mode     hook.Mode
	switched []hook.Mode
	err      error
	samples  func() cpusample.Totals
	tick     func() // a second passes
}

func (s *counted) Sample(<-chan struct{}) (func() cpusample.Totals, error) {
	if s.samples == nil {
		return nil, errors.New("samples are not allowed here")
	}
	return s.samples, nil
}

func (s *counted) Activity() Activity {
	a := &s.all
	if s.tick != nil {
		s.tick()
	}
	a.TableBytes += s.each.TableBytes
	a.Allocs, a.Stacked, a.Frames, a.CPU = a.Allocs+s.each.Allocs, a.Stacked+s.each.Stacked, a.Frames+s.each.Frames, a.CPU+s.each.CPU
	a.CPUKnown, a.Attributed = s.each.CPUKnown, s.each.Attributed
	return *a
}

func (s *counted) Mode() (hook.Mode, int) { return s.mode, 128 }

func (s *counted) SetMode(m hook.Mode, depth int) error {
	if s.err == nil && depth == 128 {
		s.mode, s.switched = m, append(s.switched, m)
	}
	return s.err
}

// controller has measured what the hooks cost.
func controller(t *testing.T, budget float64) *Controller {
	t.Helper()
	c := new(Controller)
	if err := c.SetBudget(budget); err != nil {
		t.Fatal(err)
	}
	c.chooser.Cost = newChooser(t, 0).Cost
	return c
}

func step(t *testing.T, c *Controller, s Service, n int) {
	t.Helper()
	for range n {
		if err := c.step(s); err != nil {
			t.Fatal(err)
		}
	}
}

// heavy is a second of a service that allocates far more than any budget has room for.
var heavy = Activity{Allocs: 50_000_000, Stacked: 50_000_000, Frames: 1_000_000_000, CPU: time.Second, CPUKnown: true}

func TestControllerKeepsToTheBudget(t *testing.T) {
	c, s := controller(t, 0.01), &counted{each: heavy, mode: hook.Exact}
	step(t, c, s, 10)
	if s.mode != hook.Count || len(s.switched) != 1 {
		t.Errorf("a service that does little else than allocate is switched to %s", s.switched)
	}
	s.each = Activity{Allocs: 10, CPU: time.Second, CPUKnown: true}
	step(t, c, s, 100)
	if s.mode != hook.Exact {
		t.Errorf("when it is quiet again it is in mode %s", s.mode)
	}
}

func TestControllerEstimatesTheShare(t *testing.T) {
	c, s := controller(t, 0), &counted{each: heavy, mode: hook.Exact}
	step(t, c, s, 5)
	with, budget := c.Prices().Recent.Share, c.Prices().Budget
	if len(s.switched) != 0 || with <= 0 || budget != 0 {
		t.Errorf("without a budget: a share of %g, switched to %s", with, s.switched)
	}
	c.meter.restart()
	s.each.Frames /= 10
	step(t, c, s, 1)
	if less := c.Prices().Recent.Share; less >= with {
		t.Errorf("flat stacks cost %g, deep ones %g", less, with)
	}
	c.meter.restart()
	s.each = Activity{CPU: time.Second, CPUKnown: true}
	step(t, c, s, 1)
	if nothing := c.Prices().Recent.Share; nothing != 0 {
		t.Errorf("no allocation costs %g", nothing)
	}
}

// TestControllerDoesNotGuess: where the CPU time of a service cannot be read, it stays in its mode.
func TestControllerDoesNotGuess(t *testing.T) {
	c, s := controller(t, 0.01), &counted{each: heavy, mode: hook.Exact}
	s.each.CPUKnown = false
	step(t, c, s, 20)
	if len(s.switched) != 0 {
		t.Errorf("switched to %s", s.switched)
	}
}

func TestControllerTriesAgain(t *testing.T) {
	c, s := controller(t, 0.01), &counted{each: heavy, mode: hook.Exact, err: errors.New("not now")}
	failed := 0
	for range 10 {
		if c.step(s) != nil {
			failed++
		}
	}
	if failed < 2 {
		t.Errorf("%d attempts in 10 seconds", failed)
	}
	s.err = nil
	step(t, c, s, downAfter)
	if s.mode != hook.Count {
		t.Errorf("then it is in mode %s", s.mode)
	}
}

func TestBudgetsThatCannotBe(t *testing.T) {
	c := new(Controller)
	for _, bad := range []float64{-0.01, 1, 2, math.Inf(1), math.NaN()} {
		if c.SetBudget(bad) == nil {
			t.Errorf("a budget of %g is accepted", bad)
		}
	}
	for _, good := range []float64{0, 0.03, 0.999} {
		if err := c.SetBudget(good); err != nil {
			t.Error(err)
		}
		if budget := c.Prices().Budget; budget != good {
			t.Errorf("the budget is %g, not %g", budget, good)
		}
	}
}

func TestRunEndsWithTheService(t *testing.T) {
	done := make(chan struct{})
	close(done)
	new(Controller).Run(&counted{mode: hook.Exact}, done, func(err error) { t.Error(err) })
}
