package stream

import (
	"testing"

	"gotop/hookagent/gccycle"
	"gotop/hookagent/monitor"
)

// TestManyEvents: however many there are, no message is long, and all are there in order.
func TestManyEvents(t *testing.T) {
	for _, size := range []struct{ stops, cycles int }{{0, 0}, {1, 0}, {maxEvents, maxEvents}, {2*maxEvents + 1, 3}, {5, 3 * maxEvents}} {
		news := monitor.Events{Lost: 7, Stops: make([]monitor.STW, size.stops), Cycles: make([]gccycle.Cycle, size.cycles)}
		for i := range news.Stops {
			news.Stops[i].At = int64(i)
		}
		for i := range news.Cycles {
			news.Cycles[i].Number = uint64(i)
		}
		var stops, cycles int
		var lost uint64
		for m := range eventMessages(news) {
			e := m.(Events)
			if len(e.STW) > maxEvents || len(e.GC) > maxEvents || e.STW == nil || e.GC == nil {
				t.Fatalf("%v: a message of %d stops, %d cycles", size, len(e.STW), len(e.GC))
			}
			for _, s := range e.STW {
				if s.At != int64(stops) {
					t.Fatalf("%v: stop %d follows %d others", size, s.At, stops)
				}
				stops++
			}
			for _, c := range e.GC {
				if c.Number != uint64(cycles) {
					t.Fatalf("%v: cycle %d follows %d others", size, c.Number, cycles)
				}
				cycles++
			}
			lost += e.Lost
		}
		if stops != size.stops || cycles != size.cycles || lost != 7 {
			t.Errorf("%v: %d stops, %d cycles, %d lost", size, stops, cycles, lost)
		}
	}
}
