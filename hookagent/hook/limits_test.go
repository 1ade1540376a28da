package hook_test

import (
	"debug/elf"
	"math"
	"testing"

	"gotop/hookagent/hook"
	"gotop/hookagent/plan"
	"gotop/hookagent/table"
	"slices"
	"strings"
)

// allOf is everything counted of heap allocations, with and without a stack of its own.
func allOf(r *table.Reader) uint64 {
	return sum(r, table.KindAlloc).Count + r.Unattributed()[table.KindAlloc].Count
}

func TestManyStacks(t *testing.T) {
	exe := build(t, "manystacks")
	for _, c := range []struct {
		stacks string
		full   bool
	}{{"100000", false}, {"250000", true}} {
		r, _, out := hooked(t, exe, hook.Options{Mode: hook.Exact, Depth: 128}, "-stacks", c.stacks, "-levels", "18", "-rounds", "3")
		if got, want := allOf(r), parseFinalStats(t, out).Mallocs; got != want {
			t.Errorf("%s stacks: hooked %d allocations, MemStats.Mallocs is %d", c.stacks, got, want)
		}
		short := uint64(0)
		for i, s := range r.Stacks() {
			if s.Short {
				short += r.Counts()[i].Count
			}
		}
		if u := r.Unattributed()[table.KindAlloc]; u.Count > 0 || (short > 0) != c.full {
			t.Errorf("%s stacks: %d on a shorter stack, %d without one", c.stacks, short, u.Count)
		}
		t.Logf("%s stacks: %d kept, %d MiB of tables", c.stacks, len(r.Stacks()), r.UsedBytes()>>20)
	}
}

func TestDeepStacksAreCut(t *testing.T) {
	exe := build(t, "exact")
	for _, depth := range []int{1, 2, 100, 512} {
		r, _, out := hooked(t, exe, hook.Options{Mode: hook.Exact, Depth: depth}, "-way", "recursion", "-depth", "1000", "-n", "50")
		if got, want := allOf(r), parseFinalStats(t, out).Mallocs; got != want {
			t.Errorf("depth %d: hooked %d allocations, MemStats.Mallocs is %d", depth, got, want)
		}
		cut := 0
		for _, s := range r.Stacks() {
			if len(s.PCs) > depth || s.Cut && len(s.PCs) != depth {
				t.Fatalf("depth %d: a stack of %d frames, cut %v", depth, len(s.PCs), s.Cut)
			}
			if s.Cut {
				cut++
			}
		}
		if cut == 0 {
			t.Errorf("depth %d: no stack says that it was cut", depth)
		}
	}
}

// TestWideFrames: a stack that reaches farther than a record's distances can say is one stack all the same.
func TestWideFrames(t *testing.T) {
	r, p, out := hooked(t, build(t, "exact"), hook.Options{Mode: hook.Exact, Depth: 128}, "-way", "wide frames", "-goroutines", "1", "-n", "1000")
	if got, want := allOf(r), parseFinalStats(t, out).Mallocs; got != want {
		t.Errorf("hooked %d allocations, MemStats.Mallocs is %d", got, want)
	}
	most := 0
	for i, s := range r.Stacks() {
		if s.Kind == table.KindAlloc && r.Counts()[i].Count > r.Counts()[most].Count {
			most = i
		}
	}
	if got := r.Counts()[most].Count; got < 1000 || len(r.Stacks()[most].PCs) < 10 {
		t.Errorf("the stack that allocates most has done so %d times, with %d frames (of %s)", got, len(r.Stacks()[most].PCs), p.Exe)
	}
}

// TestRounding: requested bytes and what rounding adds are MemStats.TotalAlloc, but for tiny objects, which share blocks.
func TestRounding(t *testing.T) {
	exe := build(t, "exact")
	nothing, _, before := hooked(t, exe, hook.Options{Mode: hook.Exact, Depth: 128}, "-way", "nothing", "-goroutines", "1")
	for _, way := range []string{"small without pointers", "small with pointers", "header", "large"} {
		r, _, after := hooked(t, exe, hook.Options{Mode: hook.Exact, Depth: 128}, "-way", way, "-goroutines", "1", "-n", "3000")
		a, b := sum(nothing, table.KindAlloc), sum(r, table.KindAlloc)
		got := b.Bytes + b.Waste - a.Bytes - a.Waste
		want := parseFinalStats(t, after).TotalAlloc - parseFinalStats(t, before).TotalAlloc
		if diff := int64(got - want); diff < -10000 || diff > 10000 { // what start-up differs by
			t.Errorf("%s: %d bytes with rounding, MemStats.TotalAlloc says %d (%d)", way, got, want, diff)
		}
	}
}

