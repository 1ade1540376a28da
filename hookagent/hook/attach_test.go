package hook_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"gotop/hookagent/hook"
	"gotop/hookagent/internal/testplan"
	"gotop/hookagent/plan"
	"gotop/hookagent/table"
	"gotop/hookagent/target"
)

// background starts a service that nobody hooks, and ends it with the test.
func background(t *testing.T, exe string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(exe, args...)
	cmd.Stderr = os.Stderr // how it ends if it does not survive
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_, _ = cmd.Process.Wait()
	})
	return cmd
}

// stopped calls f while the process stands still.
func stopped(t *testing.T, p *target.Process, f func() error) {
	t.Helper()
	if err := p.Stopped(10*time.Second, f); err != nil {
		t.Fatal(err)
	}
}

func open(t *testing.T, p *plan.Plan, pid int) *target.Process {
	t.Helper()
	proc, err := target.Open(p, pid)
	if err != nil {
		t.Fatal(err)
	}
	return proc
}

func allocs(t *testing.T, h *hook.Hooks) uint64 {
	t.Helper()
	r, err := table.NewReader(h.Mem, h.There)
	if err != nil {
		t.Fatal(err)
	}
	return r.Allocs()
}

// inside says whether a thread stands in the injected code.
func inside(t *testing.T, proc *target.Process, h *hook.Hooks) (yes bool) {
	t.Helper()
	stopped(t, proc, func() error {
		w := h.InjectedRanges(proc)
		yes = slices.ContainsFunc(proc.ThreadContexts(), func(c target.ThreadContext) bool { return w.OnStack(c.Code) || c.SignalsBlocked && w.Interrupted(c.SP) })
		return nil
	})
	return yes
}

func TestAttachAndDetachUnderLoad(t *testing.T) {
	exe := build(t, "exact")
	cmd := background(t, exe, "-n", "1000000", "-force-gc", "-goroutines", "6")
	p, err := testplan.Make(exe)
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(50 * time.Millisecond)
	proc := open(t, p, cmd.Process.Pid)
	var left *hook.Recovered
	for range 40 {
		var h *hook.Hooks
		stopped(t, proc, func() (err error) {
			h, err = hook.Install(proc, p, hook.Options{Mode: hook.Exact, Depth: 128}, left)
			return err
		})
		for allocs(t, h) == 0 {
			if !proc.Alive() {
				t.Fatal("the service died")
			}
			time.Sleep(time.Millisecond)
		}
		if f, err := hook.Recover(proc); err != nil || !f.Counting() {
			t.Fatalf("the hooks in place are not found: %v, %v", f, err)
		}
		stopped(t, proc, func() error { return h.Restore(proc) })
		for inside(t, proc, h) { // what had begun ends
			time.Sleep(time.Millisecond)
		}
		n := allocs(t, h)
		time.Sleep(5 * time.Millisecond)
		if m := allocs(t, h); m != n {
			t.Fatalf("counted %d allocations after the code was restored", m-n)
		}
		if err := h.FreeTables(); err != nil {
			t.Fatal(err)
		}
		if left, err = hook.Recover(proc); err != nil || left == nil || left.Counting() {
			t.Fatalf("hooks are found that are not in place: %v, %v", left, err)
		}
		if err := unix.Munmap(h.Mem); err != nil {
			t.Fatal(err)
		}
	}
	maps, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", cmd.Process.Pid))
	if n := bytes.Count(maps, []byte("gotop-tables")); err != nil || n != 1 {
		t.Errorf("the service has %d mappings of tables, %v", n, err)
	}
}

