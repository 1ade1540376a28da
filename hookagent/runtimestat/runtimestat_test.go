package runtimestat

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"gotop/hookagent/internal/testchild"
	"gotop/hookagent/plan"
)

// TestFigures compares every figure with what the runtime of the same process says at the same moment, for each installed
// toolchain.
func TestFigures(t *testing.T) {
	for version, goCommand := range testchild.Toolchains() {
		t.Run(version, func(t *testing.T) {
			exe := testchild.Build(t, "quiet", goCommand)
			compare(t, exe)
			t.Run("limit", func(t *testing.T) { compare(t, exe, "QUIET_LIMIT=40000000") })
		})
	}
	t.Run("pie", func(t *testing.T) { compare(t, testchild.Build(t, "quiet", "go", "-buildmode=pie")) })
}

func compare(t *testing.T, exe string, env ...string) {
	p := planOf(t, exe)
	s := start(t, exe, env...)
	s.hold(t, false)
	s.truth(t)
	r := New(p, s.Bias(p.Entry), s.Memory)
	for round := range 6 {
		flush := round%2 == 1
		// The runtime's own goroutines (scavenger, sweeper) cannot be held still: they may allocate between the reading and
		// the answer. What is exact is so at one of a few attempts; what is wrong is wrong at each.
		var wrong []string
		for range 4 {
			if wrong = differences(t, r, s, flush, env != nil); wrong == nil {
				break
			}
		}
		for _, w := range wrong {
			t.Errorf("round %d: %s", round, w)
		}
	}
}

// bySize is what MemStats.BySize would be: it has 61 classes.
func bySize(s *SizeClasses) string {
	const room = 61
	return fmt.Sprint(s.Classes[:room])
}

// differences lets the service hold still and compares.
func differences(t *testing.T, r *Reader, s service, flush, limit bool) (wrong []string) {
	is := func(name string, got *uint64, want uint64) {
		if got == nil {
			wrong = append(wrong, name+" is missing")
		} else if *got != want {
			wrong = append(wrong, fmt.Sprintf("%s is %d, want %d", name, *got, want))
		}
	}
	s.hold(t, flush)
	threads := s.threads(t)
	f := r.Read()
	tr := s.truth(t)
	if f.Missing != nil || f.Slack != 0 {
		return []string{fmt.Sprintf("missing %q, slack %d", f.Missing, f.Slack)}
	}
	is("mallocs", f.Mallocs, tr.mallocs)
	is("frees", f.Frees, tr.frees)
	is("alloc_bytes", f.AllocBytes, tr.totalAlloc)
	if got := bySize(f.SizeClasses); got != tr.bySize {
		wrong = append(wrong, fmt.Sprintf("size classes are %s, BySize is %s", got, tr.bySize))
	}
	is("heap_marked", f.HeapMarked, tr.marked)
	is("num_gc", f.NumGC, tr.numGC)
	is("pause_total_ns", f.PauseTotalNS, tr.pauseTotal)
	is("goroutines", f.Goroutines, tr.goroutines)
	is("gomaxprocs", f.GOMAXPROCS, tr.gomaxprocs)
	is("threads", f.Threads, threads)
	if flush { // a flush also frees cached stacks, and settles what a memory limit is reckoned from
		is("stack_inuse", f.StackInuse, tr.stackInuse)
		is("heap_goal", f.HeapGoal, tr.nextGC)
		if limit && tr.nextGC > 40_000_000 {
			wrong = append(wrong, fmt.Sprintf("the goal is %d: the memory limit does not rule it, nothing is tested", tr.nextGC))
		}
	}
	// heapLive counts cached spans as full (runtime/mcache.go refill).
	if live := *f.HeapLive; live < tr.heapAlloc || live > tr.heapAlloc+4*136*32<<10 {
		wrong = append(wrong, fmt.Sprintf("heap_live is %d where %d are allocated", live, tr.heapAlloc))
	}
	return wrong
}

