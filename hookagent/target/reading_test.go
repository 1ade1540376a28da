package target

import (
	"bufio"
	"errors"
	"io"
	"os/exec"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"gotop/hookagent/plan"
)

// shell runs commands that are written to it, one a line; probing at its entry point.
func shell(t *testing.T) (*Reading, io.WriteCloser, *bufio.Reader) {
	t.Helper()
	cmd := exec.Command("/bin/sh")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	lines := bufio.NewReader(out)
	do(t, in, lines, "echo here")
	r, err := OpenReading(&plan.Plan{}, cmd.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	return r, in, lines
}

func do(t *testing.T, in io.Writer, out *bufio.Reader, command string) {
	t.Helper()
	if _, err := io.WriteString(in, command+"\n"); err != nil {
		t.Fatal(err)
	}
	if line, err := out.ReadString('\n'); err != nil || !strings.Contains(line, "here") {
		t.Fatalf("%q, %v", line, err)
	}
}

// TestReadingEndsWithTheProgram: after an execve the same number is another program, which must not be read.
func TestReadingEndsWithTheProgram(t *testing.T) {
	r, in, out := shell(t)
	b := make([]byte, 4)
	if err := r.ReadAt(b, r.probe); err != nil || r.Gone() || r.Replaced() {
		t.Fatalf("the program that was opened: %v", err)
	}
	do(t, in, out, "exec /bin/sh -c 'echo here; read x'")
	if err := r.ReadAt(b, r.probe); !errors.Is(err, ErrGone) || !r.Gone() || !r.Replaced() {
		t.Errorf("after an execve: %v", err)
	}
}

func TestReadingOfAProcessThatHasEnded(t *testing.T) {
	r, in, _ := shell(t)
	if _, err := io.WriteString(in, "exit\n"); err != nil {
		t.Fatal(err)
	}
	if err := r.waitEnd(); err != nil {
		t.Fatal(err)
	}
	if err := r.ReadAt(make([]byte, 4), r.probe); !errors.Is(err, ErrGone) || r.Replaced() {
		t.Errorf("%v, replaced: %v", err, r.Replaced())
	}
	if _, err := OpenReading(&plan.Plan{}, 1<<22-1); err == nil {
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
	r, _, _ := shell(t)
	after := monotonic()
	started, err := r.Started()
	if err != nil || started < before-2*clockTick || started > after {
		t.Errorf("started at %v, between %v and %v: %v", started, before, after, err)
	}
}
