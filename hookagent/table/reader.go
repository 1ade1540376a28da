package table

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/maphash"
	"sync/atomic"
	"time"
	"unsafe"
)

// Kind of a counted thing, see the Kind constants.
type Kind uint8

// Heap says whether it is one of heap allocations: counted ones, or samples of them.
func (k Kind) Heap() bool { return k == KindAlloc || k == KindSample || k == KindSiteSample }

// Stack is what is counted: a kind, a type and the physical return addresses, innermost first. Addresses are the service's own.
type Stack struct {
	Kind  Kind
	Range uint8 // of sizes, see the Range constants
	Type  uint64
	PCs   []uint64
	Cut   bool // deeper than the depth limit, or than what was kept
	Short bool // what was kept is less than the depth limit, for want of room
}

// Counters of one stack, cumulative. Bytes are requested bytes, Waste what size-class rounding adds; see KindCopyStack for its own.
type Counters struct{ Count, Bytes, Waste uint64 }

func (c *Counters) add(d Counters) {
	c.Count += d.Count
	c.Bytes += d.Bytes
	c.Waste += d.Waste
}

// Event is one rare event. Args are RAX, RBX, RCX, RDI and RSI at the hook, Words what Config.Words asked for.
type Event struct {
	Ticks, Kind uint64
	Args        [5]uint64
	Words       [EventWords]uint64
}

// Reader reads the tables while the service writes them. It is not safe for use from several goroutines, but for WaitExit.
type Reader struct {
	mem    []byte
	there  func() uint64 // bytes of mem that exist: what follows must not be touched
	shards []shard
	seed   maphash.Seed
	ids    map[uint64]int32 // by the hash of what a record is of, see intern
	stacks []Stack
	firsts []uint32 // by stack id: the number of a record of it
	counts []Counters
	known  []known
	lines  map[line]int32 // ids of the stacks of lines
	events uint64         // next event to read
	attribution
}

// shard is what the reader knows of one shard: how far it has read its chunks.
type shard struct {
	mem     []byte
	records chunks
	sites   siteTables

	atRecords chunks
	attributes
}

// known is a record: its number, see NumberBits, from the tables' start, and the id of its stack.
type known struct {
	number uint32
	id     int32
}

// ErrBlank says that tables were made, but never filled in: nothing was ever counted there.
var ErrBlank = errors.New("shared tables: nothing is in them yet")

// NewReader makes a reader of the tables in mem, whose header it checks; of them only the first there() bytes may be touched: the file ends there.
func NewReader(mem []byte, there func() uint64) (*Reader, error) {
	if len(mem) < PoolOff || there() < PoolOff || len(mem) > MaxLength {
		return nil, ErrBlank
	}
	r := &Reader{
		mem: mem, there: there, seed: maphash.MakeSeed(), ids: make(map[uint64]int32), lines: make(map[line]int32),
		attribution: attribution{atIDs: make(map[string]int32)},
	}
	switch m := r.word(HdrMagic); {
	case m == 0:
		return nil, ErrBlank
	case m != Magic:
		return nil, fmt.Errorf("shared tables: wrong magic %#x", m)
	}
	if v := r.word(HdrVersion); v != Version {
		return nil, otherVersion(v)
	}
	if n := r.word(HdrLength); n != uint64(len(mem)) {
		return nil, fmt.Errorf("shared tables of %d bytes say that they have %d", len(mem), n)
	}
	r.newShards()
	return r, nil
}

// newShards takes in those of Ps that got one since the last time.
func (r *Reader) newShards() {
	for i, n := len(r.shards), shards(r.mem); i < n; i++ {
		off := ShardsOff + i*ShardSize
		r.shards = append(r.shards, shard{mem: r.mem[off : off+ShardSize]})
	}
}

func (r *Reader) word(off int) uint64 { return load(r.mem, off) }

// load reads a word that the service may be writing.
func load(mem []byte, off int) uint64 {
	return atomic.LoadUint64((*uint64)(unsafe.Pointer(&mem[off])))
}

// store writes a word that the service may be reading.
func store(mem []byte, off int, v uint64) {
	atomic.StoreUint64((*uint64)(unsafe.Pointer(&mem[off])), v)
}

// Scan reads every shard: stacks that are new, and all counters. Only what is used is touched: chunks list what exists.
func (r *Reader) Scan() {
	r.newRecords()
	clear(r.counts)
	for _, k := range r.known {
		r.counts[k.id].add(counters(r.mem, int(k.number)<<RecordShift+RecCount))
	}
}

func counters(mem []byte, off int) Counters {
	return Counters{Count: load(mem, off), Bytes: load(mem, off+8), Waste: load(mem, off+16)}
}

// newRecords takes in the records that were added since the last time.
func (r *Reader) newRecords() {
	r.newShards()
	for i := range r.shards {
		s := &r.shards[i]
		r.unread(&s.records, load(s.mem, ShChunk), r.takeRecords)
		r.newLines(s)
	}
}

// takeRecords takes in the records in rec, which is at offset at, and returns how many bytes they are. At what is no record it stops.
func (r *Reader) takeRecords(at uint64, rec []byte) (read uint64) {
	for len(rec) > 0 && uint64(len(r.known)) < r.there()/RecordAlign {
		if len(rec) < RecDistances {
			return read
		}
		n := frames(rec)
		if n < 1 || n > MaxDepth || recordSize(n) > len(rec) || rec[recordType(n)+7] >= Kinds {
			return read
		}
		number := uint32((at + read) >> RecordShift)
		r.known = append(r.known, known{number, r.intern(number, n)})
		size := recordSize(n)
		read += uint64(size)
		rec = rec[size:]
	}
	return read
}

