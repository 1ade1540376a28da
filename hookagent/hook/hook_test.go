package hook_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	"gotop/hookagent/hook"
	"gotop/hookagent/internal/testplan"
	"gotop/hookagent/plan"
	"gotop/hookagent/table"
	"gotop/hookagent/target"
)

// build builds one of the repository's test services.
func build(t *testing.T, service string, flags ...string) string {
	t.Helper()
	exe := filepath.Join(t.TempDir(), service)
	cmd := exec.Command("go", append(append([]string{"build", "-o", exe}, flags...), "./"+service)...)
	cmd.Dir = "../../tests/services"
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("building %s: %v\n%s", service, err, out)
	}
	return exe
}

// hooked runs a service with the hooks in place and returns the reader after its end, the plan and what the service printed.
func hooked(t *testing.T, exe string, o hook.Options, args ...string) (*table.Reader, *plan.Plan, string) {
	t.Helper()
	return watched(t, exe, o, func(*table.Reader) {}, args...)
}

// watched is hooked, calling watch when the service has been released.
func watched(t *testing.T, exe string, o hook.Options, watch func(*table.Reader), args ...string) (*table.Reader, *plan.Plan, string) {
	t.Helper()
	return planned(t, exe, o, func(*plan.Plan) {}, watch, args...)
}

// planned is watched, with changes to the plan.
func planned(t *testing.T, exe string, o hook.Options, change func(*plan.Plan), watch func(*table.Reader), args ...string) (*table.Reader, *plan.Plan, string) {
	t.Helper()
	p, err := testplan.Make(exe)
	if err != nil {
		t.Fatal(err)
	}
	change(p)
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	dir := t.TempDir()
	proc, err := target.Start(p, target.Options{Args: append([]string{exe}, args...), Env: os.Environ(), Output: target.Files, Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	h, err := hook.Install(proc, p, o, nil)
	if err != nil {
		_ = proc.Kill()
		t.Fatal(err)
	}
	r, err := table.NewReader(h.Mem, h.There)
	if err != nil {
		_ = proc.Kill()
		t.Fatal(err)
	}
	h.Grow()
	ended := make(chan struct{})
	defer close(ended)
	go h.Tend(proc.Pid, func() int { return 0 }, ended)
	if err := proc.Release(); err != nil {
		t.Fatal(err)
	}
	watch(r)
	ws, _, err := proc.Wait()
	if err != nil || ws.ExitStatus() != 0 {
		stderr, _ := os.ReadFile(filepath.Join(dir, "stderr.log"))
		t.Fatalf("the service ended with %#x, %v\n%s", uint32(ws), err, stderr)
	}
	out, err := os.ReadFile(filepath.Join(dir, "stdout.log"))
	if err != nil {
		t.Fatal(err)
	}
	r.Scan()
	return r, p, string(out)
}

// finalStats is what the test services state last (tests/services/internal/finalstats).
type finalStats struct {
	Mallocs    uint64 `json:"mallocs"`
	TotalAlloc uint64 `json:"total_alloc"`
}

func parseFinalStats(t *testing.T, out string) (f finalStats) {
	t.Helper()
	if err := json.Unmarshal([]byte(out), &f); err != nil {
		t.Fatalf("%v in %q", err, out)
	}
	return f
}

func sum(r *table.Reader, kind table.Kind) (c table.Counters) {
	for i, s := range r.Stacks() {
		if s.Kind == kind {
			c.Count += r.Counts()[i].Count
			c.Bytes += r.Counts()[i].Bytes
			c.Waste += r.Counts()[i].Waste
		}
	}
	return c
}

func TestCountsEqualMemStats(t *testing.T) {
	exe := build(t, "exact")
	for _, depth := range []int{1, 6, 128} {
		r, _, out := hooked(t, exe, hook.Options{Mode: hook.Exact, Depth: depth}, "-n", "300", "-force-gc", "-procs")
		got := sum(r, table.KindAlloc).Count + r.Unattributed()[0].Count
		if want := parseFinalStats(t, out).Mallocs; got != want {
			t.Errorf("depth %d: hooked %d allocations, MemStats.Mallocs is %d", depth, got, want)
		}
		if u := r.Unattributed()[0].Count; u != 0 {
			t.Errorf("depth %d: %d allocations without a stack", depth, u)
		}
		c := sum(r, table.KindAlloc)
		t.Log(len(r.Stacks()), "stacks", got, "allocs", c, parseFinalStats(t, out).TotalAlloc, c.Bytes+c.Waste, sum(r, 1), sum(r, 2), sum(r, 3))
	}
}