// TestTakeover has a second agent find what the first one left in place, and all that was counted meanwhile.
func TestTakeover(t *testing.T) {
	exe := build(t, "exact")
	cmd := background(t, exe, "-n", "1000000")
	p, err := testplan.Make(exe)
	if err != nil {
		t.Fatal(err)
	}
	proc := open(t, p, cmd.Process.Pid)
	var first *hook.Hooks
	stopped(t, proc, func() (err error) {
		first, err = hook.Install(proc, p, hook.Options{Mode: hook.Exact, Depth: 128}, nil)
		return err
	})
	second := open(t, p, cmd.Process.Pid)
	f, err := hook.Recover(second)
	if err != nil || !f.Counting() {
		t.Fatalf("%v, %v", f, err)
	}
	if n, m := allocs(t, first), allocs(t, f.Hooks); m < n {
		t.Errorf("the second agent sees %d allocations, the first had seen %d", m, n)
	}
	if err := f.Hooks.SetMode(hook.Count, 0); err != nil {
		t.Error(err)
	}
	stopped(t, second, func() error { return f.Hooks.Restore(second) })
	if f, err := hook.Recover(second); err != nil || f.Counting() {
		t.Errorf("%v, %v", f, err)
	}
}

// TestHalfHooked: what an agent leaves that was killed while it was placing or removing hooks is put right by the next.
func TestHalfHooked(t *testing.T) {
	exe := build(t, "exact")
	cmd := background(t, exe, "-n", "1000000", "-force-gc", "-goroutines", "6")
	p, err := testplan.Make(exe)
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(50 * time.Millisecond)
	proc := open(t, p, cmd.Process.Pid)
	stopped(t, proc, func() error {
		if _, err := hook.Install(proc, p, hook.Options{Mode: hook.Exact, Depth: 128}, nil); err != nil {
			return err
		}
		return proc.WriteAt(p.Hooks[0].Expect, p.Hooks[0].At+proc.Bias()) // one of them is gone
	})
	half, err := hook.Recover(proc)
	if err != nil || half == nil || half.Counting() {
		t.Fatalf("half of the hooks are taken for all: %v, %v", half, err)
	}
	stopped(t, proc, func() error { return half.Undo(proc) })
	for inside(t, proc, half.Hooks) { // tables that somebody still writes must not be emptied
		time.Sleep(time.Millisecond)
	}
	stopped(t, proc, func() error {
		_, err := hook.Install(proc, p, hook.Options{Mode: hook.Exact, Depth: 128}, half)
		return err
	})
	whole, err := hook.Recover(proc)
	if err != nil || !whole.Counting() || whole.Header.Started == 0 {
		t.Fatalf("the hooks are not whole again: %+v, %v", whole, err)
	}
	for before := allocs(t, whole.Hooks); allocs(t, whole.Hooks) == before; time.Sleep(time.Millisecond) {
		if !proc.Alive() {
			t.Fatal("the service died")
		}
	}
	stopped(t, proc, func() error { return whole.Hooks.Restore(proc) })
	for _, h := range p.Hooks {
		got := make([]byte, len(h.Expect))
		if err := proc.ReadAt(got, h.At+proc.Bias()); err != nil || !bytes.Equal(got, h.Expect) {
			t.Errorf("%s is % x, %v", h.Name, got, err)
		}
	}
}

// TestCodeRanges: of a service that does nothing but allocate, most stops find somebody in the midst of an allocation; of one that
// waits, none does.
func TestCodeRanges(t *testing.T) {
	found := func(exe string, args ...string) (within int) {
		cmd := background(t, exe, args...)
		p, err := testplan.Make(exe)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(200 * time.Millisecond)
		proc := open(t, p, cmd.Process.Pid)
		for range 60 {
			stopped(t, proc, func() error {
				w := hook.AllocatorRanges(proc, p, nil)
				if slices.ContainsFunc(proc.ThreadContexts(), func(s target.ThreadContext) bool { return w.OnStack(s.Code) }) {
					within++
				}
				return nil
			})
			time.Sleep(time.Millisecond)
		}
		return within
	}
	if n := found(build(t, "exact"), "-n", "1000000"); n < 10 || n == 60 {
		t.Errorf("%d of 60 stops found somebody allocating in a service that does little else", n)
	}
	if n := found(build(t, "ignoreterm")); n != 0 {
		t.Errorf("%d of 60 stops found somebody allocating in a service that waits", n)
	}
}
