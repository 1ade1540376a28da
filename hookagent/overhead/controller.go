package overhead

import (
	"fmt"
	"sync"
	"time"

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
}

// Controller estimates once a second what the hooks cost a service, and switches modes where there is a budget. Its methods may be
// called from any goroutine.
type Controller struct {
	mu      sync.Mutex
	chooser ModeChooser
	share   float64 // of the service's CPU time, in the last second
	last    Activity
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

// Overhead returns the share of the service's CPU time that the hooks took in the last second, as estimated, and the budget.
func (c *Controller) Overhead() (share, budget float64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.share, c.chooser.Budget
}

// Run measures what the hooks cost on this machine and controls the service until done is closed. A mode that cannot be switched is
// reported and tried again.
func (c *Controller) Run(s Service, done <-chan struct{}, report func(error)) {
	cost, err := hook.Calibrate()
	if err != nil {
		report(err)
		return
	}
	c.mu.Lock()
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
	c.last = now
	c.share = Share(c.chooser.Cost, mode, load)
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
