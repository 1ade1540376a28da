package gccycle

import (
	"encoding/binary"
	"errors"
	"slices"
	"testing"

	"gotop/hookagent/internal/testmemory"
	"gotop/hookagent/plan"
)

// service is a made-up service's memory, with every structure at an address of its own.
type service struct {
	memory map[uint64]uint64 // words; what is not there is 0
	gone   bool
	during func() // happens after the pauses have been read
}

func (s *service) ReadAt(p []byte, addr uint64) error {
	if s.gone {
		return errors.New("gone")
	}
	for i := 0; i < len(p); i += 8 {
		var w [8]byte
		binary.LittleEndian.PutUint64(w[:], s.memory[addr+uint64(i)])
		copy(p[i:], w[:])
	}
	if f := s.during; f != nil && len(p) == 8*ring {
		s.during = nil
		f()
	}
	return nil
}

func (s *service) ReadVec(dst []byte, addrs []uint64, size int) error {
	return testmemory.Vec(s.ReadAt, dst, addrs, size)
}

const (
	memstats = 0x10000
	numgc    = memstats + 0x0
	lastGC   = memstats + 0x8
	lastUnix = memstats + 0x10
	pauseNS  = memstats + 0x1000
	pauseEnd = memstats + 0x2000
)

func madeUp(t *testing.T) (*service, *Reader) {
	t.Helper()
	p := &plan.Plan{Vars: map[string]uint64{"runtime.work": 0x20000, "runtime.gcController": 0x30000, "runtime.memstats": memstats}, Layout: map[string]uint64{}}
	for i, s := range sources {
		p.Layout[s.field] = uint64(0x100 + 8*i)
	}
	p.Layout["mstats.numgc"], p.Layout["mstats.last_gc_nanotime"], p.Layout["mstats.last_gc_unix"] = 0, 8, 16
	p.Layout["mstats.pause_ns"], p.Layout["mstats.pause_end"], p.Layout["len.mstats.pause_ns"] = 0x1000, 0x2000, ring
	s := &service{memory: make(map[uint64]uint64)}
	r, err := NewReader(p, 0, s)
	if err != nil {
		t.Fatal(err)
	}
	return s, r
}

// collect ends cycle n at an instant, whose wall time is another one, as gcMarkTermination does.
func (s *service) collect(r *Reader, n, at, wall, pause uint64) {
	s.memory[pauseNS+8*((n-1)%ring)], s.memory[pauseEnd+8*((n-1)%ring)] = pause, wall
	s.memory[lastGC], s.memory[lastUnix] = at, wall
	for word, v := range map[int]uint64{wordSweepTerm: at - 30, wordMark: at - 20, wordMarkTerm: at - 10, wordEnd: at, wordPause: pause, wordHeap0: 100 * n} {
		s.memory[r.words[word]] = v
	}
	s.memory[numgc], s.memory[r.words[wordNumGC]] = n, n
}

func read(t *testing.T, r *Reader) (pauses []Pause, cycles []uint64, lost uint64) {
	t.Helper()
	pauses, whole, lost, err := r.Read()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range whole {
		cycles = append(cycles, c.Number)
	}
	return pauses, cycles, lost
}

// TestReader: all pauses are told once, in order, whatever the wall clock does; cycles where they can be seen whole.
func TestReader(t *testing.T) {
	s, r := madeUp(t)
	if pauses, cycles, _ := read(t, r); pauses != nil || cycles != nil {
		t.Errorf("before the first: %v, %v", pauses, cycles)
	}
	s.collect(r, 1, 1000, 50_000, 7)
	if pauses, cycles, _ := read(t, r); !slices.Equal(pauses, []Pause{{1, 1000, 7}}) || !slices.Equal(cycles, []uint64{1}) {
		t.Errorf("the first: %v, %v", pauses, cycles)
	}
	s.collect(r, 2, 2000, 51_000, 8)
	s.collect(r, 3, 3000, 52_000, 9)
	if pauses, cycles, _ := read(t, r); !slices.Equal(pauses, []Pause{{2, 2000, 8}, {3, 3000, 9}}) || !slices.Equal(cycles, []uint64{3}) {
		t.Errorf("two at once: %v, %v", pauses, cycles)
	}
	if pauses, cycles, _ := read(t, r); pauses != nil || cycles != nil {
		t.Errorf("told twice: %v, %v", pauses, cycles)
	}
	s.collect(r, 4, 4000, 10, 8) // the wall clock was set back, and then forward
	s.collect(r, 5, 5000, 90_000, 9)
	if pauses, _, _ := read(t, r); len(pauses) != 2 || pauses[0].At <= 3000 || pauses[0].At >= 5000 || pauses[1] != (Pause{5, 5000, 9}) {
		t.Errorf("the clock was set: %v", pauses)
	}
}

