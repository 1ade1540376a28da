package monitor

import (
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"gotop/hookagent/monitor/monitortest"
	"gotop/hookagent/table"
)

var (
	api  = table.Attribute{Creator: 0x401000, Labels: []table.Label{{Key: "path", Value: "/api"}}}
	none = table.Attribute{Creator: table.CreatorThread}
)

// counted waits for a state in which there is, or is not, a reading, and returns a copy of it.
func counted(t *testing.T, m *Monitor, wanted func(*AttributionReading) bool) (r AttributionReading) {
	t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		found := false
		m.Read(func(s *State) {
			if found = wanted(s.Attribution); found && s.Attribution != nil {
				r = *s.Attribution
				r.Counts = append([]table.Counters{}, r.Counts...)
			}
		})
		if found {
			return r
		}
	}
	t.Fatal("the state that was waited for did not come")
	return r
}

func is(want ...uint64) func(*AttributionReading) bool {
	return func(r *AttributionReading) bool {
		if r == nil || len(r.Counts) != len(want) {
			return false
		}
		for i, n := range want {
			if r.Counts[i].Count != n {
				return false
			}
		}
		return true
	}
}

func TestAttributionIsOnWhileSomebodyLooks(t *testing.T) {
	tables, on := monitortest.New(), new(atomic.Bool)
	tables.AddAttributed(api, table.Counters{Count: 5, Bytes: 80}) // of an earlier time
	m := New(Config{Tables: tables, Bias: 0x1000, LabelsMissing: "no labels", Attribution: func(wanted bool) error {
		on.Store(wanted)
		return nil
	}})
	go m.Run()
	one, two := m.Watch(20*time.Millisecond), m.Watch(20*time.Millisecond)
	counted(t, m, func(r *AttributionReading) bool { return r == nil })
	if on.Load() {
		t.Fatal("it is on, and nobody has asked for it")
	}
	one.WantAttribution(true)
	first := counted(t, m, is(0))
	if !on.Load() || first.Missing != "no labels" {
		t.Fatalf("it is not on, or %+v", first)
	}
	tables.AddAttributed(api, table.Counters{Count: 3, Bytes: 48})
	two.WantAttribution(true)
	tables.AddAttributed(none, table.Counters{Count: 1, Bytes: 8})
	one.WantAttribution(false)
	if r := counted(t, m, is(3, 1)); r.Since != first.Since || r.Counts[0].Bytes != 48 {
		t.Errorf("one of two viewers has left: %+v", r)
	}
	m.Read(func(s *State) {
		if a := s.Attribute(0); a.Creator != 0x400000 || a.Labels[0] != api.Labels[0] {
			t.Errorf("%+v is not at its link-time address", a)
		}
		if a := s.Attribute(1); a.Creator != table.CreatorThread {
			t.Errorf("%+v is no address", a)
		}
	})
	two.Close()
	counted(t, m, func(r *AttributionReading) bool { return r == nil && !on.Load() })
	one.WantAttribution(true)
	if r := counted(t, m, is(0, 0)); r.Since <= first.Since {
		t.Errorf("it counts from %d again, which is not after %d", r.Since, first.Since)
	}
	m.ReportEnd(End{})
	<-m.Done()
}

func TestAttributionThatCannotBeSwitchedOnSaysSo(t *testing.T) {
	m := New(Config{Tables: monitortest.New(), Attribution: func(bool) error { return errors.New("other code") }})
	go m.Run()
	m.Watch(20 * time.Millisecond).WantAttribution(true)
	counted(t, m, func(r *AttributionReading) bool { return r != nil && r.Missing == "other code" })
	m.ReportEnd(End{})
	<-m.Done()
}
