package runtimestat

import (
	"encoding/binary"
	"fmt"
	"slices"
	"testing"
	"time"

	"gotop/hookagent/internal/testchild"
	"gotop/hookagent/internal/testmemory"
	"gotop/hookagent/plan"
)

// crowdOf starts the service with n goroutines in each of four ways of waiting, and returns a reader of their contexts that knows why
// goroutines wait outside of mallocgc, or does not.
func crowdOf(t testing.TB, goCommand string, n int, knows bool) *GoroutineContexts {
	t.Helper()
	exe := testchild.Build(t, "goroutines", goCommand)
	p := planOf(t, exe)
	s := start(t, exe, fmt.Sprintf("CROWD=%d", n))
	s.says(t)
	if knows {
		p.WaitsOutsideMalloc = waitsOf(t, s, p, n)
	}
	return NewGoroutineContexts(p, s.Bias(p.Entry), s.Memory)
}

// waitsOf returns the reasons for which n goroutines or more of the service wait.
func waitsOf(t testing.TB, s service, p *plan.Plan, n int) (reasons []plan.WaitReason) {
	t.Helper()
	g, err := NewGoroutines(p, s.Bias(p.Entry), s.Memory).Read()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range g.Rows {
		if row.Count >= uint64(n) && row.Status == gWaiting {
			reasons = append(reasons, plan.WaitReason(row.Wait))
		}
	}
	return reasons
}

// TestContextsOfThoseInTheAllocator: of thousands of goroutines that wait for something else, none is followed; where it is not known
// for what, as many as there is room for, and the others are said not to have been seen.
func TestContextsOfThoseInTheAllocator(t *testing.T) {
	for version, goCommand := range testchild.Toolchains() {
		t.Run(version, func(t *testing.T) {
			const n = 500
			for _, knows := range []bool{true, false} {
				contexts := crowdOf(t, goCommand, n, knows)
				if err := contexts.Prepare(); err != nil {
					t.Fatal(err)
				}
				list, unseen, err := contexts.Read(time.Hour)
				if err != nil {
					t.Fatal(err)
				}
				if knows && (len(list) > 40 || unseen > 0) { // the runtime's own, and what was stopped in the midst of something
					t.Errorf("%d are followed, %d were not looked at", len(list), unseen)
				}
				if !knows && (len(list) != maxGoroutineContexts || unseen < 4*n-maxGoroutineContexts) {
					t.Errorf("%d are followed, %d were not looked at, of 4 × %d that wait for nobody knows what", len(list), unseen, n)
				}
			}
		})
	}
}

// TestContextsOfNewGoroutines: those that came after the preparation are looked at, too, and those for which there was no time are counted.
func TestContextsOfNewGoroutines(t *testing.T) {
	contexts := crowdOf(t, "go", 500, true)
	list, unseen, err := contexts.Read(time.Hour) // nothing is prepared: all are new
	if err != nil || unseen < 4*500-maxNewGoroutines || len(list) > 40 {
		t.Errorf("%d are followed, %d were not looked at, %v", len(list), unseen, err)
	}
	if err := contexts.Prepare(); err != nil {
		t.Fatal(err)
	}
	if list, unseen, err := contexts.Read(-1); err != nil || unseen < 4*500 || len(list) > 0 {
		t.Errorf("without time %d are followed, %d were not looked at, %v", len(list), unseen, err)
	}
}

// TestWhoMayBeInTheAllocator: by status, reason and where it goes on.
func TestWhoMayBeInTheAllocator(t *testing.T) {
	p := &plan.Plan{Vars: map[string]uint64{"runtime.allgs": 0x100}, WaitsOutsideMalloc: []plan.WaitReason{14}, Layout: map[string]uint64{
		"g.stack.lo": 0, "g.stack.hi": 8, "g.sched.pc": 16, "g.sched.sp": 24, "g.sched.bp": 32, "g.atomicstatus": 40, "g.waitreason": 44, "g.startpc": 48}}
	const enters, amidst = 0x4000, 0x4010
	var slots, want []uint64
	m := testmemory.Pieces{}
	add := func(status uint32, reason byte, pc uint64, may bool) {
		at := 0x10000 + 0x100*uint64(len(slots))
		g := testmemory.Words(1, 2, pc, at, 5, 0, enters)
		binary.LittleEndian.PutUint32(g[40:], status)
		g[44] = reason
		m[at], slots = g, append(slots, at)
		if may {
			want = append(want, at)
		}
	}
	add(gRunnable, 0, enters, false)
	add(gRunnable, 14, amidst, true) // the reason is an old one
	add(gWaiting, 14, amidst, false)
	add(gWaiting, 11, amidst, true)
	add(gWaiting|gScan, 11, amidst, true)
	add(gPreempted, 14, amidst, true)
	add(2, 0, amidst, false) // a thread runs it, and is looked at itself
	add(gDead, 0, amidst, false)
	m[0x100] = testmemory.Words(0x200, uint64(len(slots)), uint64(len(slots)))
	m[0x200] = testmemory.Words(slots...)
	list, unseen, err := NewGoroutineContexts(p, 0, m).Read(time.Hour)
	if err != nil || unseen != 0 {
		t.Fatal(unseen, err)
	}
	var got []uint64
	for _, c := range list {
		got = append(got, c.SP)
	}
	if !slices.Equal(got, want) {
		t.Errorf("%#x may be in the allocator, want %#x", got, want)
	}
}

// BenchmarkContexts is how long a service of 20,000 goroutines stands still while they are looked at: go test -bench Contexts ./runtimestat.
func BenchmarkContexts(b *testing.B) {
	contexts := crowdOf(b, "go", 5000, true)
	if err := contexts.Prepare(); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, unseen, err := contexts.Read(time.Hour); err != nil || unseen > 0 {
			b.Fatal(unseen, err)
		}
	}
}
