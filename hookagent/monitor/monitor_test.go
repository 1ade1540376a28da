package monitor

import (
	"reflect"
	"testing"
	"time"

	"gotop/hookagent/monitor/monitortest"
	"gotop/hookagent/runtimestat"
	"gotop/hookagent/table"
)

const bias = 0x5000_0000

// state is the monitor's state, for tests: nothing scans meanwhile.
func state(m *Monitor) (s *State) {
	m.Read(func(now *State) { s = now })
	return s
}

func TestTotals(t *testing.T) {
	tables := monitortest.New()
	m := New(Config{Tables: tables, Bias: bias})
	kinds := []table.Kind{table.KindAlloc, table.KindAlloc, table.KindGo, table.KindMalg, table.KindCopyStack}
	for i, k := range kinds {
		id := tables.AddStack(table.Stack{Kind: k})
		tables.Count(id, table.Counters{Count: uint64(i + 1), Bytes: 100 * uint64(i+1), Waste: 7})
	}
	tables.CountUnattributed(table.KindAlloc, table.Counters{Count: 1000, Bytes: 5000, Waste: 3})
	tables.CountUnattributed(table.KindGo, table.Counters{Count: 50})
	if !m.scan(Now(), false) {
		t.Error("nothing has changed")
	}
	want := Totals{
		Allocs: 1003, Bytes: 5300, Waste: 17, Unattributed: 1000, UnattributedBytes: 5000,
		Gos: 53, Malgs: 4, MalgBytes: 400, Copies: 5,
	}
	if got := state(m).Totals; got != want {
		t.Errorf("totals are %+v, want %+v", got, want)
	}
	if m.scan(Now(), false) {
		t.Error("something has changed")
	}
}

func TestStackIsLinkTime(t *testing.T) {
	tables := monitortest.New()
	m := New(Config{Tables: tables, Bias: bias})
	tables.AddStack(table.Stack{Type: bias + 0x4000, PCs: []uint64{bias + 1, bias + 2}, Cut: true})
	tables.AddStack(table.Stack{Type: 0, PCs: []uint64{0x1000}})
	m.scan(Now(), false)
	if got, want := state(m).Stack(0), (table.Stack{Type: 0x4000, PCs: []uint64{1, 2}, Cut: true}); !reflect.DeepEqual(got, want) {
		t.Errorf("stack is %+v, want %+v", got, want)
	}
	below := uint64(0x1000) // a variable: the difference wraps around
	if got := state(m).Stack(1); got.Type != 0 || got.PCs[0] != below-bias {
		t.Errorf("stack is %+v", got)
	}
	if tables.Stacks()[0].PCs[0] != bias+1 {
		t.Error("the table's own stack was changed")
	}
}

// runtime is a Runtime whose service allocates while it is read.
type fakeRuntime struct {
	figures *runtimestat.Figures
	during  func()
}

func (r *fakeRuntime) Read() *runtimestat.Figures {
	if r.during != nil {
		r.during()
	}
	f := *r.figures
	return &f
}

func u(v uint64) *uint64 { return &v }

func TestHookedIsOfTheSameMoment(t *testing.T) {
	tables := monitortest.New()
	id := tables.AddStack(table.Stack{})
	tables.Count(id, table.Counters{Count: 100, Bytes: 1000, Waste: 10})
	r := &fakeRuntime{figures: &runtimestat.Figures{Mallocs: u(100), AllocBytes: u(1010), Slack: 1}}
	m := New(Config{Tables: tables, Runtime: r})
	m.scan(Now(), true)
	if got := state(m).Runtime; *got.Hooked != 100 || got.Slack != 1 || got.BaseMallocs != 0 {
		t.Errorf("at rest: %+v", got)
	}
	r.during = func() { tables.Count(id, table.Counters{Count: 11}) }
	m.scan(Now(), true)
	got := state(m).Runtime
	if hooked := *got.Hooked; hooked < 100 || hooked > 111 || hooked+got.Slack < 111 || hooked-got.Slack > 100 {
		t.Errorf("hooked is %d ± %d, the truth from 100 to 111", hooked, got.Slack)
	}
	if state(m).Totals.Allocs < *got.Hooked {
		t.Error("the totals are older than the reading")
	}
}

