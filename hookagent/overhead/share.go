// Package overhead says what the hooks cost a service, and chooses the mode that keeps to a budget.
//
// It is measured: by samples of where the service's CPU time goes (package cpusample), of which those in the injected code are the
// hooks'. Where that is not possible there is a lower bound: the time an allocation takes in each mode, measured on this machine with
// everything in cache (hook.Calibrate). That is also how modes are compared that are not in force, and then scaled by what the one in
// force was measured to cost beyond it.
package overhead

import (
	"time"

	"gotop/hookagent/hook"
)

// Load is what a service did in a span of time.
type Load struct {
	Allocs uint64
	Frames float64       // mean frames of an allocation's stack; 0: not known
	CPU    time.Duration // user and system

	Attributed bool // counted by creator and labels as well
}

// Least returns the CPU time that the hooks take at least, where allocations are recorded in this mode.
func Least(c hook.Cost, m hook.Mode, l Load) time.Duration {
	each := c.Of(m, l.Frames)
	if l.Attributed && m != hook.Off {
		each += c.Attribution()
	}
	return time.Duration(float64(l.Allocs) * each)
}
