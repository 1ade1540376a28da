// Package overhead reckons what the hooks cost a service, and chooses the mode that keeps to a budget.
//
// The cost of an allocation in each mode is measured on this machine (hook.Calibrate), with everything in cache; in a service it is
// somewhat more, hence a margin. What it amounts to is a share of the CPU time that the service uses.
package overhead

import (
	"time"

	"gotop/hookagent/hook"
)

// modesByCost are the modes from the richest to the cheapest.
var modesByCost = []hook.Mode{hook.Exact, hook.Sites, hook.Sampled, hook.Count}

// margin is what a hook costs in a service relative to the least it can cost (tests/bench).
const margin = 1.5

// Load is what a service did in a span of time.
type Load struct {
	Allocs uint64
	Frames float64       // mean frames of an allocation's stack; 0: not known
	CPU    time.Duration // user and system

	Attributed bool // counted by creator and labels as well
}

// Share is the part of the service's CPU time that the hooks take, 0 to 1, where allocations are recorded in this mode.
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

// How a change of mode is made: down soon, up only when it will last.
const (
	downAfter = 2
	upAfter   = 10
	upMargin  = 0.7
)

// ModeChooser chooses modes. Its zero value keeps no budget: it stays where it is.
type ModeChooser struct {
	Budget float64 // share of the service's CPU time; 0: none
	Cost   hook.Cost
	high   int // loads in a row that asked for a cheaper mode
	low    int // and for a richer one
	frames float64
}

// Next is the mode for what comes, after a load seen in mode now.
func (k *ModeChooser) Next(now hook.Mode, l Load) hook.Mode {
	if l.Frames > 0 && now == hook.Exact {
		k.frames = l.Frames // the other modes do not see whole stacks
	}
	l.Frames = k.frames
	if k.Budget <= 0 {
		return now
	}
	at := step(now)
	fits := k.fits(l, k.Budget)
	switch {
	case fits > at:
		k.high, k.low = k.high+1, 0
	case k.fits(l, k.Budget*upMargin) < at:
		k.high, k.low = 0, k.low+1
	default:
		k.high, k.low = 0, 0
	}
	switch {
	case k.high >= downAfter:
		k.high = 0
		return modesByCost[fits]
	case k.low >= upAfter:
		k.low = 0
		return modesByCost[at-1]
	}
	return now
}

// fits is the richest mode's step on the ladder that keeps to a budget; the cheapest if none does.
func (k *ModeChooser) fits(l Load, budget float64) int {
	for i, m := range modesByCost {
		if Share(k.Cost, m, l) <= budget {
			return i
		}
	}
	return len(modesByCost) - 1
}

func step(m hook.Mode) int {
	for i, l := range modesByCost {
		if l == m {
			return i
		}
	}
	return 0
}
