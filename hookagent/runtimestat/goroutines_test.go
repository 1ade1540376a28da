package runtimestat

import (
	"debug/elf"
	"fmt"
	"math/rand/v2"
	"testing"

	"gotop/hookagent/internal/testchild"
)

// startGoroutines starts the service with n goroutines of each kind and returns a reader of them.
func startGoroutines(t testing.TB, goCommand string, n int) (service, *GoroutineReader, map[string]uint64) {
	t.Helper()
	exe := testchild.Build(t, "goroutines", goCommand)
	p := planOf(t, exe)
	s := start(t, exe, fmt.Sprintf("CROWD=%d", n))
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(p.GoVersion)
		}
	})
	bias := s.Bias(p.Entry)
	entries := map[string]uint64{}
	f, err := elf.Open(exe)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	syms, err := f.Symbols()
	if err != nil {
		t.Fatal(err)
	}
	for _, sym := range syms {
		entries[sym.Name] = sym.Value + bias
	}
	return s, NewGoroutines(p, bias, s.Memory), entries
}

// says is what the service's runtime says: runtime.NumGoroutine and MemStats.StackInuse.
func (s service) says(t testing.TB) (goroutines, stackInuse uint64) {
	t.Helper()
	if _, err := fmt.Sscan(s.Ask("?"), &goroutines, &stackInuse); err != nil {
		t.Fatal(err)
	}
	return goroutines, stackInuse
}

func TestGoroutines(t *testing.T) {
	for version, goCommand := range testchild.Toolchains() {
		t.Run(version, func(t *testing.T) {
			const n = 500
			s, r, entries := startGoroutines(t, goCommand, n)
			want, inuse := s.says(t)
			g, err := r.Read()
			if err != nil {
				t.Fatal(err)
			}
			if g.System == nil || g.Live-*g.System != want {
				t.Errorf("%d goroutines live, of the runtime's own %v; NumGoroutine says %d", g.Live, g.System, want)
			}
			starts := map[uint64]GoroutineRow{}
			var live, bytes uint64
			for _, row := range g.Rows {
				live += row.Count
				bytes += row.StackBytes
				if row.Count >= n {
					starts[row.Start] = row
				}
			}
			if live != g.Live {
				t.Errorf("rows have %d goroutines, %d live", live, g.Live)
			}
			for _, name := range []string{"main.receive", "main.sleep", "main.lock"} {
				if row := starts[entries[name]]; row.Count != n || row.Status != gWaiting || row.StackBytes < n*2048 || row.Wait == 0 || row.Go == 0 {
					t.Errorf("%s: %+v", name, row)
				}
			}
			if bytes+g.DeadBytes > inuse || bytes < n*(3*2048+8192) {
				t.Errorf("stacks of %d and %d bytes, StackInuse is %d", bytes, g.DeadBytes, inuse)
			}
			if g.Dead == 0 {
				t.Error("nobody is dead")
			}
		})
	}
}

// TestManyGoroutines: of 100,000 none is missing, and their stacks are nearly all of StackInuse.
func TestManyGoroutines(t *testing.T) {
	s, r, _ := startGoroutines(t, "go", 25_000)
	want, inuse := s.says(t)
	for i := range 3 {
		g, err := r.Read()
		if err != nil {
			t.Fatal(err)
		}
		if g.Live-*g.System != want {
			t.Errorf("%d goroutines, NumGoroutine says %d", g.Live-*g.System, want)
		}
		if i == 0 {
			bytes := g.DeadBytes
			for _, row := range g.Rows {
				bytes += row.StackBytes
			}
			if bytes > inuse || bytes < inuse*9/10 {
				t.Errorf("stacks have %d bytes, StackInuse is %d", bytes, inuse)
			}
		}
	}
}

// BenchmarkManyGoroutines is what reading 100,000 of them takes: go test -bench ManyGoroutines ./runtimestat.
func BenchmarkManyGoroutines(b *testing.B) {
	_, r, _ := startGoroutines(b, "go", 25_000)
	for b.Loop() {
		if _, err := r.Read(); err != nil {
			b.Fatal(err)
		}
	}
}

// TestGoroutinesGarbage: whatever memory holds, reading ends.
func TestGoroutinesGarbage(t *testing.T) {
	p := planOf(t, testchild.Build(t, "quiet", "go"))
	for i := range 200 {
		g := &garbage{rand: rand.New(rand.NewPCG(3, uint64(i))), kind: i % 4}
		r := NewGoroutines(p, 0, g)
		for range 3 {
			_, _ = r.Read()
		}
		if g.reads > 1<<30 {
			t.Fatalf("kind %d: %d bytes were read", g.kind, g.reads)
		}
	}
}

func TestBatches(t *testing.T) {
	const size = 300
	addrs := []uint64{page - 100, 2*page - 50, 2*page + 260, 9 * page}
	for a := uint64(20 * page); a < 3000*page; a += 448 {
		addrs = append(addrs, a)
	}
	n := 0
	for _, b := range batches(addrs, size, batchPages) {
		for _, at := range b.gs {
			first, last := b.pages[at/page]+uint64(at)%page, b.pages[(at+size-1)/page]+uint64(at+size-1)%page
			if first != addrs[n] || last != addrs[n]+size-1 {
				t.Fatalf("%#x is read from %#x to %#x", addrs[n], first, last)
			}
			n++
		}
	}
	if n != len(addrs) {
		t.Errorf("%d of %d", n, len(addrs))
	}
}
