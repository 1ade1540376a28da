package monitor

import (
	"strings"
	"testing"
	"time"

	"gotop/hookagent/monitor/monitortest"
	"gotop/hookagent/runtimestat"
	"gotop/hookagent/table"
)

// TestExitHook: a service in its exit hook goes on only when its last figures are read, and they stay.
func TestExitHook(t *testing.T) {
	tables := monitortest.New()
	id := tables.AddStack(table.Stack{})
	m := New(Config{Tables: tables, Runtime: mallocs(12), Last: mallocs(12)})
	go m.Run()
	tables.Count(id, table.Counters{Count: 12})
	tables.Exit()
	m.Read(func(s *State) {
		if s.Totals.Allocs != 12 || s.Runtime == nil || *s.Runtime.Hooked != 12 {
			t.Errorf("at the exit: %+v, %+v", s.Totals, s.Runtime)
		}
	})
	tables.Count(id, table.Counters{Count: 1}) // another goroutine's last breath
	m.ReportEnd(End{Code: new(int)})
	m.Read(func(s *State) {
		if s.Totals.Allocs != 13 || *s.Runtime.Hooked != 12 {
			t.Errorf("after the end: %+v, %+v", s.Totals, s.Runtime)
		}
	})
}

func mallocs(n uint64) *fakeRuntime {
	return &fakeRuntime{figures: &runtimestat.Figures{Mallocs: u(n)}}
}

// TestExitHookBehindALongScan: the last figures are those at the exit, although the service has not waited until they were taken in.
func TestExitHookBehindALongScan(t *testing.T) {
	tables := monitortest.New()
	id := tables.AddStack(table.Stack{})
	gone := &fakeRuntime{figures: &runtimestat.Figures{Missing: []string{"no such process"}}}
	m := New(Config{Tables: tables, Runtime: gone, Last: mallocs(12)})
	m.state.Runtime = &Reading{Figures: &runtimestat.Figures{Mallocs: u(3)}}
	tables.Count(id, table.Counters{Count: 12})
	go tables.Exit() // Run, which would take it in, is busy
	go m.waitExit()
	for m.finalReading.Load() == nil {
		time.Sleep(time.Millisecond)
	}
	m.finish(End{Code: new(int)})
	m.Read(func(s *State) {
		if *s.Runtime.Mallocs != 12 || *s.Runtime.Hooked != 12 || s.Runtime.Slack != 0 || s.Runtime.Missing != nil {
			t.Errorf("at the end: %+v", s.Runtime)
		}
	})
}

// TestOthersGoOn: what is allocated between the runtime's figures and the hook's count is the slack.
func TestOthersGoOn(t *testing.T) {
	tables := monitortest.New()
	id := tables.AddStack(table.Stack{})
	m := New(Config{Tables: tables, Runtime: mallocs(15), Last: mallocs(12)})
	go m.Run()
	tables.Count(id, table.Counters{Count: 14})
	tables.Exit()
	m.ReportEnd(End{Code: new(int)})
	m.Read(func(s *State) {
		if *s.Runtime.Mallocs != 15 || *s.Runtime.Hooked != 14 || s.Runtime.Slack != 3 {
			t.Errorf("at the end: %+v", s.Runtime)
		}
	})
}

// TestMissedExit: figures that are not of the end are said not to be.
func TestMissedExit(t *testing.T) {
	tables := monitortest.New()
	m := New(Config{Tables: tables, Runtime: mallocs(12)})
	m.scan(Now(), true)
	read := m.state.Runtime
	go tables.Exit()
	for !tables.Exiting() {
		time.Sleep(time.Millisecond)
	}
	m.finish(End{At: read.At + int64(70*time.Millisecond)})
	m.Read(func(s *State) {
		if len(s.Runtime.Missing) != 1 || !strings.Contains(s.Runtime.Missing[0], "70 ms before its end") {
			t.Errorf("said: %q", s.Runtime.Missing)
		}
	})
	if read.Missing != nil {
		t.Error("a reading that viewers have was changed")
	}
}

// TestReadBeforeDetach: what the runtime counts when the hooks are out is no reading of theirs.
func TestReadBeforeDetach(t *testing.T) {
	tables := monitortest.New()
	id := tables.AddStack(table.Stack{})
	r := mallocs(12)
	m := New(Config{Tables: tables, Runtime: r})
	go m.Run()
	tables.Count(id, table.Counters{Count: 12})
	m.ReadBeforeDetach()
	r.figures = &runtimestat.Figures{Mallocs: u(500)}
	scans := tables.Scans()
	w := m.Watch(time.Millisecond)
	for tables.Scans() < scans+300 { // more than any interval between readings
		<-w.C
	}
	m.ReportEnd(End{Detached: true})
	m.Read(func(s *State) {
		if *s.Runtime.Mallocs != 12 || *s.Runtime.Hooked != 12 {
			t.Errorf("at the end: %+v", s.Runtime)
		}
	})
}
