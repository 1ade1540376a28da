package sampling

import (
	"slices"
	"strings"
	"testing"
	"time"

	"gotop/hookagent/internal/testmemory"
	"gotop/hookagent/internal/testplan"
	"gotop/hookagent/profile"
	"gotop/hookagent/runtimestat"
	"gotop/hookagent/table"
)

type figures struct{ runtimestat.Figures }

func (f *figures) Read() *runtimestat.Figures { now := f.Figures; return &now }

// madeUp has two buckets: 5 samples of 96 bytes on a stack of two frames, and 2 of 40960 on one of one.
func madeUp(t *testing.T) (testmemory.Pieces, *figures, *Source) {
	t.Helper()
	m := testmemory.Pieces{
		8: testmemory.Words(0x10000), 16: testmemory.Words(524288), 24: testmemory.Words(6), 32: testmemory.Words(0),
		0x10000: testmemory.Words(0, 0x20000, 1, 0, 40960, 1), 0x10030: testmemory.Words(0x401000), 0x10038: testmemory.Words(2, 0, 0, 0, 0, 0, 0, 0),
		0x20000: testmemory.Words(0, 0, 1, 0, 96, 2), 0x20030: testmemory.Words(0x402000, 0x403000), 0x20040: testmemory.Words(3, 1, 1, 0, 1, 0, 0, 0),
	}
	r, err := profile.New(testplan.HeapProfile(), 0, m)
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
	hooked, _ := s.Allocated(nil)
	if s.Unattributed()[table.KindAlloc] != all || s.Counted() != all || hooked != (table.Counters{}) {
		t.Errorf("%+v, %+v, %+v", s.Unattributed(), s.Counted(), hooked)
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
	m[0x20000] = testmemory.Words(0, 0, 3, 0, 96, 2) // of another type
	r, err := profile.New(testplan.HeapProfile(), 0, m)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := New(r, f, 128); err == nil || !strings.Contains(err.Error(), "type 3") {
		t.Error(err)
	}
}