// TestBusy reads while the service allocates: figures must be plausible, grow, and end at the truth.
func TestBusy(t *testing.T) {
	exe := testchild.Build(t, "quiet", "go")
	p := planOf(t, exe)
	s := start(t, exe)
	r := New(p, s.Bias(p.Entry), s.Memory)
	var last uint64
	for range 20 {
		s.Tell("a")
		for range 20 {
			f := r.Read()
			if f.Mallocs == nil {
				continue // bootstrap
			}
			if *f.Mallocs+f.Slack < last {
				t.Fatalf("mallocs went from %d to %d (slack %d)", last, *f.Mallocs, f.Slack)
			}
			last = *f.Mallocs - min(f.Slack, *f.Mallocs)
		}
		if _, err := s.Out.ReadByte(); err != nil {
			t.Fatal(err)
		}
		tr := s.truth(t)
		if last > tr.mallocs {
			t.Fatalf("read %d mallocs, at the end there were %d", last, tr.mallocs)
		}
	}
	if last == 0 {
		t.Error("never read")
	}
}

// TestPlanLacks: what the plan does not say is missing with a reason, everything else is read.
func TestPlanLacks(t *testing.T) {
	exe := testchild.Build(t, "quiet", "go")
	p := planOf(t, exe)
	delete(p.Layout, "p.mcache")
	delete(p.Vars, "runtime.gcController")
	s := start(t, exe)
	s.hold(t, true)
	f := New(p, s.Bias(p.Entry), s.Memory).Read()
	s.truth(t)
	if f.Mallocs != nil || f.HeapLive != nil || f.HeapGoal != nil || f.GOMAXPROCS != nil || f.Goroutines != nil {
		t.Errorf("figures without a base: %+v", f)
	}
	if f.NumGC == nil || f.PauseTotalNS == nil || f.Threads == nil {
		t.Errorf("figures that could be read are missing: %q", f.Missing)
	}
	reasons := strings.Join(f.Missing, "\n")
	for _, name := range []string{"p.mcache", "runtime.gcController"} {
		if !strings.Contains(reasons, name) {
			t.Errorf("no reason names %s: %q", name, reasons)
		}
	}
}

// garbage is memory that holds anything.
type garbage struct {
	rand  *rand.Rand
	kind  int
	reads int
}

func (g *garbage) ReadAt(b []byte, _ uint64) error {
	g.reads += len(b)
	for i := range b {
		switch g.kind {
		case 0:
			b[i] = 0
		case 1:
			b[i] = 0xff
		case 2:
			b[i] = byte(g.rand.Uint32())
		default: // small words: counts that could be true, pointers that cannot
			if b[i] = 0; i%8 == 0 {
				b[i] = byte(g.rand.Uint32N(8))
			}
		}
	}
	if g.kind != 0 && g.rand.Uint32N(50) == 0 {
		return errors.New("no such memory")
	}
	return nil
}

func (g *garbage) ReadVec(dst []byte, _ []uint64, _ int) error { return g.ReadAt(dst, 0) }

// TestGarbage: whatever memory holds, reading ends, reads a bounded amount, and gives no absurd figure.
func TestGarbage(t *testing.T) {
	p := planOf(t, testchild.Build(t, "quiet", "go"))
	for i := range 400 {
		g := &garbage{rand: rand.New(rand.NewPCG(1, uint64(i))), kind: i % 4}
		f := New(p, 0, g).Read()
		for name, v := range map[string]*uint64{"goroutines": f.Goroutines, "threads": f.Threads, "gomaxprocs": f.GOMAXPROCS,
			"heap_live": f.HeapLive, "stack_inuse": f.StackInuse} {
			if v != nil && int64(*v) < 0 {
				t.Errorf("kind %d: %s is %d", g.kind, name, *v)
			}
		}
		if g.kind == 0 && f.Missing == nil {
			t.Error("zeroes are believed")
		}
		if g.reads > 1<<30 {
			t.Errorf("kind %d: %d bytes were read", g.kind, g.reads)
		}
	}
}

// TestEmptyPlan: nothing is known, nothing is read, nothing breaks.
func TestEmptyPlan(t *testing.T) {
	g := &garbage{kind: 1, rand: rand.New(rand.NewPCG(1, 2))}
	f := New(new(plan.Plan), 0, g).Read()
	if g.reads != 0 || len(f.Missing) != 6 {
		t.Errorf("read %d bytes, missing %q", g.reads, f.Missing)
	}
}
