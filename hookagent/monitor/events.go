package monitor

import (
	"gotop/hookagent/gccycle"
	"gotop/hookagent/table"
)

// STW is one stop-the-world. The instants are the runtime's own nanotime, which is CLOCK_MONOTONIC.
type STW struct {
	At         int64  // the world is started again
	Reason     uint64 // runtime.stwReason
	StoppingNS int64  // from the wish to stop until all Ps stood still
	StoppedNS  int64  // from then until it was started again
}

// logSize is how many events, and how many cycles, are kept for viewers that are slow or yet to come.
const logSize = 1 << 13

// eventLog is what rarely happens.
type eventLog struct {
	stops  ring[STW]
	cycles ring[gccycle.Cycle]
	lost   uint64 // overwritten in the service before they could be read
}

// ring keeps the last logSize of all that were ever put in; head counts them.
type ring[T any] struct {
	kept []T
	head uint64
}

// Cursor is how far a viewer has read. The zero value is the beginning.
type Cursor struct{ stops, cycles, lost uint64 }

func (r *ring[T]) add(e T) {
	if len(r.kept) < logSize {
		r.kept = append(r.kept, e)
	} else {
		r.kept[r.head%logSize] = e
	}
	r.head++
}

// since returns what was added after the first *next, and moves next; lost is how many of them are not kept any more.
func (r *ring[T]) since(next *uint64) (list []T, lost uint64) {
	if oldest := r.head - uint64(len(r.kept)); *next < oldest {
		lost = oldest - *next
		*next = oldest
	}
	if n := r.head - *next; n > 0 {
		list = make([]T, 0, n) // to the byte: there may be thousands
	}
	for ; *next < r.head; *next++ {
		list = append(list, r.kept[*next%logSize])
	}
	return list, lost
}

// Events are the stops and cycles that a viewer has not seen yet, and how many it never will, because they were overwritten.
type Events struct {
	Stops  []STW
	Cycles []gccycle.Cycle
	Lost   uint64
}

func (l *eventLog) since(c *Cursor) Events {
	var e Events
	var lostStops, lostCycles uint64
	e.Stops, lostStops = l.stops.since(&c.stops)
	e.Cycles, lostCycles = l.cycles.since(&c.cycles)
	e.Lost = l.lost - c.lost + lostStops + lostCycles
	c.lost = l.lost
	return e
}

// takeEvent adds an event that the injected code has recorded.
func (m *Monitor) takeEvent(e table.Event) {
	switch e.Kind {
	case table.EventStop:
		m.stopping.at, m.stopping.reason = m.clock.monotonic(e.Ticks), e.Args[0]&0xff
	case table.EventSTW:
		stop := m.stopOf(e)
		m.state.events.stops.add(stop)
		if c, ok := m.cycles.AddStop(stop.Reason, &e.Words); ok {
			m.state.events.cycles.add(c)
		}
	}
}

// ReasonCycle stands for both stops of one cycle, of which only the sum is known. The runtime's own reasons are uint8.
const ReasonCycle = 256

// readCollections adds the cycles that Collections reads, where no hook tells of them. One that cannot be read now is read with the next scan.
func (m *Monitor) readCollections() {
	if m.cfg.Collections == nil {
		return
	}
	pauses, cycles, lost, err := m.cfg.Collections.Read()
	if err != nil {
		return // the runtime's figures, from the same places, say why they are missing
	}
	for _, p := range pauses {
		m.state.events.stops.add(STW{At: p.At, Reason: ReasonCycle, StoppedNS: p.NS})
	}
	for _, c := range cycles {
		m.state.events.cycles.add(c)
	}
	m.state.events.lost += lost
}

// stopOf reads the arguments of runtime.startTheWorldWithSema(now int64, w worldStop): RAX is now (0: the runtime takes the time later, the
// hook's time stamp stands for it), and of w RBX reason, RCX startedStopping, RDI finishedStopping (runtime/proc.go, since Go 1.23).
//
// Before, its arguments say less or nothing, and runtime.stopTheWorldWithSema has an event of its own: the reason is that one's, and
// how long the stopping took is not known, so that all of it counts as stopped.
func (m *Monitor) stopOf(e table.Event) STW {
	if m.cfg.PairedStops {
		at := m.clock.monotonic(e.Ticks)
		since := m.stopping.at
		if since == 0 || since > at { // hooked while the world stood still, or its begin was lost
			since = at
		}
		m.stopping.at = 0
		return STW{At: at, Reason: m.stopping.reason, StoppedNS: at - since}
	}
	at := int64(e.Args[0])
	if at == 0 {
		at = m.clock.monotonic(e.Ticks)
	}
	started, finished := int64(e.Args[2]), int64(e.Args[3])
	return STW{
		At:         at,
		Reason:     e.Args[1] & 0xff, // stwReason is a uint8: the rest of the register is anything
		StoppingNS: max(finished-started, 0),
		StoppedNS:  max(at-finished, 0),
	}
}
