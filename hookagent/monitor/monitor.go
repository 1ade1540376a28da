// Package monitor is the one owner of the agent's state: it scans the tables, reads the runtime's figures, keeps rare events and
// knows how the service ended. Viewers look at its State; they hold nothing of it.
//
// Invariants. One goroutine, Run, changes the state; readers see it between two scans, never during one (State is only given out
// under a read lock). Counters in the state never go back. After the end of the service one last scan is made, and the
// state then stays as it is: whoever comes later sees all of it. Nothing a viewer does or fails to do delays a scan.
package monitor

import (
	"sync"
	"sync/atomic"
	"time"

	"gotop/hookagent/gccycle"
	"gotop/hookagent/monotonic"
	"gotop/hookagent/runtimestat"
	"gotop/hookagent/table"
)

// Tables is what the monitor needs of table.Reader. Only WaitExit is called while another method may be running.
type Tables interface {
	Scan()
	Stacks() []table.Stack
	Counts() []table.Counters
	Unattributed() [table.Kinds]table.Counters
	Counted() table.Counters
	Allocated(isTiny func(id int) bool) (all, tiny table.Counters)
	Events(func(table.Event)) (lost uint64)
	ScanAttribution()
	Attributes() []table.Attribute
	Attributed() (counts []table.Counters, lost table.Counters)
	UsedBytes() uint64
	Heartbeat(time.Duration)
	WaitExit(time.Duration) bool
	AckExit()
	Exiting() bool
}

// Runtime reads the runtime's own figures: *runtimestat.Reader.
type Runtime interface{ Read() *runtimestat.Figures }

// Collections reads cycles from memory: *gccycle.Reader.
type Collections interface {
	// Read returns those that have ended since the last time, and how many pauses are lost.
	Read() (pauses []gccycle.Pause, cycles []gccycle.Cycle, lost uint64, err error)
}

// TypeNamer names types that are not in the binary: *runtimestat.Types.
type TypeNamer interface {
	// Name is the name of the type at a run-time address, as far as it can be read; inBinary: whoever has the binary knows better.
	Name(addr uint64) (name string, inBinary bool)
	// Hash is the hash of the descriptor, which types of one name differ in; 0 where it cannot be read.
	Hash(addr uint64) uint32
	// Pointers tells whether the type has pointers, if it can be read.
	Pointers(addr uint64) (pointers, known bool)
}

// FunctionNamer names code that is not in the binary: *runtimestat.Functions.
type FunctionNamer interface {
	InBinary(pc uint64) bool
	At(pc uint64) (f runtimestat.Function, known bool)
}

// Config of a monitor.
type Config struct {
	Tables Tables
	// TablesFull says why the tables cannot take more whole stacks, or "". Nil: they always can.
	TablesFull func() string
	Runtime    Runtime       // nil: there are no such figures
	Last       Runtime       // another reader of the same, for the service's end; nil where Runtime is
	Types      TypeNamer     // nil: types made at run time stay nameless
	Functions  FunctionNamer // nil: code that is not in the binary stays nameless
	// Goroutines: nil, and nobody can see them.
	Goroutines GoroutineReader
	// Attribution switches counting by creator and labels; nil: there is none. Attributing: it is always wanted; AttributedSince: it
	// was switched on with the hooks, 0: it was not. LabelsMissing: why labels cannot be read, or "".
	Attribution     func(on bool) error
	Attributing     bool
	AttributedSince int64
	LabelsMissing   string
	Bias            uint64 // what is subtracted from the service's addresses
	Started         int64  // when the hooks were placed, see Now
	// Attached: the service was running before. Base is then what its runtime said while it stood still to be hooked; nil: it
	// is reckoned from the first reading.
	Attached bool
	Base     *table.Base
	// Unhooked: nothing is hooked and nothing counted, the runtime's figures are all there is.
	Unhooked bool
	// Collections tells of the collector's cycles where no hook does; nil: hooks do.
	Collections Collections
	// PairedStops: a stop of the world is told by two events, its begin and its end; see stopOf.
	PairedStops bool
}

// How often things are done, unless viewers want them more often.
const (
	busyInterval       = 250 * time.Millisecond // scans without a viewer
	idleInterval       = time.Second            // scans without a viewer of a service that does nothing
	runtimeInterval    = 250 * time.Millisecond // runtime figures with a viewer
	idleRuntime        = time.Second            // and without
	rssInterval        = time.Second
	minStartupInterval = 2 * time.Millisecond // the least between scans of a service that has just started, see startupInterval
	exitWait           = time.Second          // one wait for the exit hook
)