// TestCountMode: no stacks, no allocation missed.
func TestCountMode(t *testing.T) {
	exe := build(t, "exact")
	r, _, out := hooked(t, exe, hook.Options{Mode: hook.Count, Depth: 128})
	if got, want := allOf(r), parseFinalStats(t, out).Mallocs; got != want || sum(r, table.KindAlloc).Count != 0 {
		t.Errorf("hooked %d allocations, %d of them with stacks; MemStats.Mallocs is %d", got, sum(r, table.KindAlloc).Count, want)
	}
}

// TestMainsStack: the first goroutine's stack is among those counted, and every go statement is.
func TestMainsStack(t *testing.T) {
	exe := build(t, "exact")
	r, _, _ := hooked(t, exe, hook.Options{Mode: hook.Exact, Depth: 128}, "-way", "stack growth", "-goroutines", "1", "-n", "1000")
	if n := sum(r, table.KindGo).Count; n < 100 || n > 200 {
		t.Errorf("%d go statements, there are 101 and the runtime's own few", n)
	}
	if c := sum(r, table.KindMalg); c.Count == 0 || c.Bytes < 2048*c.Count/2 {
		t.Errorf("stacks allocated: %+v", c)
	}
	if c := sum(r, table.KindCopyStack); c.Count < 500 || c.Bytes <= c.Waste {
		t.Errorf("stacks copied: %+v", c)
	}
}

// TestSampledMode: the totals are exact, and what the samples stand for is the total, within the error of so many samples.
func TestSampledMode(t *testing.T) {
	exe := build(t, "exact")
	const rate = 16 << 10
	r, _, out := hooked(t, exe, hook.Options{Mode: hook.Sampled, Depth: 128, Rate: rate}, "-n", "3000", "-goroutines", "2")
	u := r.Unattributed()[table.KindAlloc]
	if want := parseFinalStats(t, out).Mallocs; u.Count != want {
		t.Errorf("counted %d allocations, MemStats.Mallocs is %d", u.Count, want)
	}
	var samples, bytes, square float64
	for i, s := range r.Stacks() {
		if c := r.Counts()[i]; s.Kind == table.KindSample {
			weight := 1 / -math.Expm1(-float64(c.Bytes)/float64(c.Count)/rate)
			samples += float64(c.Count)
			bytes += weight * float64(c.Bytes)
			square += float64(c.Count) * math.Pow(weight*float64(c.Bytes)/float64(c.Count), 2)
		}
	}
	t.Logf("%.0f samples stand for %.0f of %d bytes", samples, bytes, u.Bytes)
	if off := math.Abs(bytes - float64(u.Bytes)); off > 5*math.Sqrt(square) || samples < 1000 {
		t.Errorf("%.0f samples stand for %.0f bytes, counted were %d", samples, bytes, u.Bytes)
	}
}

// TestSitesSampledMode: every allocation is counted at its site, none twice, and the samples taken beside stand for as much as was counted.
func TestSitesSampledMode(t *testing.T) {
	exe := build(t, "exact")
	const rate = 16 << 10
	r, _, out := hooked(t, exe, hook.Options{Mode: hook.SitesSampled, Depth: 128, Rate: rate}, "-n", "3000", "-goroutines", "2")
	counted, unattributed := sum(r, table.KindAlloc), r.Unattributed()[table.KindAlloc]
	if want := parseFinalStats(t, out).Mallocs; counted.Count != want || unattributed.Count != 0 {
		t.Errorf("counted %d allocations at their sites and %d without, MemStats.Mallocs is %d", counted.Count, unattributed.Count, want)
	}
	var samples, bytes, square float64
	deepest := 0
	for i, s := range r.Stacks() {
		c := r.Counts()[i]
		switch s.Kind {
		case table.KindSample:
			t.Errorf("%+v is a sample of mode sampled", s)
		case table.KindSiteSample:
			weight := 1 / -math.Expm1(-float64(c.Bytes)/float64(c.Count)/rate)
			samples += float64(c.Count)
			bytes += weight * float64(c.Bytes)
			square += float64(c.Count) * math.Pow(weight*float64(c.Bytes)/float64(c.Count), 2)
			deepest = max(deepest, len(s.PCs))
			if s.Type>>48 != 0 {
				t.Errorf("type %#x", s.Type)
			}
		}
	}
	t.Logf("%.0f samples stand for %.0f of %d bytes", samples, bytes, counted.Bytes)
	if off := math.Abs(bytes - float64(counted.Bytes)); off > 5*math.Sqrt(square) || samples < 1000 || deepest < 6 {
		t.Errorf("%.0f samples of at most %d frames stand for %.0f bytes, counted were %d", samples, deepest, bytes, counted.Bytes)
	}
}

