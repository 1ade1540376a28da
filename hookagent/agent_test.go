package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"gotop/hookagent/plan"
	"gotop/hookagent/stream"
)

func TestCommandLine(t *testing.T) {
	for line, want := range map[string]struct {
		code           int
		stdout, stderr string
	}{
		"":             {2, "", "usage:"},
		"stop":         {2, "", "usage:"},
		"run":          {2, "", "--plan and --socket are needed"},
		"attach --pid": {2, "", "usage:"},
		"version":      {0, "dev\n", ""},
		"--help":       {0, usage, ""},
	} {
		var stdout, stderr bytes.Buffer
		cmd := exec.Command("/proc/self/exe", strings.Fields(line)...)
		cmd.Env, cmd.Stdout, cmd.Stderr = append(os.Environ(), asAgent+"=1"), &stdout, &stderr
		_ = cmd.Run()
		if got := cmd.ProcessState.ExitCode(); got != want.code || stdout.String() != want.stdout || !strings.Contains(stderr.String(), want.stderr) {
			t.Errorf("hookagent %s: exit code %d, %q, %q", line, got, &stdout, &stderr)
		}
	}
}

// TestRunToTheEnd: viewers hear how the service ended, and the agent stays until they and its launcher are gone.
func TestRunToTheEnd(t *testing.T) {
	exe, planFile, p := service(t, "exitcode")
	a := mustRun(t, "run", planFile, "--", exe, "7", "300ms")
	v, hello := a.view()
	if hello.PID != a.status.Pid || hello.Exe != exe || len(hello.Hooks) != len(p.Hooks) || hello.Attached || hello.Mode != "exact" {
		t.Errorf("hello is %+v", hello)
	}
	var end stream.Ended
	v.await("ended", &end)
	if end.Code == nil || *end.Code != 7 || end.ByUs {
		t.Errorf("the end is %+v", end)
	}
	late, _ := a.view()
	late.await("ended", &end)
	late.conn.Close()
	v.conn.Close()
	a.lifeline.Close()
	if code := a.exitCode(); code != 0 || a.complaints() != "" {
		t.Errorf("the agent ends with %d: %s", code, a.complaints())
	}
	if _, err := os.Stat(a.socket); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("its socket is left: %v", err)
	}
}

// TestStop: a service that was started is ended for a viewer, by force where it does not go.
func TestStop(t *testing.T) {
	exe, planFile, _ := service(t, "ignoreterm")
	a := mustRun(t, "run", planFile, "--output", "stderr", "--", exe)
	v, _ := a.view()
	for deadline := time.Now().Add(patience); !strings.Contains(a.complaints(), "pid"); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the service does not say that it ignores SIGTERM")
		}
	}
	v.send(map[string]any{"t": "stop", "grace_ms": 200})
	var end stream.Ended
	v.await("ended", &end)
	if end.Signal == nil || *end.Signal != int(unix.SIGKILL) || !end.ByUs {
		t.Errorf("the end is %+v", end)
	}
}

// TestAnotherBinary: a plan that is not that of the service is refused before it has run.
func TestAnotherBinary(t *testing.T) {
	exe, _, p := service(t, "short")
	p.Hooks[0].Expect = append(plan.Hex{}, p.Hooks[0].Expect...)
	p.Hooks[0].Expect[2]++
	out := filepath.Join(t.TempDir(), "out")
	a := launch(t, "run", writePlan(t, p), "--", exe, "-out", out)
	if s := a.status; s.OK || s.Code != "bytes-differ" || !strings.Contains(s.Text, "nothing was touched") {
		t.Errorf("the agent's status is %+v", s)
	}
	if code := a.exitCode(); code != 1 {
		t.Errorf("the agent ends with %d", code)
	}
	if _, err := os.Stat(out); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the service has run: %v", err)
	}
}

func TestAttachRefuses(t *testing.T) {
	_, planFile, _ := service(t, "short")
	gone := exec.Command("/bin/true")
	if err := gone.Run(); err != nil {
		t.Fatal(err)
	}
	a := launch(t, "attach", planFile, "--pid", fmt.Sprint(gone.Process.Pid))
	if a.status.OK || a.status.Text == "" || a.exitCode() != 1 {
		t.Errorf("attached to a process that has ended: %+v", a.status)
	}
	if a := launch(t, "attach", planFile+".not", "--pid", "1"); a.status.OK || a.status.Code != "not-found" {
		t.Errorf("without a plan: %+v", a.status)
	}
}

// TestAttachAndDetach: told to end, the agent gives the service its own code back, and the service goes on.
func TestAttachAndDetach(t *testing.T) {
	exe, planFile, p := service(t, "ignoreterm")
	pid := background(t, exe)
	a := mustRun(t, "attach", planFile, "--pid", fmt.Sprint(pid))
	v, hello := a.view()
	if !hello.Attached || !isHooked(t, pid, p) {
		t.Errorf("not attached: %+v", hello)
	}
	v.send(map[string]any{"t": "stop", "grace_ms": 1})
	var refused stream.Error
	v.await("error", &refused)
	if refused.Code != stream.CodeStop {
		t.Errorf("a service that gotop has not started: %+v", refused)
	}
	if err := a.cmd.Process.Signal(unix.SIGTERM); err != nil {
		t.Fatal(err)
	}
	var end stream.Ended
	v.await("ended", &end)
	if code := a.exitCode(); code != 0 || !end.Detached || !isUntouched(t, pid, p) {
		t.Errorf("the agent ends with %d, %+v: %s", code, end, a.complaints())
	}
}