// Monitor watches one service.
type Monitor struct {
	cfg   Config
	clock *eventClock

	mu      sync.RWMutex // write-locked during a scan
	state   State
	types   map[uint64]bool // types looked up
	named   map[uint64]bool // addresses outside of the binary that were looked up
	typed   int             // stacks whose types have been looked up
	short   int             // of them, those that were kept short for want of room
	scanned map[uint64]bool // types that have been read: whether they have pointers

	cycles   gccycle.Assembler
	stopping struct { // the world, as far as is known
		at     int64
		reason uint64
	}

	begun   int64 // when Run began
	readAt  int64 // when the runtime was last read, or tried
	doubted bool  // the last reading lacked more than the one before and was not believed
	rssAt   int64

	watchMu       sync.Mutex
	watches       map[*Watch]struct{}
	ended         bool
	stopRequested bool // for the service's end

	wake             chan struct{} // a watch has changed
	goroutinesWanted chan struct{} // a watch wants to see goroutines
	exit             chan chan struct{}
	finalReading     atomic.Pointer[finalReading]
	finalTaken       bool // the last reading is in the state
	detach           chan chan struct{}
	end              chan End
	done             chan struct{} // closed after the last scan
}

// New makes a monitor; nothing happens before Run.
func New(cfg Config) *Monitor {
	m := &Monitor{
		cfg:              cfg,
		clock:            newEventClock(),
		types:            make(map[uint64]bool),
		named:            make(map[uint64]bool),
		scanned:          make(map[uint64]bool),
		watches:          make(map[*Watch]struct{}),
		wake:             make(chan struct{}, 1),
		goroutinesWanted: make(chan struct{}, 1),
		exit:             make(chan chan struct{}),
		detach:           make(chan chan struct{}),
		end:              make(chan End, 1),
		done:             make(chan struct{}),
	}
	m.state.m = m
	m.state.At = cfg.Started
	if cfg.AttributedSince != 0 {
		m.state.Attribution = &AttributionReading{Since: cfg.AttributedSince, Missing: cfg.LabelsMissing}
	}
	return m
}

// Now returns CLOCK_MONOTONIC in nanoseconds: what every instant in the protocol is.
func Now() int64 { return int64(monotonic.Now()) }

// Run scans until the service has ended and the last scan is made.
func (m *Monitor) Run() {
	go m.waitExit()
	go m.watchGoroutines()
	interval := busyInterval
	next := Now()
	m.begun = next
	for {
		timer := time.NewTimer(time.Duration(max(next-Now(), 0)))
		select {
		case <-timer.C:
			changed := m.scan(next, m.runtimeDue())
			interval = idle(interval, changed)
			next = m.notifyDue(interval)
		case <-m.wake:
			next = m.nextDue(interval)
		case taken := <-m.exit:
			m.takeFinalReading(0)
			close(taken) // the service may go; the tables stay
			m.scan(Now(), false)
			m.notifyAll()
		case left := <-m.detach:
			m.scan(Now(), true)
			m.finalTaken = true
			close(left)
		case e := <-m.end:
			timer.Stop()
			m.finish(e)
			return
		}
		timer.Stop()
	}
}

// idle returns the next interval between scans without a viewer: longer and longer while nothing changes.
func idle(interval time.Duration, changed bool) time.Duration {
	if changed {
		return busyInterval
	}
	return min(2*interval, idleInterval)
}

// runtimeDue returns whether the runtime is to be read with the next scan.
func (m *Monitor) runtimeDue() bool {
	every := runtimeInterval - tolerance
	if m.Viewers() == 0 {
		every = idleRuntime - tolerance
	}
	return Now()-m.readAt >= int64(min(every, m.startupInterval()))
}

// startupInterval returns the longest interval between scans for the service's age, whatever viewers want: half its age. A young service
// may end at any moment, without an exit hook or too quickly for the agent, and then the last reading is at least not from its very beginning.
func (m *Monitor) startupInterval() time.Duration {
	return max(time.Duration(Now()-m.begun)/2, minStartupInterval)
}

// Done returns a channel that is closed when the service has ended and the last scan is made.
func (m *Monitor) Done() <-chan struct{} { return m.done }
