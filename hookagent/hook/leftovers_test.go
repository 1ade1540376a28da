package hook_test

import (
	"errors"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"gotop/hookagent/hook"
	"gotop/hookagent/internal/testplan"
	"gotop/hookagent/plan"
	"gotop/hookagent/table"
	"gotop/hookagent/target"
)

// pageSize of the injected code's mapping.
const pageSize = 0x4000

var errKilled = errors.New("this agent is dead")

// mortal is a service whose agent dies after so many changes to it: what it would undo then stays.
type mortal struct {
	*target.Process
	left int
}

func (m *mortal) dies() bool {
	m.left--
	return m.left < 0
}

func (m *mortal) WriteAt(p []byte, addr uint64) error {
	if m.dies() {
		return errKilled
	}
	return m.Process.WriteAt(p, addr)
}

func (m *mortal) Syscall(nr uintptr, args ...uint64) (uint64, error) {
	if m.dies() {
		return 0, errKilled
	}
	return m.Process.Syscall(nr, args...)
}

// withThread calls f while a thread of the process can make system calls.
func withThread(t *testing.T, proc *target.Process, f func() error) error {
	t.Helper()
	var failed error
	if err := proc.WithThread(10*time.Second, hook.Calls(), func() error { failed = f(); return nil }); err != nil {
		t.Fatal(err)
	}
	return failed
}

// foreign is what the service has that gotop might have put there.
func foreign(t *testing.T, proc *target.Process) (memfds, pages int) {
	t.Helper()
	held, err := proc.Memfds("gotop-tables")
	if err != nil {
		t.Fatal(err)
	}
	code, err := proc.PrivateCode(pageSize)
	if err != nil {
		t.Fatal(err)
	}
	return len(held), len(code)
}

// cleared removes leftovers and returns whether there were any.
func cleared(t *testing.T, proc *target.Process, p *plan.Plan, keep *hook.Hooks) bool {
	t.Helper()
	for end := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
		left, err := hook.FindLeftovers(proc, p, keep)
		if err != nil {
			t.Fatal(err)
		}
		if left.Empty() {
			return false
		}
		err = proc.Stopped(10*time.Second, func() error { return left.Remove(proc, p, keep) })
		if busy := new(target.Obstacle); err == nil {
			return true
		} else if !errors.As(err, &busy) || time.Now().After(end) { // no thread of it can make a system call just now
			t.Fatal(err)
		}
	}
}

// TestAgentsThatDieOnTheirWay: whatever an agent has put into a service when it dies, the next one can take out, and nothing else.
func TestAgentsThatDieOnTheirWay(t *testing.T) {
	exe := build(t, "exact")
	cmd := background(t, exe, "-n", "100000000", "-goroutines", "2")
	p, err := testplan.Make(exe)
	if err != nil {
		t.Fatal(err)
	}
	proc := open(t, p, cmd.Process.Pid)
	clean := func(what string, steps int) {
		t.Helper()
		if memfds, pages := foreign(t, proc); memfds+pages > 0 {
			t.Fatalf("an agent that died %s, %d changes on, left %d memfds and %d pages of code", what, steps, memfds, pages)
		}
	}
	attached, found := false, 0
	for steps := 0; !attached; steps++ {
		var h *hook.Hooks
		err := withThread(t, proc, func() (err error) {
			h, err = hook.Prepare(&mortal{proc, steps}, p, hook.Options{Mode: hook.Exact, Depth: 64}, nil)
			return err
		})
		if attached = err == nil; attached {
			memfds, pages := foreign(t, proc)
			if cleared(t, proc, p, h) {
				t.Error("what is in use was taken out")
			}
			if m, n := foreign(t, proc); m != memfds || n != pages || pages != 1 {
				t.Errorf("of %d memfds and %d pages in use are %d and %d left", memfds, pages, m, n)
			}
			_ = withThread(t, proc, func() error { return h.Discard(proc) })
		} else if !errors.Is(err, errKilled) {
			t.Fatal(err)
		} else if cleared(t, proc, p, nil) {
			found++
		}
		clean("attaching", steps)
	}
	if found < 6 {
		t.Errorf("only %d of the dead agents left something", found)
	}
	for steps, left := 0, false; !left; steps++ {
		err := withThread(t, proc, func() error {
			h, err := hook.Prepare(proc, p, hook.Options{Mode: hook.Exact, Depth: 64}, nil)
			if err != nil {
				t.Fatal(err)
			}
			return h.Unmap(&mortal{proc, steps})
		})
		if left = err == nil; !left && !cleared(t, proc, p, nil) {
			t.Errorf("nothing was found of an agent that died leaving, %d changes on", steps)
		}
		clean("leaving", steps)
	}
	if !proc.Alive() {
		t.Error("the service died")
	}
}

// TestHooksInPlaceAreNoLeftovers: what somebody counts with is not taken out, whoever looks, and neither is what only looks alike.
func TestHooksInPlaceAreNoLeftovers(t *testing.T) {
	exe := build(t, "exact")
	cmd := background(t, exe, "-n", "100000000", "-goroutines", "2")
	p, err := testplan.Make(exe)
	if err != nil {
		t.Fatal(err)
	}
	proc := open(t, p, cmd.Process.Pid)
	var h *hook.Hooks
	stopped(t, proc, func() (err error) {
		h, err = hook.Install(proc, p, hook.Options{Mode: hook.Exact, Depth: 64}, nil)
		return err
	})
	for _, keep := range []*hook.Hooks{h, nil} {
		if cleared(t, proc, p, keep) {
			t.Errorf("hooks in place were taken for leftovers, known to be there: %v", keep != nil)
		}
	}
	// A page of the service's own where the injected code might be, and a file of its own by the tables' name that it uses.
	err = withThread(t, proc, func() error {
		const fixed = unix.MAP_PRIVATE | unix.MAP_ANONYMOUS | unix.MAP_FIXED_NOREPLACE
		at := table.Code(h.Mem) - 0x10000 // where the next one would be
		if _, err := proc.Syscall(unix.SYS_MMAP, at, pageSize, unix.PROT_READ|unix.PROT_EXEC, fixed, ^uint64(0), 0); err != nil {
			return err
		}
		if err := proc.WriteAt([]byte("gotop-tables\x00"), at); err != nil {
			return err
		}
		fd, err := proc.Syscall(unix.SYS_MEMFD_CREATE, at, unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
		if err != nil {
			return err
		}
		f, err := proc.OpenFile(fd)
		if err != nil {
			return err
		}
		defer f.Close()
		return errors.Join(f.Truncate(1<<16), proc.WriteAt([]byte{0xc3, 0x90}, at))
	})
	if err != nil {
		t.Fatal(err)
	}
	if cleared(t, proc, p, h) {
		t.Error("what is the service's own was taken out")
	}
	stopped(t, proc, func() error { return h.Restore(proc) })
	for inside(t, proc, h) {
	}
	if err := withThread(t, proc, func() error { return h.Unmap(proc) }); err != nil {
		t.Fatal(err)
	}
	if memfds, pages := foreign(t, proc); memfds != 1 || pages != 1 || !proc.Alive() {
		t.Errorf("%d memfds and %d pages of the service's own are left, alive: %v", memfds, pages, proc.Alive())
	}
}
