package monitor

import "gotop/hookagent/table"

// STW is one stop-the-world. The instants are the runtime's own nanotime, which is CLOCK_MONOTONIC.
type STW struct {
	At         int64  // the world is started again
	Reason     uint64 // runtime.stwReason
	StoppingNS int64  // from the wish to stop until all Ps stood still
	StoppedNS  int64  // from then until it was started again
}

// logSize is how many events are kept for viewers that are slow or yet to come.
const logSize = 1 << 16

// eventLog is a ring; head counts all events ever put in.
type eventLog struct {
	ring []STW
	head uint64
	lost uint64 // overwritten in the service before they could be read
}

// Cursor is how far a viewer has read. The zero value is the beginning.
type Cursor struct{ next, lost uint64 }

func (l *eventLog) add(e STW) {
	if len(l.ring) < logSize {
		l.ring = append(l.ring, e)
	} else {
		l.ring[l.head%logSize] = e
	}
	l.head++
}

func (l *eventLog) since(c *Cursor) (events []STW, lost uint64) {
	lost = l.lost - c.lost
	c.lost = l.lost
	if oldest := l.head - uint64(len(l.ring)); c.next < oldest {
		lost += oldest - c.next
		c.next = oldest
	}
	for ; c.next < l.head; c.next++ {
		events = append(events, l.ring[c.next%logSize])
	}
	return events, lost
}

// event takes in what the injected code at runtime.startTheWorldWithSema(now int64, w worldStop) has recorded: RAX is now (0:
// the runtime takes the time later, the hook's time stamp stands for it), and of w RBX reason, RCX startedStopping, RDI
// finishedStopping (runtime/proc.go, since Go 1.22).
func (m *Monitor) event(e table.Event) {
	if e.Kind != table.EventSTW {
		return
	}
	at := int64(e.Args[0])
	if at == 0 {
		at = m.clock.mono(e.TSC)
	}
	started, finished := int64(e.Args[2]), int64(e.Args[3])
	m.state.events.add(STW{
		At:         at,
		Reason:     e.Args[1] & 0xff, // stwReason is a uint8: the rest of the register is anything
		StoppingNS: max(finished-started, 0),
		StoppedNS:  max(at-finished, 0),
	})
}
