package monitor

// End says how the service ended.
type End struct {
	At       int64
	Code     *int // exit code, nil if it was killed
	Signal   *int
	Core     bool
	ByUs     bool // a viewer had asked for it
	Detached bool // the hooks were taken out, the service runs on
}

// SetStopRequested sets whether a viewer has asked for the service's end.
func (m *Monitor) SetStopRequested(asked bool) {
	m.watchMu.Lock()
	m.stopRequested = asked
	m.watchMu.Unlock()
}

// ReportEnd tells the monitor that the service has ended; only the first call counts. At 0 means now, and ByUs is added. It returns
// when the last scan is made, so Run must be running or have run.
func (m *Monitor) ReportEnd(e End) {
	select {
	case m.end <- e:
	default: // it has been told
	}
	<-m.done
}

// finish makes the last scan: the tables outlive the service. Its memory is gone, so the last reading of the runtime is kept.
func (m *Monitor) finish(e End) {
	if e.At == 0 {
		e.At = Now()
	}
	m.takeFinalReading(e.At)
	m.scan(Now(), false)
	m.watchMu.Lock()
	e.ByUs = e.ByUs || m.stopRequested
	m.watchMu.Unlock()
	m.mu.Lock()
	m.state.End = &e
	m.mu.Unlock()

	m.watchMu.Lock()
	m.ended = true
	m.watchMu.Unlock()
	close(m.done)
	m.notifyAll()
}
