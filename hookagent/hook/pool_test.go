package hook_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"gotop/hookagent/hook"
	"gotop/hookagent/internal/testplan"
	"gotop/hookagent/plan"
	"gotop/hookagent/table"
	"gotop/hookagent/target"
)

// started runs a service that stands before its first instruction with hooks in place, calls f, which may change its tables and says when
// they are done with, and returns a reader of them and what the service printed.
func started(t *testing.T, exe string, o hook.Options, env []string, f func(h *hook.Hooks, pid int) (done func()), args ...string) (*table.Reader, string) {
	t.Helper()
	p, err := testplan.Make(exe)
	if err != nil {
		t.Fatal(err)
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	dir := t.TempDir()
	proc, err := target.Start(p, target.Options{Args: append([]string{exe}, args...), Env: append(os.Environ(), env...), Output: target.Files, Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	h, err := hook.Install(proc, p, o, nil)
	if err != nil {
		_ = proc.Kill()
		t.Fatal(err)
	}
	done := f(h, proc.Pid)
	if err := proc.Release(); err != nil {
		t.Fatal(err)
	}
	if ws, _, err := proc.Wait(); err != nil || ws.ExitStatus() != 0 {
		t.Fatalf("the service ended with %#x, %v", uint32(ws), err)
	}
	done()
	r, err := table.NewReader(h.Mem, h.There)
	if err != nil {
		t.Fatal(err)
	}
	r.Scan()
	out, err := os.ReadFile(filepath.Join(dir, "stdout.log"))
	if err != nil {
		t.Fatal(err)
	}
	return r, string(out)
}

// tending keeps the tables growing.
func tending(h *hook.Hooks, pid int) (done func()) {
	ended := make(chan struct{})
	h.Grow()
	go h.Tend(pid, func() int { return 0 }, ended)
	return func() { close(ended) }
}

// TestFullTables: where the tables may not grow, everything is counted on its site all the same, on stacks that are shorter and say so.
func TestFullTables(t *testing.T) {
	exe := build(t, "manystacks")
	const length = table.PoolOff + 3<<20
	var hooks *hook.Hooks
	r, out := started(t, exe, hook.Options{Mode: hook.Exact, Depth: 128, Length: length}, []string{"GOMAXPROCS=1"}, func(h *hook.Hooks, pid int) func() {
		hooks = h
		return tending(h, pid)
	}, "-stacks", "30000", "-levels", "17", "-rounds", "4")
	if got, want := allOf(r), parseFinalStats(t, out).Mallocs; got != want {
		t.Errorf("hooked %d allocations, MemStats.Mallocs is %d", got, want)
	}
	stacks := len(r.Stacks())
	if u := r.Unattributed()[table.KindAlloc]; u.Count != 0 || stacks < 1000 || stacks > 29000 {
		t.Errorf("%d stacks, and without one %+v", stacks, u)
	}
	whole, short := uint64(0), uint64(0)
	for i, c := range r.Counts() {
		switch s := r.Stacks()[i]; {
		case s.Short && (!s.Cut || len(s.PCs) > 32):
			t.Fatalf("a stack of %d frames is said to have been kept short", len(s.PCs))
		case s.Short:
			short += c.Count
		case s.Kind == table.KindAlloc:
			whole += c.Count
		}
	}
	if whole < 4000 || short < 10000 {
		t.Errorf("whole stacks have %d allocations, short ones %d", whole, short)
	}
	if hooks.There() != length || r.UsedBytes() != length {
		t.Errorf("%q, %d of %d bytes", hooks.Full(), hooks.There(), length)
	}
}

// TestWhyPsHaveNoShard: whether there are more of them than there can be shards, or they came before the agent had looked. Tables are not
// full for that.
func TestWhyPsHaveNoShard(t *testing.T) {
	exe := build(t, "exact")
	for ps, want := range map[int]string{table.FirstPs + 100: "rose above 1024 at once", table.MaxPs + 1: "is above 4096"} {
		r, _ := started(t, exe, hook.Options{Mode: hook.Exact, Depth: 128}, []string{"GOMAXPROCS=8"}, func(h *hook.Hooks, pid int) func() {
			binary.LittleEndian.PutUint64(h.Mem[table.HdrConfig+table.CfgNumPs:], 1)
			return func() {
				done := make(chan struct{})
				var once sync.Once
				h.Tend(pid, func() int { once.Do(func() { close(done) }); return ps }, done)
				if got := h.Short(); !strings.Contains(got, want) || h.Full() != "" {
					t.Errorf("with %d Ps it is said %q, and that the tables are full: %q", ps, got, h.Full())
				}
			}
		}, "-goroutines", "16", "-n", "200")
		if table.WithoutShard(r.Memory()) == 0 {
			t.Error("every P had a shard")
		}
	}
}

// TestPsBeyondTheShards: what they do is counted by kind, to the last one.
func TestPsBeyondTheShards(t *testing.T) {
	exe := build(t, "exact")
	r, out := started(t, exe, hook.Options{Mode: hook.Exact, Depth: 128}, []string{"GOMAXPROCS=8"}, func(h *hook.Hooks, pid int) func() {
		binary.LittleEndian.PutUint64(h.Mem[table.HdrConfig+table.CfgNumPs:], 1)
		return func() {}
	}, "-way", "stack growth", "-goroutines", "16", "-n", "500")
	last := parseFinalStats(t, out)
	if got := allOf(r); got != last.Mallocs {
		t.Errorf("hooked %d allocations, MemStats.Mallocs is %d", got, last.Mallocs)
	}
	u := r.Unattributed()
	if u[table.KindAlloc].Count == 0 || u[table.KindAlloc].Bytes > last.TotalAlloc {
		t.Errorf("without a stack: %+v", u)
	}
	if c := u[table.KindCopyStack]; c.Count == 0 || c.Bytes/c.Count > 1<<20 || c.Waste == 0 || c.Waste >= c.Bytes {
		t.Errorf("copied stacks: %+v", c)
	}
	if table.WithoutShard(r.Memory()) == 0 {
		t.Error("nothing is said of Ps without a shard")
	}
}

// TestManyPs: any number of them has tables.
func TestManyPs(t *testing.T) {
	exe := build(t, "exact")
	for _, ps := range []int{1, 65, 1024} {
		r, out := started(t, exe, hook.Options{Mode: hook.Exact, Depth: 128, Procs: ps}, []string{fmt.Sprint("GOMAXPROCS=", ps)}, tending, "-n", "20", "-goroutines", fmt.Sprint(2*ps))
		if got, want := allOf(r), parseFinalStats(t, out).Mallocs; got != want {
			t.Errorf("%d Ps: hooked %d allocations, MemStats.Mallocs is %d", ps, got, want)
		}
		if u := r.Unattributed()[table.KindAlloc]; u.Count != 0 {
			t.Errorf("%d Ps: without a stack %+v", ps, u)
		}
	}
}

// TestTheNextAgentGrowsTheTables: where one was killed, the next one goes on.
func TestTheNextAgentGrowsTheTables(t *testing.T) {
	exe := build(t, "manystacks")
	cmd := background(t, exe, "-stacks", "60000", "-levels", "17", "-for", "1m")
	p, err := testplan.Make(exe)
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(100 * time.Millisecond)
	proc := open(t, p, cmd.Process.Pid)
	var first *hook.Hooks
	stopped(t, proc, func() (err error) {
		first, err = hook.Install(proc, p, hook.Options{Mode: hook.Exact, Depth: 128, Pid: cmd.Process.Pid}, nil)
		return err
	})
	for next, end := table.Pool(first.Mem); end-next > table.ChunkSize+table.SiteSpare; next, end = table.Pool(first.Mem) {
		time.Sleep(time.Millisecond)
	}
	f, err := hook.Recover(open(t, p, cmd.Process.Pid))
	if err != nil || !f.Counting() {
		t.Fatalf("%v, %v", f, err)
	}
	before := f.Hooks.There()
	done := tending(f.Hooks, cmd.Process.Pid)
	defer done()
	r, err := table.NewReader(f.Hooks.Mem, f.Hooks.There)
	if err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		if r.Scan(); len(r.Stacks()) > 60000 {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("%d stacks, %q", len(r.Stacks()), f.Hooks.Full())
		}
	}
	if f.Hooks.There() < before+10<<20 {
		t.Errorf("%d bytes for 60,000 stacks, %d before", f.Hooks.There(), before)
	}
}

// failing is a service in which the nth thing that an installation does to it fails.
type failing struct {
	*target.Process
	left int
}

var errMade = errors.New("made to fail")

func (f *failing) fails() bool {
	f.left--
	return f.left == 0
}

func (f *failing) Syscall(nr uintptr, args ...uint64) (uint64, error) {
	if f.fails() {
		return 0, errMade
	}
	return f.Process.Syscall(nr, args...)
}

func (f *failing) OpenFile(fd uint64) (*os.File, error) {
	if f.fails() {
		return nil, errMade
	}
	return f.Process.OpenFile(fd)
}

func (f *failing) WriteAt(b []byte, addr uint64) error {
	if f.fails() {
		return errMade
	}
	return f.Process.WriteAt(b, addr)
}

// footprint is what a service has mapped and open, but for its own heap.
func footprint(t *testing.T, pid int) string {
	t.Helper()
	maps, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", pid))
	if err != nil {
		t.Fatal(err)
	}
	fds, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	if err != nil {
		t.Fatal(err)
	}
	ours := regexp.MustCompile(`(?m)^.*(gotop-tables|r-xp 00000000 00:00 0 *$).*$`).FindAll(maps, -1)
	return fmt.Sprintf("%d descriptors, %s", len(fds), bytes.Join(ours, []byte("; ")))
}

// TestNothingStaysWhereItFails: whatever fails, the service has afterwards what it had before, and so has the agent.
func TestNothingStaysWhereItFails(t *testing.T) {
	exe := build(t, "exact")
	cmd := background(t, exe, "-n", "10000000", "-goroutines", "2")
	p, err := testplan.Make(exe)
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(100 * time.Millisecond)
	proc := open(t, p, cmd.Process.Pid)
	pid := cmd.Process.Pid
	before, own := footprint(t, pid), ""
	for n := 1; ; n++ {
		f := &failing{proc, n}
		var h *hook.Hooks
		var failed error
		stopped(t, proc, func() error {
			h, failed = hook.Install(f, p, hook.Options{Mode: hook.Exact, Depth: 128, Pid: pid}, nil)
			return nil
		})
		if failed == nil && f.left > 0 {
			stopped(t, proc, func() error { return h.Restore(proc) })
			for inside(t, proc, h) {
				time.Sleep(time.Millisecond)
			}
			stopped(t, proc, func() error { return h.Unmap(proc) })
			if after := footprint(t, pid); after != before {
				t.Errorf("after leaving: %s, before: %s", after, before)
			}
			t.Logf("%d steps", n-1)
			return
		}
		if failed == nil { // what need not succeed
			for _, hk := range p.Hooks {
				if hk.Kind == plan.Alloc {
					stopped(t, proc, func() error { return h.Restore(proc) })
					for inside(t, proc, h) {
						time.Sleep(time.Millisecond)
					}
					stopped(t, proc, func() error { return h.Unmap(proc) })
				}
			}
			before, own = footprint(t, pid), "" // a descriptor that could not be closed; the agent keeps its mapping
			continue
		}
		if !errors.Is(failed, errMade) {
			t.Fatalf("step %d: %v", n, failed)
		}
		if after := footprint(t, pid); after != before {
			t.Errorf("step %d (%v): %s, before: %s", n, failed, after, before)
			before = after
		}
		if own == "" {
			own = footprint(t, os.Getpid())
		} else if now := footprint(t, os.Getpid()); strings.Count(now, "gotop-tables") != strings.Count(own, "gotop-tables") {
			t.Errorf("step %d: the agent has more mappings than before", n)
		}
		if unix.Kill(pid, 0) != nil {
			t.Fatalf("step %d: the service died", n)
		}
	}
}
