package monitor

// rdtsc reads the processor's time stamp counter (RDTSC, after LFENCE so that it is not read ahead of what comes before). The
// injected code stamps events with it; it is meaningful on machines whose counter runs at one rate on all cores ("constant_tsc
// nonstop_tsc" in /proc/cpuinfo), which is every amd64 server of the last fifteen years.
func rdtsc() uint64

// tscClock turns time stamps into CLOCK_MONOTONIC. Both run evenly, so two pairs make a line; the second is renewed at every
// scan, which follows the kernel's adjustments of its clock's rate.
type tscClock struct{ first, last pair }

type pair struct {
	tsc  uint64
	mono int64
}

func newTSCClock() *tscClock {
	p := takePair()
	return &tscClock{p, p}
}

// takePair reads both clocks as close together as can be: the best of a few attempts.
func takePair() (best pair) {
	least := int64(1) << 62
	for range 5 {
		before := Now()
		tsc := rdtsc()
		after := Now()
		if after-before < least {
			least = after - before
			best = pair{tsc, before + (after-before)/2}
		}
	}
	return best
}

func (c *tscClock) sample() { c.last = takePair() }

// mono is the instant of a time stamp. Without two pairs apart there is no rate yet, and the last pair's instant is the answer.
func (c *tscClock) mono(tsc uint64) int64 {
	ticks := c.last.tsc - c.first.tsc
	if ticks == 0 || c.last.tsc < c.first.tsc {
		return c.last.mono
	}
	rate := float64(c.last.mono-c.first.mono) / float64(ticks)
	return c.last.mono + int64(float64(int64(tsc-c.last.tsc))*rate)
}
