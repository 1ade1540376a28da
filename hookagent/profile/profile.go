// Package profile reads the runtime's own heap profile out of a running service's memory: sampled allocations by stack, without
// a stop, a patch or the service's help.
//
// Invariants. Nothing but memory is read, every read is bounded, and what does not fit is an error: never garbage. Counts never go
// back. Facts are from runtime/mprof.go: buckets are never freed or moved, a new one is published by one store at the head of
// mbuckets, and its stack and size never change. An allocation is counted in one of three future cycles and moved from there to
// the active one under profMemActiveLock, so the sum of all four is the number of samples since the service's start, unless a
// move is under way: that is seen by the lock and mProfCycle, and it is read again. A move announces itself in mProfCycle before
// it takes the lock; what is read in between may hold a count twice, which the second of two readings shows.
package profile

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"time"

	"gotop/hookagent/memory"
	"gotop/hookagent/plan"
)

// Bucket is what was sampled on one stack, of objects of one size. Size is rounded up to a size class.
type Bucket struct {
	Size uint64
	// PCs are as runtime.Callers returns them: a return address for each logical frame, inlined ones too, innermost first.
	PCs           []uint64
	Allocs, Frees uint64
}

// Reader reads the profile of one service. It is not safe for use from several goroutines.
type Reader struct {
	mem    memory.Reader
	vars   addresses
	bucket bucketLayout
	cycles []cycle

	newest  uint64 // the bucket at the head of the list when it was last walked
	buckets []Bucket
	pcs     int           // that the buckets have together
	records []uint64      // their addresses
	ranges  []memoryRange // the memory that all records are in
	places  []int         // where in that each record is
	whole   int           // bytes of it

	first, second []byte // two readings of the records
}

type addresses struct{ buckets, rate, cycle, lock uint64 }

// bucketLayout holds offsets in runtime.bucket, and the sizes of it and of what follows it and the stack.
type bucketLayout struct{ allnext, typ, size, nstk, head, record uint64 }

// cycle holds offsets of one memRecordCycle in a memRecord.
type cycle struct{ allocs, frees uint64 }

const (
	futures    = 3    // len(memRecord.future)
	memProfile = 1    // runtime.memProfile
	maxFrames  = 2048 // debug.profstackdepth is 1024 at most
	maxBuckets = 1 << 20
	maxPCs     = 1 << 24 // of all buckets together: 128 MiB
	attempts   = 20
	pause      = 500 * time.Microsecond
)

// errBusy: the runtime was moving counts whenever they were looked at.
var errBusy = errors.New("the profile was being moved each time it was read")

// Busy returns whether an error says only that the runtime was just changing the profile: the next reading may succeed.
func Busy(err error) bool { return errors.Is(err, errBusy) }

// New prepares reading; bias is what must be added to the plan's addresses.
func New(p *plan.Plan, bias uint64, mem memory.Reader) (*Reader, error) {
	var missing []string
	addr := func(name string) uint64 {
		v, ok := p.Vars[name]
		if !ok {
			missing = append(missing, name)
		}
		return v + bias
	}
	off := func(name string) uint64 {
		v, ok := p.Layout[name]
		if !ok || v > 1<<16 {
			missing = append(missing, name)
		}
		return v
	}
	r := &Reader{mem: mem}
	r.vars = addresses{addr("runtime.mbuckets"), addr("runtime.MemProfileRate"), addr("runtime.mProfCycle"), addr("runtime.profMemActiveLock")}
	r.bucket = bucketLayout{
		off("bucket.allnext"), off("bucket.typ"), off("bucket.size"), off("bucket.nstk"), off("sizeof.bucket"), off("sizeof.memRecord"),
	}
	allocs, frees := off("memRecordCycle.allocs"), off("memRecordCycle.frees")
	first, each := off("memRecord.future"), off("sizeof.memRecordCycle")
	r.cycles = []cycle{{off("memRecord.active") + allocs, off("memRecord.active") + frees}}
	for i := range uint64(futures) {
		r.cycles = append(r.cycles, cycle{first + i*each + allocs, first + i*each + frees})
	}
	if missing != nil {
		return nil, fmt.Errorf("the hook plan does not say where %s is", strings.Join(missing, ", "))
	}
	return r, r.fits()
}

// fits checks that all offsets are inside of their structures.
func (r *Reader) fits() error {
	b := &r.bucket
	inside := max(b.allnext, b.typ, b.size, b.nstk)+8 <= b.head
	for _, c := range r.cycles {
		inside = inside && max(c.allocs, c.frees)+8 <= b.record
	}
	if !inside {
		return errors.New("the hook plan's layout of the heap profile does not fit together")
	}
	return nil
}

// Rate returns runtime.MemProfileRate, as it is now: a sample each so many bytes, on average; 0: the runtime takes none. The linker sets it to
// 0 in programs that cannot ask for the profile.
func (r *Reader) Rate() (uint64, error) {
	v, err := r.word(r.vars.rate)
	if err == nil && int64(v) < 0 {
		v = 0
	}
	return v, err
}

