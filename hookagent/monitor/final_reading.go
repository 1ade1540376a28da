package monitor

import (
	"fmt"
	"slices"
	"time"

	"gotop/hookagent/runtimestat"
)

// finalReading is what the runtime says of a service that is in its exit hook.
type finalReading struct {
	*runtimestat.Figures
	at int64
}

// waitExit waits for the service to be in its exit hook, where it waits for a moment: the last chance to read its runtime's
// figures, and for a service that lives but a few milliseconds the only one. They are read before anything else, by a reader of
// their own: counting 100,000 stacks, or a viewer that is just being served, may take longer than the service waits.
func (m *Monitor) waitExit() {
	for !m.cfg.Tables.WaitExit(exitWait) {
		select {
		case <-m.done:
			return
		default:
		}
	}
	if m.cfg.Last != nil {
		m.finalReading.Store(m.readFinal())
	}
	taken := make(chan struct{})
	select {
	case m.exit <- taken:
		<-taken
		m.cfg.Tables.AckExit()
	case <-m.done:
	}
}

// finalTries is how often the figures are read where others of the service's threads keep them moving.
const finalTries = 3

// readFinal reads the final figures.
func (m *Monitor) readFinal() *finalReading {
	p := &finalReading{m.cfg.Last.Read(), Now()}
	for range finalTries {
		if p.Mallocs != nil && p.Slack == 0 {
			break
		}
		time.Sleep(time.Millisecond) // the world may be stopped for a moment
		if f := m.cfg.Last.Read(); f.Mallocs != nil {
			p = &finalReading{f, Now()}
		}
	}
	return p
}

// finalNaming is how long a service that is about to end may wait for its last types to be read.
const finalNaming = 100 * time.Millisecond

// takeFinalReading makes the final reading the state's last one, once. end is when the service ended; 0: it still waits in its exit hook.
//
// The hook's count is taken after them. Where others have gone on allocating in between, the runtime's figures are read once more,
// and the difference is how far the count may be off.
func (m *Monitor) takeFinalReading(end int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	p, old := m.finalReading.Load(), m.state.Runtime
	switch {
	case m.finalTaken:
	case p != nil && p.Mallocs != nil:
		m.finalTaken = true
		hooked := m.allocated()
		r := &Reading{Figures: p.Figures, At: p.at}
		var moved, movedBytes uint64
		if f := m.cfg.Runtime.Read(); f.Mallocs != nil && *f.Mallocs >= *p.Mallocs {
			r.Figures, r.At, moved = f, Now(), p.Slack+*f.Mallocs-*p.Mallocs
			if f.AllocBytes != nil && p.AllocBytes != nil && *f.AllocBytes >= *p.AllocBytes {
				movedBytes = p.SlackBytes + *f.AllocBytes - *p.AllocBytes
			}
		}
		m.setHooked(r, hooked, hooked)
		r.Slack += moved
		r.SlackBytes += movedBytes
		m.readAt = r.At
		m.setBase(old, r)
		m.state.Runtime = r
		if end == 0 {
			m.nameTypes(Now() + int64(finalNaming))
		}
	case end != 0 && old != nil && m.cfg.Tables.Exiting():
		missed, figures := *old, *old.Figures
		figures.Missing = append(slices.Clone(figures.Missing), fmt.Sprintf(
			"the service had gone before the agent could read the runtime's last figures: those shown are of %d ms before its end",
			(end-old.At)/int64(time.Millisecond)))
		missed.Figures = &figures
		m.state.Runtime = &missed
	}
}

// ReadBeforeDetach takes the last reading of a service that goes on without hooks: from now on its runtime counts what the hooks do not see. It
// is called before they are taken out, while Run is running or has run.
func (m *Monitor) ReadBeforeDetach() {
	left := make(chan struct{})
	select {
	case m.detach <- left:
		<-left
	case <-m.done:
	}
}
