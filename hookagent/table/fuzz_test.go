package table

import (
	"encoding/binary"
	"slices"
	"testing"

	"golang.org/x/sys/unix"
)

// size of the tables of these tests: pages cost memory only once they are written.
const size = PoolOff + 1<<20

// tables are as the agent makes them.
func tables(t testing.TB) []byte {
	t.Helper()
	mem, err := unix.Mmap(-1, 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS|unix.MAP_NORESERVE)
	if err != nil {
		t.Fatal(err)
	}
	if err := Init(mem, Config{Length: size, FD: -1, Depth: 8, Plan: []byte("{}"), SizeClasses: []uint64{0, 8, 16}}); err != nil {
		t.Fatal(err)
	}
	SetPoolEnd(mem, size)
	return mem
}

func there() uint64 { return size }

// shardOff is where the shard of a P is.
func shardOff(p int) int { return ShardsOff + (NoPs+p)*ShardSize }

// chunk takes one from the pool and makes it the newest of the list at off; it returns its offset.
func chunk(mem []byte, off int) int {
	next, _ := Pool(mem)
	le := binary.LittleEndian
	le.PutUint64(mem[HdrPoolNext:], next+ChunkSize-HdrConfig)
	le.PutUint64(mem[int(next)+ChPrevious:], le.Uint64(mem[off:]))
	le.PutUint64(mem[int(next)+ChUsed:], ChRecords)
	le.PutUint64(mem[off:], next-HdrConfig)
	return int(next)
}

// newest is the offset of the newest chunk of the list at off, a new one if there is none.
func newest(mem []byte, off int) int {
	if ref := binary.LittleEndian.Uint64(mem[off:]); ref != 0 {
		return int(ref) + HdrConfig
	}
	return chunk(mem, off)
}

// record writes one into the newest chunk of a P, and returns its offset.
func record(mem []byte, p int, kind byte, count uint64, pcs ...uint64) int {
	c := newest(mem, shardOff(p)+ShChunk)
	le := binary.LittleEndian
	used := int(le.Uint64(mem[c+ChUsed:]))
	rec := mem[c+used:]
	le.PutUint64(rec[RecCount:], count)
	filled := (len(pcs) + 3) &^ 3
	le.PutUint16(rec[RecFilled:], uint16(filled))
	rec[RecFlags] = byte(FillUnit * (filled - len(pcs)))
	what := rec[recordType(len(pcs)):]
	what[7] = kind
	for i, pc := range pcs {
		le.PutUint64(what[8+8*i:], pc)
	}
	le.PutUint64(mem[c+ChUsed:], uint64(used+recordSize(len(pcs))))
	return c + used
}

func event(mem []byte, n uint64) {
	off := EventsOff + int(n%EventSlots)*EventSize
	binary.LittleEndian.PutUint64(mem[off+EvKind:], EventSTW)
	binary.LittleEndian.PutUint64(mem[off+EvSeq:], n+1)
	binary.LittleEndian.PutUint64(mem[HdrEventHead:], n+1)
}

// filled has two stacks in two shards, one of them in both and in two chunks of the first, and an event.
func filled(mem []byte) {
	record(mem, 0, KindAlloc, 5, 0x401000, 0x402000)
	record(mem, 0, KindGo, 7, 0x403000)
	chunk(mem, shardOff(0)+ShChunk)
	record(mem, 0, KindAlloc, 2, 0x401000, 0x402000)
	record(mem, 1, KindAlloc, 11, 0x401000, 0x402000)
	event(mem, 0)
}

// look reads everything there is twice.
func look(t *testing.T, mem []byte) *Reader {
	t.Helper()
	r, err := NewReader(mem, there)
	if err != nil {
		return nil
	}
	for range 2 {
		r.Scan()
		r.ScanAttribution()
		events := uint64(0)
		lost := r.Events(func(Event) { events++ })
		if events > EventSlots {
			t.Fatalf("%d events, %d lost", events, lost)
		}
		if len(r.Counts()) != len(r.Stacks()) {
			t.Fatalf("%d counts for %d stacks", len(r.Counts()), len(r.Stacks()))
		}
		for _, s := range r.Stacks() {
			if s.Kind >= Kinds || len(s.PCs) < 1 || len(s.PCs) > MaxDepth {
				t.Fatalf("%+v", s)
			}
		}
		_, _, _ = r.Unattributed(), r.Counted(), r.Allocs()
		if used := r.UsedBytes(); used > uint64(2*len(mem)) {
			t.Fatalf("%d bytes used of %d", used, len(mem))
		}
	}
	return r
}

