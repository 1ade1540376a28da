package target

import (
	"errors"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"gotop/hookagent/internal/testchild"
	"gotop/hookagent/plan"
)

// shell runs commands that are written to it, one a line; probing at its entry point.
func shell(t *testing.T) (*ReadOnly, *testchild.Child) {
	t.Helper()
	child := testchild.Start(t, "/bin/sh")
	do(t, child, "echo here")
	r, err := OpenReadOnly(&plan.Plan{}, child.Pid())
	if err != nil {
		t.Fatal(err)
	}
	return r, child
}

func do(t *testing.T, child *testchild.Child, command string) {
	t.Helper()
	if line := child.Ask(command + "\n"); line != "here" {
		t.Fatal(line)
	}
}

// TestReadingEndsWithTheProgram: after an execve the same number is another program, which must not be read.
func TestReadingEndsWithTheProgram(t *testing.T) {
	r, child := shell(t)
	b := make([]byte, 4)
	if err := r.ReadAt(b, r.probe); err != nil || r.Gone() || r.Replaced() {
		t.Fatalf("the program that was opened: %v", err)
	}
	do(t, child, "exec /bin/sh -c 'echo here; read x; exit 0'")
	if err := r.ReadAt(b, r.probe); !errors.Is(err, ErrGone) || !r.Gone() || !r.Replaced() {
		t.Errorf("after an execve: %v", err)
	}
}

func TestReadingOfAProcessThatHasEnded(t *testing.T) {
	r, child := shell(t)
	child.Tell("exit\n")
	if err := r.waitEnd(); err != nil {
		t.Fatal(err)
	}
	if err := r.ReadAt(make([]byte, 4), r.probe); !errors.Is(err, ErrGone) || r.Replaced() {
		t.Errorf("%v, replaced: %v", err, r.Replaced())
	}
	if _, err := OpenReadOnly(&plan.Plan{}, 1<<22-1); err == nil {
		t.Error("a process that there is not")
	}
}

// TestStarted: between the moments before and after the start, to a tick.
func TestStarted(t *testing.T) {
	monotonic := func() time.Duration {
		var ts unix.Timespec
		if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts); err != nil {
			t.Fatal(err)
		}
		return time.Duration(ts.Nano())
	}
	before := monotonic()
	r, _ := shell(t)
	after := monotonic()
	started, err := r.Started()
	if err != nil || started < before-2*clockTick || started > after {
		t.Errorf("started at %v, between %v and %v: %v", started, before, after, err)
	}
}