// TestUnluckyReadings: one that tells little is made again, and the best of three counts.
func TestUnluckyReadings(t *testing.T) {
	for _, c := range []struct {
		doubts []uint64 // of the readings in turn
		want   uint64
		reads  int
	}{
		{[]uint64{1}, 1, 1},
		{[]uint64{500}, 500, 1}, // of a million
		{[]uint64{70_000, 12}, 12, 2},
		{[]uint64{70_000, 80_000, 90_000, 1}, 70_000, 3},
	} {
		tables := monitortest.New()
		tables.Count(tables.AddStack(table.Stack{}), table.Counters{Count: 1_000_000})
		r, reads := &fakeRuntime{figures: &runtimestat.Figures{Mallocs: u(1_000_000)}}, 0
		r.during = func() { r.figures.Slack = c.doubts[min(reads, len(c.doubts)-1)]; reads++ }
		m := New(Config{Tables: tables, Runtime: r})
		m.scan(Now(), true)
		if got := state(m).Runtime.Slack; got != c.want || reads != c.reads {
			t.Errorf("%d: a slack of %d after %d readings", c.doubts, got, reads)
		}
	}
}

func TestBaseOfAnAttachedService(t *testing.T) {
	tables := monitortest.New()
	id := tables.AddStack(table.Stack{})
	tables.Count(id, table.Counters{Count: 20, Bytes: 300, Waste: 20})
	r := &fakeRuntime{figures: &runtimestat.Figures{Mallocs: u(1020), AllocBytes: u(50_320)}}

	given := New(Config{Tables: tables, Runtime: r, Attached: true, Base: &table.Base{Mallocs: 999, Bytes: 49_999, Slack: 3}})
	given.scan(Now(), true)
	if got := state(given).Runtime; got.BaseMallocs != 999 || got.BaseAllocBytes != 49_999 || got.Slack != 3 {
		t.Errorf("base given: %+v", got)
	}

	reckoned := New(Config{Tables: tables, Runtime: r, Attached: true})
	reckoned.scan(Now(), false)
	reckoned.scan(Now(), true)
	tables.Count(id, table.Counters{Count: 5})
	r.figures = &runtimestat.Figures{Mallocs: u(1025), AllocBytes: u(50_400)}
	reckoned.scan(Now(), true)
	if got := state(reckoned).Runtime; got.BaseMallocs != 1000 || got.BaseAllocBytes != 50_000 || *got.Mallocs != 1025 {
		t.Errorf("base reckoned: %+v", got)
	}
}

// TestLastGoodReading: figures that a dying service's memory no longer gives do not replace those that it gave.
func TestLastGoodReading(t *testing.T) {
	tables := monitortest.New()
	r := &fakeRuntime{figures: &runtimestat.Figures{Mallocs: u(7)}}
	m := New(Config{Tables: tables, Runtime: r})
	m.scan(Now(), true)
	r.figures = &runtimestat.Figures{Missing: []string{"mallocs: no such process"}}
	for i := range 3 { // a service that is gone is asked until its end is known
		m.scan(Now(), true)
		if got := state(m).Runtime; got.Mallocs == nil || *got.Mallocs != 7 {
			t.Errorf("after %d bad readings: %+v", i+1, got)
		}
	}
}

type fakeTypes map[uint64]string

func (f fakeTypes) Name(addr uint64) (string, bool) {
	name, ok := f[addr]
	return name, !ok
}

func (f fakeTypes) Hash(addr uint64) uint32 { return uint32(addr) }

func (f fakeTypes) Pointers(addr uint64) (bool, bool) { return addr&16 != 0, addr&1 == 0 }

func TestTypesOutsideTheBinary(t *testing.T) {
	tables := monitortest.New()
	m := New(Config{Tables: tables, Bias: bias, Types: fakeTypes{bias + 8: "[]main.T", bias + 16: ""}})
	for _, typ := range []uint64{bias + 8, 0, bias + 99, bias + 8, bias + 16} {
		tables.AddStack(table.Stack{Type: typ})
	}
	tables.AddStack(table.Stack{Kind: table.KindGo, Type: bias + 16}) // a function's entry
	m.scan(Now(), false)
	m.scan(Now(), false)
	if got, want := state(m).Types, []TypeName{{8, "[]main.T", 0x50000008}, {16, "", 0x50000010}}; !reflect.DeepEqual(got, want) {
		t.Errorf("types are %v, want %v", got, want)
	}
}

