package overhead

import (
	"math"
	"time"

	"gotop/hookagent/cpusample"
)

// Price is a share of the service's CPU time that the hooks took, 0 to 1, in some span of time.
type Price struct {
	Share     float64
	Low, High float64 // where it lies in 95 of 100 cases; High is 0 where Share is only a lower bound: reckoned, not measured
}

// Measured returns whether Share was measured; otherwise it is the least that it can have been.
func (p Price) Measured() bool { return p.High > 0 }

// Prices are what there is to say of the hooks' cost.
type Prices struct {
	Recent Price  // of the last seconds
	All    Price  // since the hooks were placed
	Why    string // for people: why one of them is not measured
	Budget float64
}

// What a measurement takes.
const (
	// A sample belongs to the instruction that the processor waits for, though it may do the service's work behind it at the same time: the
	// share may be so many times what the hooks really took. What they push out of the caches costs time elsewhere: or that much less. These are
	// the extremes of `python -m tests.bench.price`.
	mostOverlap, mostElsewhere = 1.5, 1.25

	enoughSamples = 100  // below it, an interval says nothing
	wantedSamples = 1000 // as many as the last seconds are to have
	mostSeconds   = 60   // and as many seconds they may be
)

// Why there is only a lower bound.
const (
	userOnly     = "kernel.perf_event_paranoid does not let the agent sample the kernel's part, and new tables cost the service page faults"
	tooLittleCPU = "it has used too little CPU time yet for a measurement: what the hooks' instructions take at least is shown"
)

// second is what was sampled and reckoned in one step.
type second struct {
	inside, all uint64
	reckoned    time.Duration // what the hooks took at least
	cpu         time.Duration
	userOnly    bool // the kernel's part was not sampled, though there was some for the hooks
}

func (s *second) add(o second) {
	s.inside, s.all, s.reckoned, s.cpu = s.inside+o.inside, s.all+o.all, s.reckoned+o.reckoned, s.cpu+o.cpu
	s.userOnly = s.userOnly || o.userOnly
}

// price is the measured share where there are samples enough, otherwise the least.
func (s second) price() Price {
	if s.all < enoughSamples {
		if s.cpu <= 0 {
			return Price{}
		}
		return Price{Share: min(1, float64(s.reckoned)/float64(s.cpu))}
	}
	p := Price{Share: float64(s.inside) / float64(s.all)}
	if !s.userOnly {
		p.Low, p.High = wilson(s.inside, s.all)
		p.Low, p.High = p.Low/mostOverlap, min(1, p.High*mostElsewhere)
	}
	return p
}

// wilson returns the interval of 95 % of a share of which k of n samples were seen (Wilson's score interval).
func wilson(k, n uint64) (low, high float64) {
	const z = 1.96
	p, m := float64(k)/float64(n), float64(n)
	centre := (p + z*z/(2*m)) / (1 + z*z/m)
	half := z / (1 + z*z/m) * math.Sqrt(p*(1-p)/m+z*z/(4*m*m))
	return max(0, centre-half), min(1, centre+half)
}

// meter adds up what the hooks cost. Its zero value has no samples, and says the least.
type meter struct {
	samples func() cpusample.Totals // nil: there are none
	refused string                  // why
	seen    cpusample.Totals
	recent  []second      // the newest last
	all     second        // while there were hooks
	off     time.Duration // of CPU time, while there were none
	nothing bool          // there are none now
}

// pause takes a step in which nothing was hooked.
func (m *meter) pause(cpu time.Duration) {
	m.off += cpu
	m.nothing = true
	m.restart()
}

// step takes the samples since the last step and what was reckoned and used in that time. grown: the tables took more memory.
func (m *meter) step(reckoned, cpu time.Duration, grown bool) {
	m.nothing = false
	s := second{reckoned: reckoned, cpu: cpu}
	if m.samples != nil {
		now := m.samples()
		s.inside, s.all = now.Inside-m.seen.Inside, now.All-m.seen.All
		s.userOnly = !now.Kernel && grown
		m.seen = now
	}
	m.all.add(s)
	m.recent = append(m.recent, s)
	if len(m.recent) > mostSeconds {
		m.recent = m.recent[1:]
	}
}

// restart forgets the last seconds: they were of another mode.
func (m *meter) restart() { m.recent = nil }

// last adds up the last seconds: as few as have samples enough.
func (m *meter) last() (sum second) {
	for i := len(m.recent) - 1; i >= 0 && (sum.all < wantedSamples || len(m.recent)-i <= 10); i-- {
		sum.add(m.recent[i])
	}
	return sum
}

// prices says it all, with the samples since the last step.
func (m *meter) prices() Prices {
	last, all := m.last(), m.all
	if m.samples != nil {
		now := m.samples()
		fresh := second{inside: now.Inside - m.seen.Inside, all: now.All - m.seen.All}
		last.add(fresh)
		all.add(fresh)
	}
	p := Prices{Recent: last.price(), All: all.price()}
	if m.off > 0 {
		on := float64(all.cpu) / float64(all.cpu+m.off)
		p.All = Price{p.All.Share * on, p.All.Low * on, p.All.High * on}
	}
	switch {
	case m.nothing:
		p.Recent = Price{}
	case p.Recent.Measured() && p.All.Measured():
	case m.samples == nil:
		p.Why = m.refused
	case all.all >= enoughSamples && all.userOnly:
		p.Why = userOnly
	default:
		p.Why = tooLittleCPU
	}
	return p
}
