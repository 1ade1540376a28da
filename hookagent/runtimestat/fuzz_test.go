package runtimestat

import (
	"encoding/binary"
	"encoding/json"
	"maps"
	"os"
	"runtime"
	"slices"
	"testing"

	"gotop/hookagent/internal/testmemory"
	"gotop/hookagent/plan"
)

// realPlan has the layout of Go 1.26, and variables a page apart.
func realPlan(t testing.TB) *plan.Plan {
	t.Helper()
	b, err := os.ReadFile("../../gotop/golang/layouts/amd64/go1.26.json")
	if err != nil {
		t.Fatal(err)
	}
	var known struct {
		Layout      map[string]uint64 `json:"layout"`
		SizeClasses []uint64          `json:"size_classes"`
	}
	if err := json.Unmarshal(b, &known); err != nil {
		t.Fatal(err)
	}
	p := &plan.Plan{Layout: known.Layout, SizeClasses: known.SizeClasses, Vars: map[string]uint64{}}
	for i, name := range []string{"memstats", "mheap_", "allp", "sched", "allglen", "allgptr", "gcController", "gomaxprocs", "mcache0", "firstmoduledata"} {
		p.Vars["runtime."+name] = uint64(i+1) * page
	}
	return p
}

// FuzzMemory: whatever a service's memory holds and whatever the plan says of structures, reading ends, does not need more memory
// than a real service would make it need, and says nothing that cannot be.
func FuzzMemory(f *testing.F) {
	p := realPlan(f)
	names := make([]string, 0, len(p.Layout))
	for name := range p.Layout {
		names = append(names, name)
	}
	slices.Sort(names)
	small := make([]byte, 4096)
	for i := 0; i < len(small); i += 8 {
		small[i] = 1 // one P, one goroutine, one of everything
	}
	f.Add(small, uint16(0), uint64(0))
	f.Add(make([]byte, 64), uint16(1), uint64(1<<19))
	f.Add(binary.LittleEndian.AppendUint64(nil, 0xc000001000), uint16(9), ^uint64(0))
	f.Add([]byte{0, 0, 0, 4, 0, 0, 0, 0}, uint16(0), uint64(0)) // a list of modules in a circle, each with 64 MiB of names
	f.Fuzz(func(t *testing.T, data []byte, field uint16, offset uint64) {
		p := *p
		p.Layout = maps.Clone(p.Layout) // reading the plan again would take most of the time
		p.Layout[names[int(field)%len(names)]] = offset
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		m := &testmemory.Repeated{Data: data, Budget: 16 << 20}
		figures := New(&p, 0, m).Read()
		for _, v := range []*uint64{figures.Goroutines, figures.Threads, figures.GOMAXPROCS, figures.HeapLive, figures.StackInuse} {
			if v != nil && int64(*v) < 0 {
				t.Fatalf("%+v", figures)
			}
		}
		goroutines := NewGoroutines(&p, 0, m)
		for range 2 {
			if g, err := goroutines.Read(); err == nil && g.Live+g.Dead > maxGoroutines {
				t.Fatalf("%+v", g)
			}
		}
		types := NewTypes(&p, 0, m)
		for _, at := range []uint64{0, page, 0xc000000000, ^uint64(0) - 7} {
			if name, _ := types.Name(at); len(name) > maxName {
				t.Fatalf("a name of %d bytes", len(name))
			}
			_, _ = types.Pointers(at)
		}
		runtime.ReadMemStats(&after)
		if used := after.TotalAlloc - before.TotalAlloc; used > 512<<20 {
			t.Fatalf("%d MiB of memory were needed", used>>20)
		}
	})
}

// TestGoroutinesThatOverlap: what lies in one place twice is not believed.
func TestGoroutinesThatOverlap(t *testing.T) {
	p := realPlan(t)
	m := testmemory.Pieces{
		p.Vars["runtime.allglen"]: testmemory.Words(2), p.Vars["runtime.allgptr"]: testmemory.Words(0x10000),
		0x10000: testmemory.Words(0x20000, 0x20010),
	}
	if _, err := NewGoroutines(p, 0, m).Read(); err == nil {
		t.Error("two goroutines 16 bytes apart were believed")
	}
}