func TestWatches(t *testing.T) {
	m := New(Config{Tables: monitortest.New()})
	fast, slow := m.Watch(100*time.Millisecond), m.Watch(time.Hour)
	now := Now()
	m.state.At = now
	fast.due, slow.due = now-1, now+int64(time.Hour)
	next := m.notifyDue(time.Second)
	if next != fast.due || fast.due <= now {
		t.Errorf("next scan at %d, the quicker is due at %d", next, fast.due)
	}
	if len(fast.c) != 1 || len(slow.c) != 0 {
		t.Error("not the one that was due was woken")
	}
	slow.SetInterval(20 * time.Millisecond)
	if m.nextDue(time.Second) != slow.due {
		t.Error("a changed interval does not count from now on")
	}
	fast.Close()
	slow.Close()
	m.state.At = now
	if got := m.nextDue(time.Minute); got != now+int64(time.Minute) {
		t.Errorf("without a viewer the next scan is at %d", got-now)
	}
}

// TestStartupInterval: a service that has just started is looked at often, whatever viewers want: it may be gone at once.
func TestStartupInterval(t *testing.T) {
	m := New(Config{Tables: monitortest.New()})
	w := m.Watch(time.Hour)
	for _, c := range []struct{ age, least, most time.Duration }{
		{0, minStartupInterval, 20 * time.Millisecond}, // that much time may pass in this test
		{200 * time.Millisecond, 100 * time.Millisecond, 110 * time.Millisecond},
		{time.Hour, idleInterval, idleInterval},
	} {
		now := Now()
		m.begun, m.state.At, w.due = now-int64(c.age), now, now+int64(time.Hour)
		if got := time.Duration(m.nextDue(time.Minute) - now); got < c.least || got > c.most {
			t.Errorf("at the age of %v the next scan is after %v", c.age, got)
		}
		m.readAt = now - int64(c.most)
		if !m.runtimeDue() {
			t.Errorf("at the age of %v the runtime is not read after %v", c.age, c.most)
		}
		w.due = now + 1
		if got := m.nextDue(time.Minute); got != w.due {
			t.Errorf("a viewer waits for %v", time.Duration(got-w.due))
		}
	}
	m.readAt = Now()
	if m.runtimeDue() {
		t.Error("the runtime is read again at once")
	}
}

func TestIdle(t *testing.T) {
	interval := busyInterval
	for range 10 {
		interval = idle(interval, false)
	}
	if interval != idleInterval {
		t.Errorf("idle for long: every %v", interval)
	}
	if got := idle(interval, true); got != busyInterval {
		t.Errorf("busy again: every %v", got)
	}
}

func TestEnded(t *testing.T) {
	tables := monitortest.New()
	id := tables.AddStack(table.Stack{})
	m := New(Config{Tables: tables})
	go m.Run()
	w := m.Watch(time.Hour)
	<-w.C
	tables.Count(id, table.Counters{Count: 5, Bytes: 50})
	signal := 9
	m.SetStopRequested(true)
	m.ReportEnd(End{Signal: &signal})
	<-w.C
	<-m.Watch(time.Hour).C // who comes later
	<-m.Done()
	m.Read(func(s *State) {
		if s.Totals.Allocs != 5 || s.Counts[id].Bytes != 50 {
			t.Errorf("what was counted last is missing: %+v", s.Totals)
		}
		if e := s.End; e == nil || *e.Signal != 9 || !e.ByUs || e.At == 0 {
			t.Errorf("the end is %+v", e)
		}
	})
}

func TestAgentFigures(t *testing.T) {
	m := New(Config{Tables: monitortest.New()})
	m.scan(Now()-5e6, false)
	if a := state(m).Agent; a.CPUNS <= 0 || a.RSS < 1<<20 || a.LagNS < 5e6 {
		t.Errorf("the agent costs %+v", a)
	}
}