// intern gives equal records one id: those of different shards, and those that a shard has twice because it has forgotten the first.
func (r *Reader) intern(number uint32, n int) int32 {
	rec := r.mem[int(number)<<RecordShift:]
	hash := maphash.Bytes(r.seed, rec[recordType(n):][:8+8*n]) ^ uint64(rec[RecFlags]) ^ uint64(rec[RecRange])<<8
	for ; ; hash = hash*0x9e3779b97f4a7c15 + 1 {
		id, taken := r.ids[hash]
		if !taken {
			break
		}
		if len(r.stacks[id].PCs) == n && r.same(r.firsts[id], number, n) {
			return id
		}
	}
	id := int32(len(r.stacks))
	r.ids[hash] = id
	what := rec[recordType(n):] // type and return addresses
	typ := binary.LittleEndian.Uint64(what)
	kind := Kind(typ >> KindShift)
	if kind == KindSample && typ&SiteSampled != 0 {
		kind, typ = KindSiteSample, typ&^SiteSampled
	}
	r.stacks = append(r.stacks, Stack{
		Kind: kind, Range: rec[RecRange], Type: typ & (1<<KindShift - 1), Cut: rec[RecFlags]&(CutFlag|ShortFlag) != 0,
		Short: rec[RecFlags]&ShortFlag != 0,
		PCs:   unsafe.Slice((*uint64)(unsafe.Pointer(&what[8])), n),
	})
	r.firsts = append(r.firsts, number)
	r.counts = append(r.counts, Counters{})
	return id
}

// same says whether two records, both of n frames, are of the same stack.
func (r *Reader) same(first, second uint32, n int) bool {
	a, b := r.mem[int(first)<<RecordShift:], r.mem[int(second)<<RecordShift:]
	if a[RecFlags] != b[RecFlags] || a[RecRange] != b[RecRange] {
		return false
	}
	whatA, whatB := a[recordType(n):][:8+8*n], b[recordType(n):][:8+8*n]
	if k := whatB[7]; k == KindSample || k == KindCopyStack { // the shape begins with the sizes
		if load(a, RecShape) != load(b, RecShape) {
			return false
		}
	}
	return bytes.Equal(whatA, whatB)
}

// Stacks returns all stacks ever seen; a stack's index is its id. The slice is append-only.
func (r *Reader) Stacks() []Stack { return r.stacks }

// Counts returns the counters by stack id, as of the last Scan; valid until the next.
func (r *Reader) Counts() []Counters { return r.counts }

// Unattributed returns what was counted without a stack of its own, by kind: a table or arena was full, the P's number was beyond
// the shards, or the mode keeps no stacks.
func (r *Reader) Unattributed() (u [Kinds]Counters) {
	for _, s := range r.shards {
		for k := range u {
			u[k].add(counters(s.mem, ShUnattrib+UnattribSize*k+RecCount))
		}
	}
	u[KindAlloc].add(r.Counted())
	return u
}

// Counted returns the part of Unattributed that the mode keeps no stacks of. In mode sampled some of it is in the samples as well.
func (r *Reader) Counted() (c Counters) {
	for _, s := range r.shards {
		c.add(Counters{Count: load(s.mem, ShCounted), Bytes: load(s.mem, ShCounted+8)})
	}
	return c
}

// Allocs returns the number of heap allocations counted so far, read now.
func (r *Reader) Allocs() uint64 {
	all, _ := r.Allocated(func(int) bool { return false })
	return all.Count
}

// Allocated returns all heap allocations counted so far, read now, and the part of them whose stacks, given by their ids, are tiny.
func (r *Reader) Allocated(isTiny func(id int) bool) (all, tiny Counters) {
	r.newRecords()
	for _, k := range r.known {
		if r.stacks[k.id].Kind != KindAlloc {
			continue
		}
		c := counters(r.mem, int(k.number)<<RecordShift+RecCount)
		all.add(c)
		if isTiny(int(k.id)) {
			tiny.add(c)
		}
	}
	all.add(r.Unattributed()[KindAlloc])
	return all, tiny
}

// Events calls f with each event since the last call; lost are those overwritten before they could be read.
func (r *Reader) Events(f func(Event)) (lost uint64) {
	head := r.word(HdrEventHead)
	if head < r.events {
		return 0 // it never goes back: somebody else has written there
	}
	if head-r.events > EventSlots {
		lost = head - EventSlots - r.events
		r.events = head - EventSlots
	}
	for ; r.events < head; r.events++ {
		off := EventsOff + int(r.events%EventSlots)*EventSize
		seq := r.word(off + EvSeq)
		if seq < r.events+1 {
			return lost // claimed, not yet written
		}
		e := Event{Ticks: r.word(off + EvTicks), Kind: r.word(off + EvKind)}
		for i := range e.Args {
			e.Args[i] = r.word(off + EvArgs + 8*i)
		}
		for i := range e.Words {
			e.Words[i] = r.word(off + EvWord + 8*i)
		}
		if seq != r.events+1 || r.word(off+EvSeq) != seq {
			lost++ // overwritten while it was read
			continue
		}
		f(e)
	}
	return lost
}

// UsedBytes returns how much memory the tables take, also where nothing is in it yet.
func (r *Reader) UsedBytes() uint64 { return r.there() }

// WithoutShard returns the number of allocations on Ps that have no shard, see MaxPs: they have no stack.
func WithoutShard(mem []byte) uint64 {
	return load(mem, ShardsOff+(NoPs-1)*ShardSize+ShUnattrib+UnattribSize*KindAlloc+RecCount)
}

// Heartbeat leaves the agent's sign of life: where it is old, the exit hook does not wait.
func (r *Reader) Heartbeat(now time.Duration) {
	store(r.mem, HdrAgentAlive, uint64(now))
}

// Memory returns the tables that are read.
func (r *Reader) Memory() []byte { return r.mem }
