package monitor

import (
	"slices"

	"gotop/hookagent/table"
)

// AttributionReading is what is counted by creator and labels: since it was last switched on.
type AttributionReading struct {
	Since  int64
	Counts []table.Counters // by attribute id
	Lost   table.Counters   // of what found no place
	// Missing says why there is nothing, or why labels are not read; or "".
	Missing string

	failed   bool // it could not be switched on
	base     []table.Counters
	baseLost table.Counters
}

// WantAttribution sets whether this viewer looks at allocations by creator and labels. They are counted while one does.
func (w *Watch) WantAttribution(want bool) {
	w.m.watchMu.Lock()
	if w.attribution != want {
		w.attribution, w.due = want, Now()
	}
	w.m.watchMu.Unlock()
	w.m.wakeRun()
}

// wantsAttribution returns whether a viewer looks at it, or it is always on.
func (m *Monitor) wantsAttribution() bool {
	if m.cfg.Attributing {
		return true
	}
	m.watchMu.Lock()
	defer m.watchMu.Unlock()
	for w := range m.watches {
		if w.attribution {
			return true
		}
	}
	return false
}

// updateAttribution switches attribution as it is wanted, and reads it while it is on. The state is locked.
func (m *Monitor) updateAttribution() {
	t, s := m.cfg.Tables, &m.state
	switch wanted := m.wantsAttribution() && m.cfg.Attribution != nil; {
	case wanted && s.Attribution == nil:
		s.Attribution = m.beginAttribution()
	case !wanted && s.Attribution != nil:
		if !s.Attribution.failed {
			_ = m.cfg.Attribution(false) // it could be switched on
		}
		s.Attribution = nil
	}
	r := s.Attribution
	if r == nil {
		return
	}
	t.ScanAttribution()
	counts, lost := t.Attributed()
	s.attributes = t.Attributes()
	r.Counts = append(r.Counts[:0], counts...)
	for id, c := range r.base {
		r.Counts[id] = minus(r.Counts[id], c)
	}
	r.Lost = minus(lost, r.baseLost)
}

// beginAttribution switches attribution on, and takes what was counted before as the base that is subtracted.
func (m *Monitor) beginAttribution() *AttributionReading {
	m.cfg.Tables.ScanAttribution()
	counts, lost := m.cfg.Tables.Attributed()
	r := &AttributionReading{Since: Now(), base: slices.Clone(counts), baseLost: lost, Missing: m.cfg.LabelsMissing}
	if err := m.cfg.Attribution(true); err != nil {
		r.failed, r.Missing = true, err.Error()
	}
	return r
}

func minus(c, d table.Counters) table.Counters {
	return table.Counters{Count: c.Count - d.Count, Bytes: c.Bytes - d.Bytes, Waste: c.Waste - d.Waste}
}

// Attribute returns an attribute by its id; a creator that is an address is a link-time one.
func (s *State) Attribute(id int) table.Attribute {
	a := s.attributes[id]
	if a.Creator > table.CreatorThread {
		a.Creator = s.m.link(a.Creator)
	}
	return a
}
