package overhead

import "gotop/hookagent/hook"

// modesByCost are the modes from the richest to the cheapest.
var modesByCost = []hook.Mode{hook.Exact, hook.SitesSampled, hook.Sites, hook.Sampled, hook.Count}

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
	factor float64 // what hooks were measured to take, relative to the least they can take; 0: not known
}

const (
	// usualFactor is what hooks cost in a service relative to the least (tests/bench), where it was not measured.
	usualFactor = 1.5
	// enoughInside are samples in the hooks' code that say how dear they are.
	enoughInside = 30
	mostFactor   = 100
)

// Learn takes what the hooks were seen to cost in the last seconds.
func (k *ModeChooser) Learn(s second) {
	if s.inside >= enoughInside && s.reckoned > 0 && s.cpu > 0 {
		measured := float64(s.inside) / float64(s.all) * float64(s.cpu)
		k.factor = min(mostFactor, measured/float64(s.reckoned))
	}
}

// share returns the part of the service's CPU time that the hooks take in a mode, 0 to 1.
func (k *ModeChooser) share(m hook.Mode, l Load) float64 {
	if l.CPU <= 0 {
		return 0
	}
	factor := k.factor
	if factor == 0 {
		factor = usualFactor
	}
	return min(1, factor*float64(Least(k.Cost, m, l))/float64(l.CPU))
}

// Next returns the mode for what comes, after a load seen in mode now.
func (k *ModeChooser) Next(now hook.Mode, l Load) hook.Mode {
	if l.Frames > 0 && now == hook.Exact {
		k.frames = l.Frames // the other modes do not see whole stacks
	}
	l.Frames = k.frames
	if k.Budget <= 0 {
		return now
	}
	at := position(now)
	best := k.richest(l, k.Budget)
	switch {
	case best > at:
		k.high, k.low = k.high+1, 0
	case k.richest(l, k.Budget*upMargin) < at:
		k.high, k.low = 0, k.low+1
	default:
		k.high, k.low = 0, 0
	}
	switch {
	case k.high >= downAfter:
		k.high = 0
		return modesByCost[best]
	case k.low >= upAfter:
		k.low = 0
		return modesByCost[at-1]
	}
	return now
}

// richest returns the position in modesByCost of the richest mode that keeps to a budget; the cheapest if none does.
func (k *ModeChooser) richest(l Load, budget float64) int {
	for i, m := range modesByCost {
		if k.share(m, l) <= budget {
			return i
		}
	}
	return len(modesByCost) - 1
}

// position returns where a mode stands in modesByCost; 0 where it does not.
func position(m hook.Mode) int {
	for i, l := range modesByCost {
		if l == m {
			return i
		}
	}
	return 0
}