func TestFilled(t *testing.T) {
	mem := tables(t)
	filled(mem)
	r := look(t, mem)
	if !slices.EqualFunc(r.Counts(), []uint64{18, 7}, func(c Counters, n uint64) bool { return c.Count == n }) || r.Allocs() != 18 {
		t.Errorf("%+v %+v, %d allocations", r.Stacks(), r.Counts(), r.Allocs())
	}
}

// TestGarbage: what was found by fuzzing, and what could have been. Nothing is read outside of the tables, and what is whole in
// another shard is still read.
func TestGarbage(t *testing.T) {
	le := binary.LittleEndian
	first := func(mem []byte) int { return newest(mem, shardOff(0)+ShChunk) } // the second chunk: the first is read before
	rec := func(mem []byte) []byte { return mem[first(mem)+ChRecords:] }
	head := shardOff(0) + ShChunk
	for name, damage := range map[string]func(mem []byte){
		"a record longer than the chunk":     func(mem []byte) { le.PutUint16(rec(mem)[RecFilled:], MaxDepth) },
		"a record of no frames":              func(mem []byte) { le.PutUint16(rec(mem)[RecFilled:], 0) },
		"a kind that there is not":           func(mem []byte) { rec(mem)[recordType(2)+7] = Kinds },
		"a chunk's end within a record":      func(mem []byte) { le.PutUint64(mem[first(mem)+ChUsed:], ChRecords+9) },
		"more used than there is":            func(mem []byte) { le.PutUint64(mem[first(mem)+ChUsed:], 1<<62) },
		"a chunk before itself":              func(mem []byte) { le.PutUint64(mem[first(mem)+ChPrevious:], uint64(first(mem)-HdrConfig)) },
		"a chunk before that is nowhere":     func(mem []byte) { le.PutUint64(mem[first(mem)+ChPrevious:], 1<<63) },
		"a chunk behind the end":             func(mem []byte) { le.PutUint64(mem[head:], size-HdrConfig) },
		"a chunk that ends behind the end":   func(mem []byte) { le.PutUint64(mem[head:], size-HdrConfig-64) },
		"a chunk in the header":              func(mem []byte) { le.PutUint64(mem[head:], 64) },
		"a chunk at an odd place":            func(mem []byte) { le.PutUint64(mem[head:], uint64(first(mem)-HdrConfig+8)) },
		"more shards than there are":         func(mem []byte) { le.PutUint64(mem[HdrConfig+CfgNumPs:], 1<<63) },
		"more of the pool taken than it has": func(mem []byte) { le.PutUint64(mem[HdrPoolNext:], 1<<63) },
		"more events than can be":            func(mem []byte) { le.PutUint64(mem[HdrEventHead:], 1<<63) },
		"an event from the future":           func(mem []byte) { le.PutUint64(mem[EventsOff+EvSeq:], 1<<63) },
		"a count of events that went out":    func(mem []byte) { le.PutUint64(mem[HdrEventHead:], 0) },
	} {
		mem := tables(t)
		filled(mem)
		damage(mem)
		r := look(t, mem)
		if r == nil {
			t.Errorf("%s: not read at all", name)
			continue
		}
		if n := r.Allocs(); n != 11 && n != 16 && n != 18 {
			t.Errorf("%s: %d allocations", name, n)
		}
		if err := unix.Munmap(mem); err != nil {
			t.Fatal(err)
		}
	}
}

// TestEventsThatGoBack: the number of events never falls; where it does, none is made up.
func TestEventsThatGoBack(t *testing.T) {
	mem := tables(t)
	for n := range uint64(3) {
		event(mem, n)
	}
	r, err := NewReader(mem, there)
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	if lost := r.Events(func(Event) { seen++ }); lost != 0 || seen != 3 {
		t.Fatalf("%d seen, %d lost", seen, lost)
	}
	binary.LittleEndian.PutUint64(mem[HdrEventHead:], 1)
	if lost := r.Events(func(Event) { seen++ }); lost != 0 || seen != 3 {
		t.Errorf("%d seen, %d lost", seen, lost)
	}
}

