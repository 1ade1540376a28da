package sampling

import (
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"gotop/hookagent/plan"
	"gotop/hookagent/profile"
	"gotop/hookagent/runtimestat"
	"gotop/hookagent/table"
)

// memory is a made-up one: whatever is not there cannot be read.
type memory map[uint64][]byte

func (m memory) ReadAt(p []byte, addr uint64) error {
	b, ok := m[addr]
	if !ok || len(b) < len(p) {
		return errors.New("not mapped")
	}
	copy(p, b)
	return nil
}

func (m memory) ReadVec(dst []byte, addrs []uint64, size int) error {
	for i, a := range addrs {
		if err := m.ReadAt(dst[i*size:(i+1)*size], a); err != nil {
			return err
		}
	}
	return nil
}

func words(v ...uint64) (b []byte) {
	for _, w := range v {
		b = binary.LittleEndian.AppendUint64(b, w)
	}
	return b
}

type figures struct{ runtimestat.Figures }

func (f *figures) Read() *runtimestat.Figures { now := f.Figures; return &now }

func layout() *plan.Plan {
	return &plan.Plan{
		Vars: map[string]uint64{"runtime.mbuckets": 8, "runtime.MemProfileRate": 16, "runtime.mProfCycle": 24, "runtime.profMemActiveLock": 32},
		Layout: map[string]uint64{
			"bucket.allnext": 8, "bucket.typ": 16, "bucket.size": 32, "bucket.nstk": 40, "sizeof.bucket": 48, "sizeof.memRecord": 64,
			"memRecord.active": 0, "memRecord.future": 16, "memRecordCycle.allocs": 0, "memRecordCycle.frees": 8, "sizeof.memRecordCycle": 16,
		},
	}
}

// madeUp has two buckets: 5 samples of 96 bytes on a stack of two frames, and 2 of 40960 on one of one.
func madeUp(t *testing.T) (memory, *figures, *Source) {
	t.Helper()
	m := memory{
		8: words(0x10000), 16: words(524288), 24: words(6), 32: words(0),
		0x10000: words(0, 0x20000, 1, 0, 40960, 1), 0x10030: words(0x401000), 0x10038: words(2, 0, 0, 0, 0, 0, 0, 0),
		0x20000: words(0, 0, 1, 0, 96, 2), 0x20030: words(0x402000, 0x403000), 0x20040: words(3, 1, 1, 0, 1, 0, 0, 0),
	}
	r, err := profile.New(layout(), 0, m)
	if err != nil {
		t.Fatal(err)
	}
	mallocs, size := uint64(1000), uint64(64000)
	f := &figures{runtimestat.Figures{Mallocs: &mallocs, AllocBytes: &size}}
	s, err := New(r, f, 2)
	if err != nil {
		t.Fatal(err)
	}
	return m, f, s
}

func TestSource(t *testing.T) {
	_, f, s := madeUp(t)
	s.Read()
	s.Scan()
	if got := s.Counts(); !slices.Equal(got, []table.Counters{{Count: 5, Bytes: 480}, {Count: 2, Bytes: 81920}}) {
		t.Errorf("%+v", got)
	}
	a, b := s.Stacks()[0], s.Stacks()[1]
	if a.Kind != table.KindSample || !slices.Equal(a.PCs, []uint64{0x402000, 0x403000}) || a.Range != table.RangeUnknown || !a.Cut {
		t.Errorf("small: %+v", a)
	}
	if b.Range != table.RangeLarge || b.Cut {
		t.Errorf("large: %+v", b)
	}
	all := table.Counters{Count: 1000, Bytes: 64000}
	if s.Unattributed()[table.KindAlloc] != all || s.Counted() != all || s.Allocs() != 0 {
		t.Errorf("%+v, %+v, %d", s.Unattributed(), s.Counted(), s.Allocs())
	}
	less := uint64(999) // the reading is not atomic
	f.Mallocs = &less
	s.Read()
	if s.Counted().Count != 1000 {
		t.Error("the count of allocations went back")
	}
}

// TestServiceThatHasEnded: its last figures stand.
func TestServiceThatHasEnded(t *testing.T) {
	m, f, s := madeUp(t)
	s.Read()
	s.Scan()
	clear(m)
	f.Mallocs, f.AllocBytes = nil, nil
	s.Read()
	s.Scan()
	if got := s.Counts(); len(got) != 2 || got[0].Count != 5 || s.Counted().Count != 1000 {
		t.Errorf("%+v, %+v", got, s.Counted())
	}
	s.read = time.Now().Add(-time.Hour)
	if f := s.Read(); len(f.Missing) != 1 || !strings.Contains(f.Missing[0], "heap profile: ") {
		t.Errorf("%q", f.Missing)
	}
}

func TestProfileThatCannotBeRead(t *testing.T) {
	m, f, _ := madeUp(t)
	m[0x20000] = words(0, 0, 3, 0, 96, 2) // of another type
	r, err := profile.New(layout(), 0, m)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := New(r, f, 128); err == nil || !strings.Contains(err.Error(), "type 3") {
		t.Error(err)
	}
}
