package monitor

import (
	"errors"
	"math"
	"reflect"
	"testing"

	"gotop/hookagent/gccycle"
	"gotop/hookagent/monitor/monitortest"
	"gotop/hookagent/runtimestat"
	"gotop/hookagent/table"
)

func TestEvents(t *testing.T) {
	tables := monitortest.New()
	m := New(Config{Tables: tables})
	tables.AddEvents(3,
		table.Event{Kind: table.EventSTW, Args: [5]uint64{5000, 0xabcd_ef01, 1000, 4000}},
		table.Event{Kind: 999},
		table.Event{Kind: table.EventSTW, Args: [5]uint64{5000, 2, 6000, 5500}}) // clocks that contradict each other
	m.scan(Now(), false)
	var c Cursor
	e := state(m).Events(&c)
	got, lost := e.Stops, e.Lost
	want := []STW{{At: 5000, Reason: 1, StoppingNS: 3000, StoppedNS: 1000}, {At: 5000, Reason: 2}}
	if !reflect.DeepEqual(got, want) || lost != 3 {
		t.Errorf("events are %+v (lost %d), want %+v", got, lost, want)
	}
	if e := state(m).Events(&c); e.Stops != nil || e.Lost != 0 {
		t.Errorf("again: %v", e)
	}
}

func TestEventLogIsBounded(t *testing.T) {
	var l ring[STW]
	var early uint64
	const n = logSize + 1000
	for i := range int64(n) {
		l.add(STW{At: i})
		if i == 99 {
			if got, _ := l.since(&early); len(got) != 100 {
				t.Fatalf("%d of 100 events", len(got))
			}
		}
	}
	for name, c := range map[string]*uint64{"early": &early, "late": new(uint64)} {
		seen := *c
		got, lost := l.since(c)
		if uint64(len(got))+lost+seen != n || len(got) != logSize || got[0].At != n-logSize || got[logSize-1].At != n-1 {
			t.Errorf("%s: %d events, %d lost, first %d", name, len(got), lost, got[0].At)
		}
	}
}

func TestTimeStamps(t *testing.T) {
	c := eventClock{clockPair{1000, 50_000}, clockPair{3000, 51_000}}
	for ticks, want := range map[uint64]int64{1000: 50_000, 2000: 50_500, 3000: 51_000, 5000: 52_000} {
		if got := c.monotonic(ticks); got != want {
			t.Errorf("time stamp %d is %d, want %d", ticks, got, want)
		}
	}
	same := eventClock{clockPair{1000, 50_000}, clockPair{1000, 50_000}}
	if got := same.monotonic(math.MaxUint64); got != 50_000 {
		t.Errorf("without a rate: %d", got)
	}
	if a, b := readTicks(), readTicks(); a == 0 || b < a {
		t.Errorf("the counter went from %d to %d", a, b)
	}
}

func TestNowZeroTakesTheTimeStamp(t *testing.T) {
	m := New(Config{Tables: monitortest.New()})
	m.clock = &eventClock{clockPair{1000, 50_000}, clockPair{3000, 51_000}}
	m.takeEvent(table.Event{Kind: table.EventSTW, Ticks: 2000, Args: [5]uint64{0, 4, 50_000, 50_100}})
	var c Cursor
	got := m.state.Events(&c).Stops
	if want := (STW{At: 50_500, Reason: 4, StoppingNS: 100, StoppedNS: 400}); got[0] != want {
		t.Errorf("event is %+v, want %+v", got[0], want)
	}
}

// collections is a monitor.Collections.
type collections struct {
	pauses []gccycle.Pause
	cycles []gccycle.Cycle
	err    error
}

func (c *collections) Read() ([]gccycle.Pause, []gccycle.Cycle, uint64, error) {
	pauses, cycles := c.pauses, c.cycles
	c.pauses, c.cycles = nil, nil
	return pauses, cycles, 2, c.err
}

// TestUnhooked: cycles are told from memory, and nothing is said to have been hooked.
func TestUnhooked(t *testing.T) {
	from := &collections{pauses: []gccycle.Pause{{Number: 7, At: 5000, NS: 30}}, cycles: []gccycle.Cycle{{Number: 7}}}
	tables := monitortest.New()
	tables.AddStack(table.Stack{Kind: table.KindSample, Range: table.RangeUnknown})
	tables.AddStack(table.Stack{Kind: table.KindSample, Range: table.RangeLarge})
	mallocs := uint64(100)
	figures := &fakeRuntime{figures: &runtimestat.Figures{Mallocs: &mallocs, AllocBytes: &mallocs}}
	m := New(Config{Tables: tables, Runtime: figures, Collections: from, Unhooked: true})
	m.scan(Now(), true)
	var c Cursor
	e := state(m).Events(&c)
	if want := []STW{{At: 5000, Reason: ReasonCycle, StoppedNS: 30}}; !reflect.DeepEqual(e.Stops, want) || len(e.Cycles) != 1 || e.Lost != 2 {
		t.Errorf("%+v", e)
	}
	if r := state(m).Runtime; r.Hooked != nil || r.BaseMallocs != 0 || *r.Mallocs != 100 {
		t.Errorf("%+v", r)
	}
	if a, b := state(m).Path(0), state(m).Path(1); a != PathUnknown || b != PathLarge {
		t.Errorf("paths %d and %d", a, b)
	}
	from.err, from.pauses = errors.New("gone"), []gccycle.Pause{{Number: 8}}
	m.scan(Now(), false)
	if e := state(m).Events(&c); len(e.Stops) != 0 {
		t.Errorf("what could not be read was told: %+v", e)
	}
}
