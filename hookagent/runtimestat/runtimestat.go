// Package runtimestat reads the Go runtime's own figures out of a running service's memory: no stop, no cooperation.
//
// Invariants. Nothing but memory is read, every read is bounded, and a figure that does not fit with what it must fit with is
// left out with a reason: never garbage, never a crash, whatever the memory holds. Where a figure lies is said by the hook plan
// (offsets by "struct.field", addresses of variables); what it means is taken from the runtime's source, named at each place.
//
// The service runs on while it is read. Single words are what they were at one moment; sums over several words are repeated
// until nothing moved below them, and where the service never stands still long enough, Slack bounds the error.
package runtimestat

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"gotop/hookagent/memory"
	"gotop/hookagent/plan"
)

// Figures are one reading. A nil figure could not be read; Missing says why, for people.
type Figures struct {
	Mallocs, Frees, AllocBytes *uint64 // as MemStats.Mallocs, Frees, TotalAlloc after a flush of the Ps' caches
	StackInuse                 *uint64 // as MemStats.StackInuse
	HeapLive, HeapMarked       *uint64 // gcController.heapLive, heapMarked
	HeapGoal                   *uint64 // as MemStats.NextGC
	NumGC, PauseTotalNS        *uint64
	Goroutines                 *uint64 // as runtime.NumGoroutine
	Threads                    *uint64 // runtime.mcount
	GOMAXPROCS                 *uint64
	SizeClasses                *SizeClasses // of the same moment as Mallocs

	// Slack is by how much Mallocs may be wrong because allocations were moving between the runtime's counters.
	// SlackBytes is the same of AllocBytes.
	Slack, SlackBytes uint64
	Missing           []string

	// Unhooked says of code that was loaded while the service ran why its allocations are not counted, for people.
	Unhooked []string
}

// Reader reads the figures of one service. It is not safe for use from several goroutines.
type Reader struct {
	groups []group
}

// group is a set of figures that are read together.
type group struct {
	name string // of the figures, for people
	read func(*Figures) error
}

// New prepares reading: what the plan does not say is missing in every reading, the rest is read. bias is what must be added
// to the plan's addresses.
func New(p *plan.Plan, bias uint64, mem memory.Reader) *Reader {
	l := &lookup{plan: p, bias: bias, mem: mem}
	r := new(Reader)
	ps := newProcs(l)
	ps.err = l.err()
	r.add(ps.err, "gomaxprocs", ps.figures)
	heap := newHeap(l, ps)
	r.add(l.err(), "mallocs, frees, alloc_bytes, stack_inuse", heap.figures)
	pacer := newPacer(l)
	r.add(l.err(), "heap_live, heap_goal, heap_marked", pacer.figures)
	cycles := newCycles(l)
	r.add(l.err(), "num_gc, pause_total_ns", cycles.figures)
	sched := newSched(l, ps)
	r.add(l.err(), "goroutines, threads", sched.figures)
	loaded := newModules(l)
	r.add(l.err(), "code loaded later", loaded.figures)
	return r
}

// add appends a group; err, if any, is why it can never be read.
func (r *Reader) add(err error, name string, read func(*Figures) error) {
	if err != nil {
		read = func(*Figures) error { return err }
	}
	r.groups = append(r.groups, group{name, read})
}

// Read reads all figures now.
func (r *Reader) Read() *Figures {
	f := new(Figures)
	for _, g := range r.groups {
		if err := g.read(f); err != nil {
			f.Missing = append(f.Missing, g.name+": "+err.Error())
		}
	}
	return f
}

// lookup resolves names of the plan and collects those it lacks.
type lookup struct {
	plan    *plan.Plan
	bias    uint64
	mem     memory.Reader
	missing []string
}

// off returns the offset of the first of these fields that the plan knows: names change between Go versions.
func (l *lookup) off(names ...string) uint64 {
	for _, n := range names {
		if v, ok := l.plan.Layout[n]; ok && v < maxStruct {
			return v
		}
	}
	l.missing = append(l.missing, strings.Join(names, " or "))
	return 0
}

// maxStruct bounds offsets, so that a wrong plan makes wrong figures at worst. The largest structure read is runtime.p.
const maxStruct = 1 << 20

// addr returns the address of a variable in the running service.
func (l *lookup) addr(name string) uint64 {
	if v, ok := l.plan.Vars[name]; ok {
		return v + l.bias
	}
	l.missing = append(l.missing, name)
	return 0
}

// optional is like addr, but returns 0 where the plan does not know the variable.
func (l *lookup) optional(name string) uint64 {
	if v, ok := l.plan.Vars[name]; ok {
		return v + l.bias
	}
	return 0
}

// err returns what the plan lacked since the last call, as an error; nil: nothing.
func (l *lookup) err() error {
	if l.missing == nil {
		return nil
	}
	err := fmt.Errorf("the hook plan does not say where %s is", strings.Join(l.missing, ", "))
	l.missing = nil
	return err
}

// maxBytes bounds figures in bytes: 128 TiB, more than a program has.
const maxBytes = 1 << 47

// errMoved: what was read did not hold still. Reading again may help.
var errMoved = errors.New("it changed while it was read")

func u16(b []byte, off uint64) uint64 { return uint64(binary.LittleEndian.Uint16(b[off:])) }
func u32(b []byte, off uint64) uint64 { return uint64(binary.LittleEndian.Uint32(b[off:])) }
func u64(b []byte, off uint64) uint64 { return binary.LittleEndian.Uint64(b[off:]) }
func i32(b []byte, off uint64) int64  { return int64(int32(u32(b, off))) }

// orMoved returns err, or errMoved where that is nil.
func orMoved(err error) error {
	if err != nil {
		return err
	}
	return errMoved
}

// sized returns buf with length n, reallocated where it is too short.
func sized(buf []byte, n int) []byte {
	if cap(buf) < n {
		return make([]byte, n)
	}
	return buf[:n]
}
