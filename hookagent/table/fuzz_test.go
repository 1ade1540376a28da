package table

import (
	"encoding/binary"
	"slices"
	"testing"

	"golang.org/x/sys/unix"
)

// tables are as the agent makes them, for two Ps; pages cost memory only once they are written.
func tables(t testing.TB) []byte {
	t.Helper()
	const ps = 2
	mem, err := unix.Mmap(-1, 0, int(Size(ps)), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS|unix.MAP_NORESERVE)
	if err != nil {
		t.Fatal(err)
	}
	if err := Init(mem, Config{Ps: ps, Depth: 8, Plan: []byte("{}"), SizeClasses: []uint64{0, 8, 16}}); err != nil {
		t.Fatal(err)
	}
	return mem
}

// record writes one into shard, at offset at of the arena, and returns the offset behind it.
func record(mem []byte, shard, at int, kind byte, count uint64, pcs ...uint64) int {
	s := mem[ShardsOff+shard*ShardSize:][:ShardSize]
	rec := s[ShArenaOff+at:]
	le := binary.LittleEndian
	le.PutUint64(rec[RecCount:], count)
	le.PutUint16(rec[RecFrames:], uint16(len(pcs)))
	what := rec[recordType(len(pcs)):]
	what[7] = kind
	for i, pc := range pcs {
		le.PutUint64(what[8+8*i:], pc)
	}
	end := at + recordSize(len(pcs))
	le.PutUint64(s[ShArena:], uint64(end))
	return end
}

func event(mem []byte, n uint64) {
	off := EventsOff + int(n%EventSlots)*EventSize
	binary.LittleEndian.PutUint64(mem[off+EvKind:], EventSTW)
	binary.LittleEndian.PutUint64(mem[off+EvSeq:], n+1)
	binary.LittleEndian.PutUint64(mem[HdrEventHead:], n+1)
}

// filled has two stacks in two shards, one of them in both, and an event.
func filled(mem []byte) {
	end := record(mem, 0, 0, KindAlloc, 5, 0x401000, 0x402000)
	record(mem, 0, end, KindGo, 7, 0x403000)
	record(mem, 1, 0, KindAlloc, 11, 0x401000, 0x402000)
	event(mem, 0)
}

// look reads everything there is twice.
func look(t *testing.T, mem []byte) *Reader {
	t.Helper()
	r, err := NewReader(mem)
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
	if !slices.EqualFunc(r.Counts(), []uint64{16, 7}, func(c Counters, n uint64) bool { return c.Count == n }) || r.Allocs() != 16 {
		t.Errorf("%+v %+v, %d allocations", r.Stacks(), r.Counts(), r.Allocs())
	}
}

// TestGarbage: what was found by fuzzing, and what could have been. Nothing is read outside of the tables, and what is whole in
// another shard is still read.
func TestGarbage(t *testing.T) {
	le := binary.LittleEndian
	arena := ShardsOff + ShArenaOff
	for name, damage := range map[string]func(mem []byte){
		"a record longer than the arena":  func(mem []byte) { le.PutUint16(mem[arena+RecFrames:], MaxDepth) },
		"a record of no frames":           func(mem []byte) { le.PutUint16(mem[arena+RecFrames:], 0) },
		"a kind that there is not":        func(mem []byte) { mem[arena+recordType(2)+7] = Kinds },
		"an arena's end within a record":  func(mem []byte) { le.PutUint64(mem[ShardsOff+ShArena:], 9) },
		"more used than there is":         func(mem []byte) { le.PutUint64(mem[ShardsOff+ShArena:], 1<<62) },
		"more events than can be":         func(mem []byte) { le.PutUint64(mem[HdrEventHead:], 1<<63) },
		"an event from the future":        func(mem []byte) { le.PutUint64(mem[EventsOff+EvSeq:], 1<<63) },
		"a count of events that went out": func(mem []byte) { le.PutUint64(mem[HdrEventHead:], 0) },
	} {
		mem := tables(t)
		filled(mem)
		damage(mem)
		r := look(t, mem)
		if r == nil {
			t.Errorf("%s: not read at all", name)
			continue
		}
		if n := r.Allocs(); n != 11 && n != 16 {
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
	r, err := NewReader(mem)
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

func TestHeadersThatCannotBe(t *testing.T) {
	for name, c := range map[string]struct {
		off   int
		value uint64
	}{
		"magic":           {HdrMagic, 1},
		"version":         {HdrVersion, Version + 1},
		"too many shards": {HdrShards, 3},
		"shards below 0":  {HdrShards, 1<<64 - 3},
		"shards wrap":     {HdrShards, 1<<63 - 1},
		"a long plan":     {HdrPlanLen, PlanMax + 1},
	} {
		mem := tables(t)
		binary.LittleEndian.PutUint64(mem[c.off:], c.value)
		if _, err := ReadHeader(mem); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := ReadHeader(make([]byte, ShardsOff-1)); err == nil {
		t.Error("too short: no error")
	}
}

// places are where FuzzReader writes: all that decides what is read next.
var places = []int{
	0, HdrEventHead, EventsOff, EventsOff + EventSize, ShardsOff, ShardsOff + ShUnattrib, ShardsOff + ShArenaOff,
	ShardsOff + ShardSize, ShardsOff + ShardSize + ShArenaOff,
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
