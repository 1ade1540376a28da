package runtimestat

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"gotop/hookagent/internal/testchild"
)

// service is a running one of testdata.
type service struct{ *testchild.Child }

func start(t testing.TB, exe string, env ...string) service {
	t.Helper()
	return service{testchild.Start(t, exe, env...)}
}

// hold makes the service allocate and hold still; with flush it flushes its mcaches before.
func (s service) hold(t testing.TB, flush bool) {
	t.Helper()
	kind := byte('a')
	if flush {
		kind = 'f'
	}
	s.Tell(string(kind))
	if b, err := s.Out.ReadByte(); err != nil || b != kind {
		t.Fatalf("the service says %q, %v", b, err)
	}
}

// truth is what the service's runtime said of itself.
type truth struct {
	mallocs, frees, totalAlloc, stackInuse, heapAlloc, marked, nextGC, numGC, pauseTotal, goroutines, gomaxprocs uint64

	bySize string // MemStats.BySize as fmt prints it
}

func (s service) truth(t testing.TB) (tr truth) {
	t.Helper()
	line := s.Ask("?")
	if _, err := fmt.Sscan(line, &tr.mallocs, &tr.frees, &tr.totalAlloc, &tr.stackInuse, &tr.heapAlloc, &tr.marked, &tr.nextGC,
		&tr.numGC, &tr.pauseTotal, &tr.goroutines, &tr.gomaxprocs); err != nil {
		t.Fatalf("%q: %v", line, err)
	}
	tr.bySize = line[strings.Index(line, "["):]
	return tr
}

func (s service) threads(t testing.TB) uint64 {
	t.Helper()
	tasks, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", s.Pid()))
	if err != nil {
		t.Fatal(err)
	}
	return uint64(len(tasks))
}
