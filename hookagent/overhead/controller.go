package overhead

import (
	"fmt"
	"sync"
	"time"

	"gotop/hookagent/cpusample"
	"gotop/hookagent/hook"
)

// Activity is what a service has done from its hooking up to an instant.
type Activity struct {
	Allocs     uint64        // heap allocations
	Stacked    uint64        // of them, those that were counted with their stack
	Frames     uint64        // of these stacks, summed over the allocations
	CPU        time.Duration // user and system time of the process
	CPUKnown   bool
	Attributed bool // allocations are counted by creator and labels as well

	TableBytes uint64 // what the tables take
}

// since returns the load of the time from an earlier activity to this one.
func (a Activity) since(earlier Activity) Load {
	l := Load{Allocs: a.Allocs - earlier.Allocs, CPU: a.CPU - earlier.CPU, Attributed: a.Attributed}
	if n := a.Stacked - earlier.Stacked; n > 0 {
		l.Frames = float64(a.Frames-earlier.Frames) / float64(n)
	}
	return l
}

// Service is the service whose overhead is controlled, and the way it is counted.
type Service interface {
	Activity() Activity
	Mode() (mode hook.Mode, depth int)
	SetMode(mode hook.Mode, depth int) error
	// Sample begins to sample where the service's CPU time goes, and how much of it in the hooks' code, until done is closed. The error
	// says, for people, why that is not possible.
	Sample(done <-chan struct{}) (func() cpusample.Totals, error)
}

// Controller measures once a second what the hooks cost a service, and switches modes where there is a budget. Its methods may be
// called from any goroutine.
type Controller struct {
	mu      sync.Mutex
	chooser ModeChooser
	meter   meter
	last    Activity
	mode    hook.Mode // in the last step
}

const interval = time.Second

// SetBudget changes the share of the service's CPU time that the hooks may take; 0: any.
func (c *Controller) SetBudget(share float64) error {
	if !(share >= 0 && share < 1) { // so that NaN is none either
		return fmt.Errorf("a budget of %g is none: it is a share of the service's CPU time, from 0 (none) to 1", share)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.chooser.Budget = share
	return nil
}

// Prices returns what the hooks took of the service's CPU time, and the budget.
func (c *Controller) Prices() Prices {
	c.mu.Lock()
	defer c.mu.Unlock()
	p := c.meter.prices()
	p.Budget = c.chooser.Budget
	return p
}

// Run measures what the hooks cost on this machine and controls the service until done is closed. A mode that cannot be switched is
// reported and tried again.
func (c *Controller) Run(s Service, done <-chan struct{}, report func(error)) {
	samples, refused := s.Sample(done) // before all else: a service that starts is sampled from its first instruction on
	cost, err := hook.Calibrate()
	if err != nil {
		report(err)
	}
	c.mu.Lock()
	c.meter.samples = samples
	if refused != nil {
		c.meter.refused = refused.Error()
	}
	c.chooser.Cost = cost
	c.mu.Unlock()
	for {
		select {
		case <-done:
			return
		case <-time.After(interval):
			if err := c.step(s); err != nil {
				report(fmt.Errorf("keeping to the budget: %w", err))
			}
		}
	}
}

// step looks at the time since the last step and changes the mode if need be.
func (c *Controller) step(s Service) error {
	now := s.Activity()
	mode, depth := s.Mode()
	c.mu.Lock()
	load := now.since(c.last)
	if mode == hook.Off && c.mode == hook.Off {
		c.meter.pause(load.CPU)
	} else {
		c.meter.step(Least(c.chooser.Cost, mode, load), load.CPU, now.TableBytes > c.last.TableBytes)
	}
	if mode != c.mode { // a part of this step was in the mode before
		c.meter.restart()
		c.mode = mode
	}
	c.last = now
	c.chooser.Learn(c.meter.last())
	next := mode
	if now.CPUKnown {
		next = c.chooser.Next(mode, load)
	}
	c.mu.Unlock()
	if next == mode {
		return nil
	}
	return s.SetMode(next, depth)
}
