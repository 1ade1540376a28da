package profile

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"gotop/hookagent/internal/testchild"
	"gotop/hookagent/internal/testmemory"
	"gotop/hookagent/internal/testplan"
)

// service is the running test program.
type service struct {
	*testchild.Child
	*Reader
	t *testing.T
}

func start(t *testing.T, goCommand string) *service {
	t.Helper()
	exe := testchild.Build(t, "sampled", goCommand)
	p, err := testplan.Make(exe)
	if err != nil {
		t.Fatal(err)
	}
	child := testchild.Start(t, exe)
	r, err := New(p, 0, child.Memory)
	if err != nil {
		t.Fatal(err)
	}
	return &service{child, r, t}
}

// do makes it allocate; the answer is what its runtime's profile has of it.
func (s *service) do(kind string) (published uint64) {
	s.t.Helper()
	if _, err := fmt.Sscan(s.Ask(kind), &published); err != nil {
		s.t.Fatal(err)
	}
	return published
}

// recorded is what the reader says of the objects of 4096 bytes: that many were allocated, on so many stacks.
func (s *service) recorded() (allocs, frees uint64, stacks int) {
	s.t.Helper()
	buckets, err := s.Read()
	if err != nil {
		s.t.Fatal(err)
	}
	for _, b := range buckets {
		if b.Size == 4096 && b.Allocs >= 1000 {
			allocs, frees, stacks = allocs+b.Allocs, frees+b.Frees, stacks+1
		}
	}
	return allocs, frees, stacks
}

// TestAgainstTheRuntime: with a rate of 1 every allocation is a sample, at once and not only after a collection.
func TestAgainstTheRuntime(t *testing.T) {
	for version, command := range testchild.Toolchains() {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			s := start(t, command)
			for turn := uint64(1); turn <= 3; turn++ {
				s.do("a")
				if allocs, _, stacks := s.recorded(); allocs != 1000*turn || stacks != 1 {
					t.Fatalf("turn %d: %d objects on %d stacks", turn, allocs, stacks)
				}
			}
			if rate, err := s.Rate(); err != nil || rate != 1 {
				t.Fatalf("rate %d, %v", rate, err)
			}
			published := s.do("g")
			if allocs, frees, _ := s.recorded(); allocs != published || allocs != 4000 || frees < 3000 {
				t.Fatalf("%d objects, %d freed, the runtime says %d", allocs, frees, published)
			}
		})
	}
}

// TestNoCountTwice: while the runtime moves counts between cycles all the time, whole rounds of a thousand are seen and nothing goes
// back or jumps.
func TestNoCountTwice(t *testing.T) {
	s := start(t, "go")
	s.do("l")
	var last uint64
	busy := 0
	for end := time.Now().Add(2 * time.Second); time.Now().Before(end); {
		buckets, err := s.Read()
		if errors.Is(err, errBusy) {
			busy++
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		var allocs, frees uint64
		for _, b := range buckets {
			if b.Frees > b.Allocs {
				t.Fatalf("%+v: more freed than allocated", b)
			}
			allocs, frees = allocs+b.Allocs, frees+b.Frees
		}
		if allocs < last {
			t.Fatalf("%d objects after %d", allocs, last)
		}
		last = allocs
	}
	t.Logf("%d objects, %d readings gave up", last, busy)
	if last < 2000 {
		t.Errorf("only %d objects", last)
	}
}

// TestNonsense: whatever the memory holds, there is an error and an end.
func TestNonsense(t *testing.T) {
	vars := testmemory.Pieces{8: testmemory.Words(0x1000), 16: testmemory.Words(524288), 24: testmemory.Words(6), 32: testmemory.Words(0)}
	for name, c := range map[string]struct {
		bucket []byte
		want   string
	}{
		"not mapped":    {nil, "not mapped"},
		"another type":  {testmemory.Words(0, 0, 2, 0, 16, 0), "has type 2"},
		"endless stack": {testmemory.Words(0, 0, 1, 0, 16, 1<<40), "frames"},
		"ring":          {testmemory.Words(0, 0x1000, 1, 0, 16, 0), "has no end"},
		"wide ring":     {append(testmemory.Words(0, 0x1000, 1, 0, 16, maxFrames), make([]byte, 8*maxFrames)...), "has no end"},
	} {
		m := testmemory.Pieces{}
		for k, v := range vars {
			m[k] = v
		}
		if c.bucket != nil {
			m[0x1000], m[0x1030] = c.bucket, make([]byte, max(64, len(c.bucket)-48))
		}
		r, err := New(testplan.HeapProfile(), 0, m)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Read(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestLocked: as long as the runtime moves counts nothing is believed.
func TestLocked(t *testing.T) {
	m := testmemory.Pieces{8: testmemory.Words(0x1000), 16: testmemory.Words(1), 24: testmemory.Words(6), 32: testmemory.Words(1), 0x1000: testmemory.Words(0, 0, 1, 0, 16, 0), 0x1030: testmemory.Words(1, 0, 2, 0, 3, 0, 4, 1)}
	r, err := New(testplan.HeapProfile(), 0, m)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Read(); !errors.Is(err, errBusy) {
		t.Errorf("read while locked: %v", err)
	}
	m[32] = testmemory.Words(0)
	if b, err := r.Read(); err != nil || len(b) != 1 || b[0].Allocs != 10 || b[0].Frees != 1 {
		t.Errorf("%+v, %v", b, err)
	}
}

func TestPlanThatLacksSomething(t *testing.T) {
	p := testplan.HeapProfile()
	delete(p.Vars, "runtime.mProfCycle")
	if _, err := New(p, 0, testmemory.Pieces{}); err == nil || !strings.Contains(err.Error(), "runtime.mProfCycle") {
		t.Error(err)
	}
	p = testplan.HeapProfile()
	p.Layout["sizeof.memRecord"] = 32
	if _, err := New(p, 0, testmemory.Pieces{}); err == nil || !strings.Contains(err.Error(), "does not fit") {
		t.Error(err)
	}
}
