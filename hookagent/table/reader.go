package table

import (
	"encoding/binary"
	"errors"
	"fmt"
	"sync/atomic"
	"time"
	"unsafe"
)

// Kind of a counted thing, see the Kind constants.
type Kind uint8

// Stack is what is counted: a kind, a type and the physical return addresses, innermost first. Addresses are the service's own.
type Stack struct {
	Kind  Kind
	Range uint8 // of sizes, see the Range constants
	Type  uint64
	PCs   []uint64
	Cut   bool // deeper than the depth limit
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
	shards []shard
	ids    map[string]int32
	stacks []Stack
	counts []Counters
	events uint64 // next event to read
	attribution
}

// shard is what the reader knows of one shard: how far it has read the arena, and what it found there.
type shard struct {
	mem     []byte
	read    uint64   // arena bytes read
	records []uint32 // offset of each record
	ids     []int32  // stack id of each record

	atRead    uint64   // bytes read of attribution's arena
	atOffsets []uint32 // offset in the shard of each record's counters
	atIDs     []int32  // attribute id of each record
}

// ErrBlank says that tables were made, but never filled in: nothing was ever counted there.
var ErrBlank = errors.New("shared tables: nothing is in them yet")

// NewReader makes a reader of the tables in mem, whose header it checks.
func NewReader(mem []byte) (*Reader, error) {
	if len(mem) < ShardsOff {
		return nil, errors.New("shared tables: too short")
	}
	r := &Reader{mem: mem, ids: make(map[string]int32), attribution: attribution{atIDs: make(map[string]int32)}}
	switch m := r.word(HdrMagic); {
	case m == 0:
		return nil, ErrBlank
	case m != Magic:
		return nil, fmt.Errorf("shared tables: wrong magic %#x", m)
	}
	if v := r.word(HdrVersion); v != Version {
		return nil, fmt.Errorf("shared tables have version %d, this agent reads %d", v, Version)
	}
	ps := r.word(HdrShards)
	if ps > 1<<14 || int64(len(mem)) < Size(int(ps)) {
		return nil, fmt.Errorf("shared tables: shards for %d Ps do not fit into %d bytes", ps, len(mem))
	}
	for i := range int(ps) + 2 {
		off := ShardsOff + i*ShardSize
		r.shards = append(r.shards, shard{mem: mem[off : off+ShardSize]})
	}
	return r, nil
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

// Scan reads every shard: stacks that are new, and all counters. Only what is used is touched: the arena is the list of what exists.
func (r *Reader) Scan() {
	for i := range r.shards {
		r.newRecords(&r.shards[i])
	}
	clear(r.counts)
	for i := range r.shards {
		s := &r.shards[i]
		for k, rec := range s.records {
			r.counts[s.ids[k]].add(counters(s.mem, int(rec)+RecCount))
		}
	}
}

func counters(mem []byte, off int) Counters {
	return Counters{Count: load(mem, off), Bytes: load(mem, off+8), Waste: load(mem, off+16)}
}

// newRecords reads the records that were added to s since the last time. The service shares this memory and may, out of order
// itself, write anything there: at what is no record the reading of that shard stops.
func (r *Reader) newRecords(s *shard) {
	for end := min(load(s.mem, ShArena), ArenaSize); s.read < end; {
		rec := s.mem[ShArenaOff+s.read : ShArenaOff+end]
		if len(rec) < RecDistances {
			return
		}
		n := int(binary.LittleEndian.Uint16(rec[RecFrames:]))
		if n < 1 || n > MaxDepth || recordSize(n) > len(rec) || rec[recordType(n)+7] >= Kinds {
			return
		}
		s.records = append(s.records, uint32(ShArenaOff+s.read))
		s.ids = append(s.ids, r.intern(rec, n))
		s.read += uint64(recordSize(n))
	}
}

// intern gives equal records of different shards one id.
func (r *Reader) intern(rec []byte, n int) int32 {
	what := rec[recordType(n):] // type and return addresses
	key := append(make([]byte, 0, 18+8*n), rec[RecCut], rec[RecRange])
	key = append(key, what[:8+8*n]...)
	typ := binary.LittleEndian.Uint64(what)
	if k := typ >> KindShift; k == KindSample || k == KindCopyStack {
		key = append(key, rec[RecShape:RecShape+8]...) // begins with the sizes
	}
	if id, ok := r.ids[string(key)]; ok {
		return id
	}
	id := int32(len(r.stacks))
	st := Stack{Kind: Kind(typ >> KindShift), Range: rec[RecRange], Type: typ & (1<<KindShift - 1), Cut: rec[RecCut] != 0, PCs: make([]uint64, n)}
	for i := range st.PCs {
		st.PCs[i] = binary.LittleEndian.Uint64(what[8+8*i:])
	}
	r.ids[string(key)] = id
	r.stacks = append(r.stacks, st)
	r.counts = append(r.counts, Counters{})
	return id
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
			u[k].add(counters(s.mem, ShUnattrib+32*k))
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
func (r *Reader) Allocs() (n uint64) {
	for i := range r.shards {
		s := &r.shards[i]
		r.newRecords(s)
		for k, rec := range s.records {
			if r.stacks[s.ids[k]].Kind == KindAlloc {
				n += load(s.mem, int(rec)+RecCount)
			}
		}
	}
	return n + r.Unattributed()[KindAlloc].Count
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

// UsedBytes returns how many bytes of the tables hold something.
func (r *Reader) UsedBytes() (n uint64) {
	for _, s := range r.shards {
		if used := min(load(s.mem, ShArena), ArenaSize); used > 0 {
			n += used + uint64(len(s.records))*(SlotSize+PredictSize)
		}
		n += min(load(s.mem, ShAtUsed), AtArenaSize) + uint64(len(s.atIDs))*AtSlotSize
	}
	return n
}

// Heartbeat leaves the agent's sign of life: where it is old, the exit hook does not wait.
func (r *Reader) Heartbeat(now time.Duration) {
	store(r.mem, HdrAgentAlive, uint64(now))
}