// TestLauncherEnds: an agent that nobody needs leaves a service that it has not started.
func TestLauncherEnds(t *testing.T) {
	exe, planFile, p := service(t, "ignoreterm")
	pid := background(t, exe)
	a := mustRun(t, "attach", planFile, "--pid", fmt.Sprint(pid))
	a.lifeline.Close()
	if code := a.exitCode(); code != 0 || !isUntouched(t, pid, p) {
		t.Errorf("the agent ends with %d: %s", code, a.complaints())
	}
}

// TestSecondAgent: one that is there already is not disturbed; one that was killed is succeeded, with all that was counted.
func TestSecondAgent(t *testing.T) {
	exe, planFile, p := service(t, "ignoreterm")
	pid := background(t, exe)
	first := mustRun(t, "attach", planFile, "--pid", fmt.Sprint(pid))
	_, before := first.view()
	second := launch(t, "attach", planFile, "--pid", fmt.Sprint(pid))
	if s := second.status; s.OK || s.Code != "monitored" || !strings.Contains(s.Text, fmt.Sprint(first.cmd.Process.Pid)) {
		t.Errorf("the second agent's status is %+v", s)
	}
	if err := first.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	first.exitCode()
	if !isHooked(t, pid, p) {
		t.Error("the service does not count any more")
	}
	_, after := mustRun(t, "attach", planFile, "--pid", fmt.Sprint(pid)).view()
	if after.Started != before.Started {
		t.Errorf("the counts began at %d, now at %d", before.Started, after.Started)
	}
}

// TestModeOff: the service has its own code until a viewer wants to see something, and again afterwards.
func TestModeOff(t *testing.T) {
	exe, planFile, p := service(t, "ignoreterm")
	pid := background(t, exe)
	a := mustRun(t, "attach", planFile, "--pid", fmt.Sprint(pid), "--mode", "off")
	v, hello := a.view()
	if hello.Mode != "off" || !isUntouched(t, pid, p) {
		t.Errorf("in mode %s the service is hooked", hello.Mode)
	}
	for _, mode := range []string{"sites", "off", "exact"} {
		v.send(map[string]any{"t": "set", "mode": mode})
		var s stream.Settings
		for s.Mode != mode {
			v.await("settings", &s)
		}
		if on := mode != "off"; isHooked(t, pid, p) != on || isUntouched(t, pid, p) == on {
			t.Errorf("in mode %s the service is not as it should be", mode)
		}
	}
	v.send(map[string]any{"t": "set", "mode": "nonsense"})
	var refused stream.Error
	v.await("error", &refused)
	if refused.Code != stream.CodeMode {
		t.Errorf("a mode that is none: %+v", refused)
	}
}

// TestExecve: an agent whose service has become another program says so and ends; it does not touch that program.
func TestExecve(t *testing.T) {
	exe, planFile, p := service(t, "sampled")
	a := mustRun(t, "run", planFile, "--output", "stderr", "--", exe)
	v, _ := a.view()
	if _, err := io.WriteString(a.stdin, "exec\n"); err != nil {
		t.Fatal(err)
	}
	var end stream.Ended
	v.await("ended", &end)
	if code := a.exitCode(); code != 0 || !strings.Contains(a.complaints(), "replaced itself") {
		t.Errorf("the agent ends with %d, %+v: %s", code, end, a.complaints())
	}
	if !isUntouched(t, a.status.Pid, p) { // it is the same program, started anew
		t.Error("the program that took the service's place was changed")
	}
	if err := unix.Kill(a.status.Pid, unix.SIGKILL); err != nil {
		t.Errorf("the program that took the service's place has ended: %v", err)
	}
}

// TestSampleOnly: nothing is hooked, and what would take hooks is refused.
func TestSampleOnly(t *testing.T) {
	exe, planFile, p := service(t, "sampled")
	if _, ok := symbol(t, exe, "runtime.mbuckets"); !ok {
		t.Fatal("the service has no heap profile")
	}
	pid := background(t, exe)
	a := mustRun(t, "attach", planFile, "--pid", fmt.Sprint(pid), "--sample-only")
	v, hello := a.view()
	if hello.Mode != "sample-only" || len(hello.Hooks) != 0 || hello.Attached || !isUntouched(t, pid, p) {
		t.Errorf("hello is %+v", hello)
	}
	for key, value := range map[string]any{"mode": "exact", "rate": 1000, "budget": 0.03} {
		v.send(map[string]any{"t": "set", key: value})
		var refused stream.Error
		v.await("error", &refused)
		if !strings.Contains(refused.Text, "nothing is hooked") {
			t.Errorf("%s: %+v", key, refused)
		}
	}
	if err := a.cmd.Process.Signal(unix.SIGTERM); err != nil {
		t.Fatal(err)
	}
	var end stream.Ended
	v.await("ended", &end)
	if code := a.exitCode(); code != 0 || !end.Detached {
		t.Errorf("the agent ends with %d, %+v", code, end)
	}
}