// Read returns all buckets, oldest first; a bucket keeps its index. They are the reader's, and change with the next reading.
func (r *Reader) Read() ([]Bucket, error) {
	if err := r.readNewBuckets(); err != nil {
		return nil, err
	}
	for range attempts {
		calm, err := r.attempt()
		if err != nil {
			return nil, err
		}
		if calm {
			r.storeCounts()
			return r.buckets, nil
		}
		time.Sleep(pause)
	}
	return nil, errBusy
}

// readNewBuckets adds the buckets that are new since the last time: those before the one that was the newest then.
func (r *Reader) readNewBuckets() error {
	newest, err := r.word(r.vars.buckets)
	if err != nil {
		return err
	}
	var found []Bucket
	var records []uint64
	pcs := r.pcs
	near := &window{mem: r.mem}
	seen := uint64(0) // a bucket that has been passed, a later one each time there are twice as many: a circle comes back to it
	for at := newest; at != 0 && at != r.newest; {
		if at == seen {
			return errors.New("the list of the heap profile's buckets has no end: it runs in a circle")
		}
		if n := len(found); n&(n-1) == 0 {
			seen = at
		}
		b, record, next, err := r.readBucket(near, at)
		if err != nil {
			return err
		}
		if pcs += len(b.PCs); len(r.buckets)+len(found) >= maxBuckets || pcs > maxPCs {
			return fmt.Errorf("the heap profile has more than %d buckets, or its list has no end", len(r.buckets)+len(found))
		}
		found, records, at = append(found, b), append(records, record), next
	}
	for i := len(found) - 1; i >= 0; i-- {
		r.buckets, r.records = append(r.buckets, found[i]), append(r.records, records[i])
	}
	r.newest, r.pcs = newest, pcs
	if len(found) > 0 {
		r.planRanges()
	}
	return nil
}

// readBucket reads what never changes of a bucket.
func (r *Reader) readBucket(near *window, at uint64) (b Bucket, record, next uint64, err error) {
	l := &r.bucket
	head, err := near.read(at, int(l.head))
	if err != nil {
		return b, 0, 0, fmt.Errorf("reading a bucket of the heap profile: %w", err)
	}
	kind, n := word(head, l.typ), word(head, l.nstk)
	b.Size, next = word(head, l.size), word(head, l.allnext)
	if kind != memProfile || n > maxFrames {
		return b, 0, 0, fmt.Errorf("what should be a bucket of the heap profile has type %d and %d frames", kind, n)
	}
	b.PCs = make([]uint64, n)
	if n > 0 {
		stack, err := near.read(at+l.head, int(8*n))
		if err != nil {
			return b, 0, 0, fmt.Errorf("reading a stack of the heap profile: %w", err)
		}
		for i := range b.PCs {
			b.PCs[i] = word(stack, 8*uint64(i))
		}
	}
	return b, at + l.head + 8*n, next, nil
}

// attempt reads all records twice. It returns true if nothing was moved between cycles meanwhile: then the first reading is right.
func (r *Reader) attempt() (calm bool, err error) {
	before, err := r.moves()
	if err != nil {
		return false, err
	}
	if r.first, err = r.readRecords(r.first); err != nil {
		return false, err
	}
	if r.second, err = r.readRecords(r.second); err != nil {
		return false, err
	}
	after, err := r.moves()
	if err != nil || before != after || before.locked != 0 {
		return false, err
	}
	for i := range r.buckets {
		allocs, _ := r.sums(r.first, i)
		if later, _ := r.sums(r.second, i); later < allocs {
			return false, nil
		}
	}
	return true, nil
}

// sums adds up the cycles of a record.
func (r *Reader) sums(buf []byte, i int) (allocs, frees uint64) {
	record := buf[r.places[i]:]
	for _, c := range r.cycles {
		allocs += word(record, c.allocs)
		frees += word(record, c.frees)
	}
	return allocs, frees
}

// storeCounts makes the first reading the buckets' counts.
func (r *Reader) storeCounts() {
	for i := range r.buckets {
		b := &r.buckets[i]
		allocs, frees := r.sums(r.first, i)
		b.Allocs, b.Frees = max(b.Allocs, allocs), max(b.Frees, frees)
	}
}

// moves changes with every move of counts between cycles.
type moves struct {
	cycle  uint32
	locked uint64
}

func (r *Reader) moves() (m moves, err error) {
	cycle, err := r.word(r.vars.cycle)
	if err != nil {
		return m, err
	}
	m.cycle = uint32(cycle) // mProfCycleHolder: the cycle and whether it was flushed
	m.locked, err = r.word(r.vars.lock)
	return m, err
}

func (r *Reader) word(addr uint64) (uint64, error) {
	v, err := memory.Word(r.mem, addr)
	if err != nil {
		return 0, fmt.Errorf("reading the heap profile's variables: %w", err)
	}
	return v, nil
}

func word(b []byte, off uint64) uint64 { return binary.LittleEndian.Uint64(b[off:]) }