// TestOneStackTwice: a shard that has forgotten a stack may write it down again; it stays one, whatever else has its hash.
func TestOneStackTwice(t *testing.T) {
	mem := tables(t)
	for i := range uint64(500) {
		record(mem, 0, KindAlloc, 1, 0x401000+i%250, 0x402000)
	}
	chunk(mem, shardOff(0)+ShChunk)
	at := record(mem, 0, KindSample, 1, 0x401000, 0x402000)
	binary.LittleEndian.PutUint64(mem[at+RecShape:], 1)
	record(mem, 0, KindSample, 1, 0x401000, 0x402000)
	record(mem, 0, KindAlloc, 1, 0x401000, 0x402000, 0x403000)
	r := look(t, mem)
	if n := len(r.Stacks()); n != 253 {
		t.Fatalf("%d stacks of 253", n)
	}
	for i, c := range r.Counts() {
		if want := map[bool]uint64{true: 2, false: 1}[i < 250]; c.Count != want {
			t.Errorf("%+v has %d", r.Stacks()[i], c.Count)
		}
	}
}

// TestShardsGrow: those that come later start like the others, and none is lost.
func TestShardsGrow(t *testing.T) {
	mem := tables(t)
	r, err := NewReader(mem, there)
	if err != nil {
		t.Fatal(err)
	}
	if NumPs(mem) != FirstPs {
		t.Fatalf("%d Ps", NumPs(mem))
	}
	SetNumPs(mem, 2*MaxPs)
	SetNumPs(mem, 1)
	record(mem, MaxPs-1, KindAlloc, 3, 0x401000)
	if n := r.Allocs(); n != 3 || NumPs(mem) != MaxPs {
		t.Errorf("%d allocations of 3, %d Ps", n, NumPs(mem))
	}
	if load(mem, shardOff(MaxPs-1)+ShRandom) == 0 || load(mem, shardOff(MaxPs-1)+ShPredict) == 0 {
		t.Error("the last shard was not made ready")
	}
}

func TestHeadersThatCannotBe(t *testing.T) {
	for name, c := range map[string]struct {
		off   int
		value uint64
	}{
		"magic":       {HdrMagic, 1},
		"version":     {HdrVersion, Version + 1},
		"too long":    {HdrLength, size + PageSize},
		"too short":   {HdrLength, 0},
		"a long plan": {HdrPlanLen, PlanMax + 1},
	} {
		mem := tables(t)
		binary.LittleEndian.PutUint64(mem[c.off:], c.value)
		if _, err := ReadHeader(mem, there); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := ReadHeader(make([]byte, PoolOff-1), there); err == nil {
		t.Error("too short: no error")
	}
}

// places are where FuzzReader writes: all that decides what is read next.
var places = []int{
	0, HdrEventHead, EventsOff, EventsOff + EventSize, HdrConfig, ShardsOff + ShUnattrib, ShardsOff + 2*ShardSize, ShardsOff + 3*ShardSize,
	PoolOff, PoolOff + ChunkSize, PoolOff + 2*ChunkSize, size - 2048,
}

// FuzzReader writes words anywhere into tables that are in use: reading ends, with stacks that can be.
func FuzzReader(f *testing.F) {
	mem := tables(f)
	filled(mem)
	f.Add([]byte{})
	f.Add([]byte{7, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0})
	f.Add([]byte{7, 3, 0xff, 0xff, 0xff, 0xff, 4, 0, 1, 0, 0, 0, 0, 0, 0})
	f.Add([]byte{0, 2, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f})
	f.Fuzz(func(t *testing.T, input []byte) {
		const edit = 10 // place, word behind it, value
		if len(input) > 64*edit {
			return
		}
		type old struct {
			off int
			was [8]byte
		}
		var undo []old
		for ; len(input) >= edit; input = input[edit:] {
			o := old{off: places[int(input[0])%len(places)] + 4*int(input[1])}
			copy(o.was[:], mem[o.off:])
			copy(mem[o.off:], input[2:edit])
			undo = append(undo, o)
		}
		look(t, mem)
		for _, o := range slices.Backward(undo) {
			copy(mem[o.off:], o.was[:])
		}
	})
}