// TestManyPauses: the ring holds 256; more are lost and counted, but not those from before anybody looked.
func TestManyPauses(t *testing.T) {
	s, r := madeUp(t)
	for n := uint64(1); n <= 300; n++ {
		s.collect(r, n, 1000*n, 1000*n, n)
	}
	if pauses, _, lost := read(t, r); len(pauses) != ring || pauses[0] != (Pause{45, 45_000, 45}) || lost != 0 {
		t.Errorf("%d pauses, the first %v, %d lost", len(pauses), pauses[0], lost)
	}
	for n := uint64(301); n <= 600; n++ {
		s.collect(r, n, 1000*n, 1000*n, n)
	}
	if pauses, _, lost := read(t, r); len(pauses) != ring || pauses[0].Number != 345 || lost != 44 {
		t.Errorf("%d pauses, the first %v, %d lost", len(pauses), pauses[0], lost)
	}
}

// TestNextCycleHasBegun: of a cycle whose figures are being overwritten nothing but the pause is told.
func TestNextCycleHasBegun(t *testing.T) {
	s, r := madeUp(t)
	s.collect(r, 1, 1000, 1000, 7)
	s.memory[r.words[wordSweepTerm]], s.memory[r.words[wordPause]] = 1100, 0
	if pauses, cycles, _ := read(t, r); len(pauses) != 1 || cycles != nil {
		t.Errorf("%v, %v", pauses, cycles)
	}
	s.collect(r, 2, 2000, 2000, 7)
	s.memory[r.words[wordPause]] = 0 // heap0 and pauseNS are set before tSweepTerm (runtime/mgc.go gcStart)
	if pauses, cycles, _ := read(t, r); len(pauses) != 1 || cycles != nil {
		t.Errorf("%v, %v", pauses, cycles)
	}
}

// TestEndsDuringTheReading: the pauses are read again, so that none is told that was being overwritten.
func TestEndsDuringTheReading(t *testing.T) {
	s, r := madeUp(t)
	s.collect(r, 1, 1000, 1000, 7)
	s.during = func() { s.collect(r, 2, 2000, 2000, 8) }
	if pauses, cycles, _ := read(t, r); !slices.Equal(pauses, []Pause{{1, 1000, 7}, {2, 2000, 8}}) || !slices.Equal(cycles, []uint64{2}) {
		t.Errorf("%v, %v", pauses, cycles)
	}
}

// TestEnding: as long as a cycle is just ending, its instant is not taken for that of the one before.
func TestEnding(t *testing.T) {
	s, r := madeUp(t)
	s.collect(r, 1, 1000, 50_000, 7)
	s.memory[lastGC], s.memory[lastUnix] = 2000, 51_000
	if pauses, cycles, _ := read(t, r); pauses != nil || cycles != nil {
		t.Errorf("%v, %v", pauses, cycles)
	}
	s.collect(r, 2, 2000, 51_000, 8)
	if pauses, _, _ := read(t, r); !slices.Equal(pauses, []Pause{{1, 1000, 7}, {2, 2000, 8}}) {
		t.Errorf("%v", pauses)
	}
}

// TestTriggerSeenWhileMarking: it is there only as long as the cycle is under way.
func TestTriggerSeenWhileMarking(t *testing.T) {
	s, r := madeUp(t)
	s.collect(r, 1, 1000, 1000, 7)
	read(t, r)
	s.memory[r.words[wordSweepTerm]], s.memory[r.words[wordMark]], s.memory[r.words[wordTriggered]] = 1970, 1980, 4321
	read(t, r)
	s.memory[r.words[wordTriggered]] = ^uint64(0)
	s.collect(r, 2, 2000, 2000, 7)
	_, cycles, _, err := r.Read()
	if err != nil || len(cycles) != 1 || cycles[0].Trigger != 4321 || cycles[0].Before != 200 {
		t.Errorf("%+v, %v", cycles, err)
	}
}

func TestMemoryThatIsGone(t *testing.T) {
	s, r := madeUp(t)
	s.gone = true
	if _, _, _, err := r.Read(); err == nil {
		t.Error("nothing was read, and nothing said")
	}
	if _, err := NewReader(&plan.Plan{}, 0, s); err == nil {
		t.Error("a plan without addresses is good enough")
	}
}
