package monitor

import "time"

// Watch tells one viewer when a state is ready that is due for it, by a value in C. C holds one value: a viewer that is slow gets fewer
// states, but misses no counts.
type Watch struct {
	C <-chan struct{}

	c          chan struct{}
	m          *Monitor
	interval   time.Duration
	due        int64
	goroutines bool // wants to see them

	attribution bool // wants to see that
}

// tolerance is by how much a watch may be served early, so that watches that are due together share a scan.
const tolerance = 5 * time.Millisecond

// Watch starts telling a viewer of states at an interval; the first is due at once.
func (m *Monitor) Watch(interval time.Duration) *Watch {
	w := &Watch{c: make(chan struct{}, 1), m: m, interval: interval, due: Now()}
	w.C = w.c
	m.watchMu.Lock()
	m.watches[w] = struct{}{}
	if m.ended {
		w.notify()
	}
	m.watchMu.Unlock()
	m.wakeRun()
	return w
}

// SetInterval changes the interval from now on.
func (w *Watch) SetInterval(interval time.Duration) {
	w.m.watchMu.Lock()
	w.interval, w.due = interval, Now()
	w.m.watchMu.Unlock()
	w.m.wakeRun()
}

// Close ends the watch: nothing more comes in C.
func (w *Watch) Close() {
	w.m.watchMu.Lock()
	delete(w.m.watches, w)
	w.m.watchMu.Unlock()
	w.m.wakeRun()
}

// Viewers returns the number of watches.
func (m *Monitor) Viewers() int {
	m.watchMu.Lock()
	defer m.watchMu.Unlock()
	return len(m.watches)
}

// notify leaves a value in C.
func (w *Watch) notify() {
	select {
	case w.c <- struct{}{}:
	default:
	}
}

// wakeRun makes Run look at the watches again.
func (m *Monitor) wakeRun() {
	select {
	case m.wake <- struct{}{}:
	default:
	}
}

// notifyDue wakes the watches that are due, and says when the next scan is.
func (m *Monitor) notifyDue(unwatched time.Duration) int64 {
	now := Now()
	m.watchMu.Lock()
	for w := range m.watches {
		if w.due > now+int64(min(tolerance, w.interval/10)) {
			continue
		}
		w.notify()
		if w.due += int64(w.interval); w.due <= now {
			w.due = now + int64(w.interval)
		}
	}
	m.watchMu.Unlock()
	return m.nextDue(unwatched)
}

// nextDue returns when the next scan is due: for the first watch; without watches, after the interval unwatched. A young service is scanned
// earlier.
func (m *Monitor) nextDue(unwatched time.Duration) int64 {
	first := m.state.At + int64(min(unwatched, m.startupInterval())) // only this goroutine writes the state
	m.watchMu.Lock()
	defer m.watchMu.Unlock()
	if len(m.watches) > 0 {
		first = m.state.At + int64(min(idleInterval, m.startupInterval()))
	}
	for w := range m.watches {
		first = min(first, w.due)
	}
	return first
}

// notifyAll wakes all watches.
func (m *Monitor) notifyAll() {
	m.watchMu.Lock()
	defer m.watchMu.Unlock()
	for w := range m.watches {
		w.notify()
	}
}
