// Package monitortest stands in for the shared tables in tests: what a service would have counted is put in by hand.
package monitortest

import (
	"reflect"
	"slices"
	"sync"
	"time"

	"gotop/hookagent/table"
)

// Tables is a monitor.Tables. Its zero value is empty and ready. All methods may be called from any goroutine.
type Tables struct {
	mu           sync.Mutex
	stacks       []table.Stack
	live         []table.Counters // as the service writes them
	counts       []table.Counters // as of the last Scan
	unattributed [table.Kinds]table.Counters
	attributes   []table.Attribute
	attributed   []table.Counters
	events       []table.Event
	lost         uint64
	scans        int
	acked        chan struct{}
	exiting      chan struct{}
}

// New makes empty tables.
func New() *Tables {
	return &Tables{acked: make(chan struct{}), exiting: make(chan struct{})}
}

// AddStack adds a stack and returns its id.
func (t *Tables) AddStack(s table.Stack) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.stacks = append(t.stacks, s)
	t.live = append(t.live, table.Counters{})
	return len(t.stacks) - 1
}

// Count adds to a stack's counters.
func (t *Tables) Count(id int, c table.Counters) {
	t.mu.Lock()
	defer t.mu.Unlock()
	add(&t.live[id], c)
}

// CountUnattributed adds to what has no stack.
func (t *Tables) CountUnattributed(kind table.Kind, c table.Counters) {
	t.mu.Lock()
	defer t.mu.Unlock()
	add(&t.unattributed[kind], c)
}

// AddEvents adds events, and some that were lost.
func (t *Tables) AddEvents(lost uint64, events ...table.Event) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.events = append(t.events, events...)
	t.lost += lost
}

// LiveCounts returns the counters as the service has them now.
func (t *Tables) LiveCounts() []table.Counters {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]table.Counters{}, t.live...)
}

// Scans returns how many scans there were.
func (t *Tables) Scans() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.scans
}

// Exit does what the service does in its exit hook: it returns when the agent has taken its reading.
func (t *Tables) Exit() {
	close(t.exiting)
	<-t.acked
}

func add(c *table.Counters, d table.Counters) {
	c.Count += d.Count
	c.Bytes += d.Bytes
	c.Waste += d.Waste
}

// Scan implements monitor.Tables, as do all below.
func (t *Tables) Scan() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.counts = append(t.counts[:0], t.live...)
	t.scans++
}

// Stacks returns those known at the last Scan.
func (t *Tables) Stacks() []table.Stack {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.stacks[:len(t.counts)]
}

// Counts returns the counters as of the last Scan.
func (t *Tables) Counts() []table.Counters { return t.counts }

// Unattributed returns what has no stack.
func (t *Tables) Unattributed() [table.Kinds]table.Counters {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.unattributed
}

// Counted returns what the mode keeps no stacks of: nothing.
func (t *Tables) Counted() table.Counters { return table.Counters{} }

// Allocated returns all heap allocations now, and the tiny ones of them.
func (t *Tables) Allocated(isTiny func(id int) bool) (all, tiny table.Counters) {
	t.mu.Lock()
	live, stacks := slices.Clone(t.live), t.stacks
	all = t.unattributed[table.KindAlloc]
	t.mu.Unlock()
	for id, c := range live {
		if stacks[id].Kind != table.KindAlloc {
			continue
		}
		add(&all, c)
		if isTiny(id) {
			add(&tiny, c)
		}
	}
	return all, tiny
}

// Events calls f with each new event, and returns how many were lost.
func (t *Tables) Events(f func(table.Event)) uint64 {
	t.mu.Lock()
	events, lost := t.events, t.lost
	t.events, t.lost = nil, 0
	t.mu.Unlock()
	for _, e := range events {
		f(e)
	}
	return lost
}

// UsedBytes returns some number that grows with the stacks.
func (t *Tables) UsedBytes() uint64 { return uint64(len(t.LiveCounts())) * 64 }

// ScanAttribution does nothing: AddAttributed counts at once.
func (t *Tables) ScanAttribution() {}

// AddAttributed adds to what is counted for an attribute.
func (t *Tables) AddAttributed(a table.Attribute, c table.Counters) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for id := range t.attributes {
		if reflect.DeepEqual(t.attributes[id], a) {
			add(&t.attributed[id], c)
			return
		}
	}
	t.attributes, t.attributed = append(t.attributes, a), append(t.attributed, c)
}

// Attributes returns those added with AddAttributed.
func (t *Tables) Attributes() []table.Attribute {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.attributes
}

// Attributed returns their counts.
func (t *Tables) Attributed() ([]table.Counters, table.Counters) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]table.Counters{}, t.attributed...), table.Counters{}
}

// Heartbeat does nothing.
func (t *Tables) Heartbeat(time.Duration) {}

// WaitExit waits for Exit.
func (t *Tables) WaitExit(timeout time.Duration) bool {
	select {
	case <-t.exiting:
		return true
	case <-time.After(timeout):
		return false
	}
}

// Exiting returns whether Exit was called.
func (t *Tables) Exiting() bool {
	select {
	case <-t.exiting:
		return true
	default:
		return false
	}
}

// AckExit lets Exit return.
func (t *Tables) AckExit() { close(t.acked) }
