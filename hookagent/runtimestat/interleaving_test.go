package runtimestat

import "testing"

// story is a life with every kind of flush in it.
func story() *simulated {
	s := newSimulated()
	s.tiny(0, 2)
	s.alloc(0, 2, 3)
	s.alloc(1, 3, 5)
	s.rest(1)
	s.refill(0, 2, 0x1400, 4)
	s.alloc(0, 2, 2)
	s.refill(0, 2, 0x1440, 0)
	s.alloc(0, 2, 6)
	for range 4 {
		s.metrics()
		s.alloc(0, 3, 2)
		s.tiny(1, 1)
		s.refill(0, 3, 0x1480, 0)
	}
	s.collect()
	s.do(func() { s.fill(0, 2, 0x14c0, 3) })
	s.do(func() { s.fill(1, 3, 0x1500, 0) })
	s.alloc(0, 2, 4)
	s.alloc(1, 3, 3)
	s.stopped(func() { // ReadMemStats
		s.releaseAll(0, 0, false)
		s.releaseAll(1, 0, false)
	})
	s.do(func() { s.fill(0, 2, 0x1540, 20) })
	s.alloc(0, 2, 1)
	s.stopped(func() { s.releaseAll(0, 0, false) })
	return s
}

// quiet is a stop of the world in which a span is flushed that nothing was allocated from, so that no count changes.
func quiet() *simulated {
	s := newSimulated()
	s.do(func() { s.fill(0, 2, 0x1580, 30) })
	s.rest(110)
	s.stopped(func() { s.releaseAll(0, 0, false) })
	s.rest(110)
	return s
}

// TestEveryInterleaving freezes the allocator after each of its stores, as a thread that has lost its processor or has been stopped
// is, and lets it go on at several paces while it is read: the slack covers what is wrong, and where nothing is under way there
// is none.
func TestEveryInterleaving(t *testing.T) {
	t.Run("story", func(t *testing.T) { interleave(t, story, 0, 1, 2, 3, 5, 7, 10, 14, 20, 30, 50) })
	t.Run("quiet", func(t *testing.T) { interleave(t, quiet, 15) })
}

func interleave(t *testing.T, story func() *simulated, paces ...int) {
	exact, slack, unread := 0, 0, 0
	for begin := range story().steps {
		for _, pace := range paces {
			s := story()
			for range begin {
				s.step()
			}
			s.pace = pace
			resting, first := s.resting && pace == 0, s.truth
			f := New(simPlan(), 0, s).Read()
			switch {
			case f.Mallocs == nil:
				unread++
			case f.Slack == 0:
				exact++
			default:
				slack++
			}
			if resting && (f.Mallocs == nil || f.Slack != 0) {
				t.Errorf("step %d: nothing is under way, read %+v", begin, f)
			}
			if f.Mallocs != nil && (*f.Mallocs+f.Slack < first || *f.Mallocs > s.truth+f.Slack) {
				t.Errorf("from step %d at pace %d: read %d, slack %d; there were %d to %d", begin, pace, *f.Mallocs, f.Slack, first, s.truth)
			}
		}
	}
	t.Logf("%d readings exact, %d with slack, %d not made", exact, slack, unread)
	if exact < 4*(exact+slack+unread)/5 {
		t.Error("most readings should be exact")
	}
}
