package monitor

// eventClock converts the time stamps of events (readTicks) to CLOCK_MONOTONIC. Both run evenly, so two pairs make a line; the second is renewed at every
// scan, which follows the kernel's adjustments of its clock's rate.
type eventClock struct{ first, last clockPair }

// clockPair is the same instant by both clocks.
type clockPair struct {
	ticks uint64
	mono  int64
}

func newEventClock() *eventClock {
	p := readClocks()
	return &eventClock{p, p}
}

// readClocks reads both clocks as close together as can be: the best of a few attempts.
func readClocks() (best clockPair) {
	least := int64(1) << 62
	for range 5 {
		before := Now()
		ticks := readTicks()
		after := Now()
		if after-before < least {
			least = after - before
			best = clockPair{ticks, before + (after-before)/2}
		}
	}
	return best
}

// resample renews the second pair.
func (c *eventClock) resample() { c.last = readClocks() }

// monotonic returns the instant of a time stamp, in ns. Before there are two pairs apart there is no rate, and it returns
// the last pair's instant.
func (c *eventClock) monotonic(ticks uint64) int64 {
	elapsed := c.last.ticks - c.first.ticks
	if elapsed == 0 || c.last.ticks < c.first.ticks {
		return c.last.mono
	}
	rate := float64(c.last.mono-c.first.mono) / float64(elapsed)
	return c.last.mono + int64(float64(int64(ticks-c.last.ticks))*rate)
}