// TestEveryAllocationIsASample: where samples lie a byte apart, there is one of every allocation but the first of each P, where the first
// distance is drawn, and they say the same as the sites.
func TestEveryAllocationIsASample(t *testing.T) {
	r, _, out := hooked(t, build(t, "exact"), hook.Options{Mode: hook.SitesSampled, Depth: 128, Rate: 1}, "-n", "300", "-goroutines", "2")
	counted, sampled := sum(r, table.KindAlloc), sum(r, table.KindSiteSample)
	missing := counted.Count - sampled.Count
	// A distance is drawn as a number of bytes, most often 0, and an object of a few bytes may end before it.
	if want := parseFinalStats(t, out).Mallocs; counted.Count != want || sampled.Count > counted.Count || missing > counted.Count/20 {
		t.Errorf("%d samples of %d allocations; MemStats.Mallocs is %d", sampled.Count, counted.Count, want)
	}
}

// TestWholeStacks: in modes that end stacks with their sites, those of some code are kept whole, and nothing is counted twice or left out.
func TestWholeStacks(t *testing.T) {
	exe := build(t, "exact")
	mains := mainCode(t, exe)
	for _, mode := range []hook.Mode{hook.Sites, hook.SitesSampled} {
		keep := func(p *plan.Plan) { p.WholeStacks = [][2]uint64{mains} }
		options := hook.Options{Mode: mode, Depth: 128, Rate: 64 << 10}
		r, p, out := planned(t, exe, options, keep, func(*table.Reader) {}, "-n", "200", "-goroutines", "2")
		counted, unattributed := sum(r, table.KindAlloc), r.Unattributed()[table.KindAlloc]
		if want := parseFinalStats(t, out).Mallocs; counted.Count != want || unattributed.Count != 0 {
			t.Errorf("%s: %d allocations are counted by stack, %d without; MemStats.Mallocs is %d", mode, counted.Count, unattributed.Count, want)
		}
		inside := func(pc uint64, ranges ...[2]uint64) bool {
			return slices.ContainsFunc(ranges, func(r [2]uint64) bool { return pc-1-r[0] < r[1] })
		}
		var whole, short uint64
		for id, s := range r.Stacks() {
			if s.Kind != table.KindAlloc {
				continue
			}
			site := slices.IndexFunc(s.PCs, func(pc uint64) bool { return !inside(pc, p.RuntimeText...) })
			switch n := r.Counts()[id].Count; {
			case site >= 0 && inside(s.PCs[site], mains):
				whole += n
				if s.Cut {
					t.Errorf("%s: of a site in main %d frames are kept: %#x", mode, len(s.PCs), s.PCs)
				}
			case site >= 0 && len(s.PCs) > max(2, site+1):
				t.Errorf("%s: of another site %d frames are kept: %#x", mode, len(s.PCs), s.PCs)
			default:
				short += n
			}
		}
		if whole < 10_000 || short == 0 {
			t.Errorf("%s: whole stacks of %d allocations, sites of %d", mode, whole, short)
		}
	}
}

// mainCode is where the functions of package main are: they lie side by side.
func mainCode(t *testing.T, exe string) (r [2]uint64) {
	t.Helper()
	f, err := elf.Open(exe)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	syms, err := f.Symbols()
	if err != nil {
		t.Fatal(err)
	}
	begin, end := uint64(math.MaxUint64), uint64(0)
	for _, s := range syms {
		if strings.HasPrefix(s.Name, "main.") && elf.ST_TYPE(s.Info) == elf.STT_FUNC {
			begin, end = min(begin, s.Value), max(end, s.Value+s.Size)
		}
	}
	return [2]uint64{begin, end - begin}
}

// TestGrowthHasAStack: a stack's growth is charged to the function whose entry needed it.
func TestGrowthHasAStack(t *testing.T) {
	exe := build(t, "exact")
	r, p, _ := hooked(t, exe, hook.Options{Mode: hook.Exact, Depth: 128}, "-way", "stack growth", "-goroutines", "1", "-n", "1000")
	f, err := elf.Open(exe)
	if err != nil {
		t.Fatal(err)
	}
	syms, err := f.Symbols()
	if err != nil {
		t.Fatal(err)
	}
	var copies, grow uint64
	for i, s := range r.Stacks() {
		if s.Kind != table.KindCopyStack {
			continue
		}
		copies += r.Counts()[i].Count
		for _, sym := range syms {
			if pc := s.PCs[0] - 1; sym.Name == "main.grow" && pc >= sym.Value && pc < sym.Value+sym.Size && len(s.PCs) > 3 {
				grow += r.Counts()[i].Count
			}
		}
	}
	if grow < copies*8/10 || p.PIE {
		t.Errorf("of %d stacks copied, %d are charged to main.grow", copies, grow)
	}
}
