package monitor

import (
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"gotop/hookagent/monitor/monitortest"
	"gotop/hookagent/runtimestat"
)

// slowGoroutines takes its time.
type slowGoroutines struct {
	reads atomic.Int64
	takes time.Duration
	err   error
}

func (s *slowGoroutines) Read() (*runtimestat.Goroutines, error) {
	time.Sleep(s.takes)
	return &runtimestat.Goroutines{Live: uint64(s.reads.Add(1))}, s.err
}

// reading is the last one; nil: there was none.
func reading(m *Monitor) (r *GoroutineReading) {
	m.Read(func(s *State) { r = s.Goroutines })
	return r
}

func TestGoroutinesAreReadWhileWanted(t *testing.T) {
	reader := &slowGoroutines{takes: time.Millisecond}
	m := New(Config{Tables: monitortest.New(), Goroutines: reader})
	go m.Run()
	defer m.ReportEnd(End{})
	w := m.Watch(time.Second)
	time.Sleep(50 * time.Millisecond)
	if reader.reads.Load() != 0 {
		t.Error("read without being wanted")
	}
	w.WantGoroutines(true)
	for begun := time.Now(); reading(m) == nil; time.Sleep(time.Millisecond) {
		if time.Since(begun) > 5*time.Second {
			t.Fatal("never read")
		}
	}
	if r := reading(m); r.Live != 1 || r.At == 0 || r.TookNS < int64(time.Millisecond) || r.Err != nil {
		t.Errorf("reading is %+v", r)
	}
	w.WantGoroutines(false)
	time.Sleep(1200 * time.Millisecond) // one that is due may still be made
	if n := reader.reads.Load(); n > 2 {
		t.Errorf("read %d times", n)
	}
}

func TestSlowReadingsAreRarer(t *testing.T) {
	for _, c := range []struct{ takes, least, most time.Duration }{
		{0, goroutineInterval, 2 * goroutineInterval},
		{60 * time.Millisecond, 3 * time.Second, 30 * time.Second},
	} {
		m := New(Config{Tables: monitortest.New(), Goroutines: &slowGoroutines{takes: c.takes}})
		begun := Now()
		if wait := time.Duration(m.readGoroutines() - begun); wait < c.least || wait > c.most {
			t.Errorf("after %v the next comes in %v", c.takes, wait)
		}
	}
}

func TestAFailedReadingIsNoReading(t *testing.T) {
	reader := &slowGoroutines{}
	m := New(Config{Tables: monitortest.New(), Goroutines: reader})
	reader.err = errors.New("gone")
	m.readGoroutines()
	if r := reading(m); r == nil || r.Err == nil {
		t.Fatalf("reading is %+v", r)
	}
	reader.err = nil
	m.readGoroutines()
	reader.err = errors.New("gone")
	m.readGoroutines()
	if r := reading(m); r.Err != nil || r.Live != 2 {
		t.Errorf("reading is %+v", r)
	}
}
