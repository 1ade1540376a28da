// Package overhead estimates what the hooks cost a service, and chooses the mode that keeps to a budget.
//
// The cost of an allocation in each mode is measured on this machine (hook.Calibrate), with everything in cache; in a service it is
// somewhat more, hence a margin. What it amounts to is a share of the CPU time that the service uses.
package overhead

import (
	"time"

	"gotop/hookagent/hook"
)

// margin is what a hook costs in a service relative to the least it can cost (tests/bench).
const margin = 1.5

// Load is what a service did in a span of time.
type Load struct {
	Allocs uint64
	Frames float64       // mean frames of an allocation's stack; 0: not known
	CPU    time.Duration // user and system

	Attributed bool // counted by creator and labels as well
}

// Share returns the part of the service's CPU time that the hooks take, 0 to 1, where allocations are recorded in this mode.
func Share(c hook.Cost, m hook.Mode, l Load) float64 {
	if l.CPU <= 0 {
		return 0
	}
	each := c.Of(m, l.Frames)
	if l.Attributed && m != hook.Off {
		each += c.Attribution()
	}
	return min(1, margin*float64(l.Allocs)*each/float64(l.CPU.Nanoseconds()))
}
