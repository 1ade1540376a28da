package main

import (
	"os"
	"os/exec"
	"testing"
	"time"
)

func TestWhoNeedsTheAgent(t *testing.T) {
	for u, needed := range map[users]bool{
		{launcher: true}: true,
		{launcher: true, child: true, ended: true}: true, // it may want the last figures
		{viewers: 1, ended: true}:                  true,
		{child: true}:                              true, // its end has to be seen
		{child: true, ended: true}:                 false,
		{}:                                         false,
		{ended: true}:                              false,
	} {
		if u.needAgent() != needed {
			t.Errorf("%+v: needed is %v", u, !needed)
		}
	}
}

func TestLauncherGone(t *testing.T) {
	<-launcherGone(nil)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	gone := launcherGone(r)
	if closed(gone) {
		t.Error("it is said to have ended, and lives")
	}
	w.Close()
	<-gone
}

// TestGoodMomentsToAttach: with nobody allocating at once, with few after some tries, with any number when it has been tried for long
// enough, or when the service has stood still for long enough.
func TestGoodMomentsToAttach(t *testing.T) {
	const unknown, soon = -1, time.Millisecond
	for _, c := range []struct {
		allocating, try int
		stood, tried    time.Duration
		good            bool
	}{
		{0, 1, soon, soon, true}, {few, 1, soon, soon, false}, {few, patientTries, soon, soon, true}, {few + 1, patientTries, soon, soon, false},
		{few + 1, attachTries, soon, soon, true}, {few + 1, 2, longestStandstill, soon, true}, {few + 1, 2, soon, triedLongEnough, true},
		{unknown, 1, soon, soon, false}, {unknown, patientTries, soon, soon, false}, {unknown, attachTries, soon, soon, true},
	} {
		if goodEnough(c.allocating, c.try, c.stood, c.tried) != c.good {
			t.Errorf("%+v: good is %v", c, !c.good)
		}
	}
}

func TestEnvironmentOfTheService(t *testing.T) {
	t.Setenv("GODEBUG", "")
	t.Setenv(serviceEnv, `{"GODEBUG": "gctrace=1", "GOGC": "50"}`)
	env, err := environment()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("/bin/sh", "-c", `echo "$GODEBUG $GOGC $`+serviceEnv+`"`)
	cmd.Env = env
	if out, err := cmd.Output(); err != nil || string(out) != "gctrace=1 50 \n" {
		t.Errorf("the service sees %q, %v", out, err)
	}
	t.Setenv(serviceEnv, "nonsense")
	if _, err := environment(); err == nil {
		t.Error("nonsense is an environment")
	}
}

func TestCPUTime(t *testing.T) {
	before, ok := cpuTime(os.Getpid())
	if !ok {
		t.Fatal("the CPU time of this process cannot be read")
	}
	for deadline := time.Now().Add(time.Minute); ; {
		if now, _ := cpuTime(os.Getpid()); now > before {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("a minute of work took no CPU time")
		}
	}
	cmd := exec.Command("/bin/true")
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	if _, ok := cpuTime(cmd.Process.Pid); ok {
		t.Error("the CPU time of a process that has ended was read")
	}
}

func TestProfileDepth(t *testing.T) {
	for version, depth := range map[string]int{"go1.21.13": 32, "go1.22": 32, "go1.23.0": 128, "go1.27rc1": 128, "devel +abc": 128} {
		if got := profileDepth(version); got != depth {
			t.Errorf("%s keeps %d frames, want %d", version, got, depth)
		}
	}
}

// TestOneAgentAttachesAtATime: the second waits until the first is done.
func TestOneAgentAttachesAtATime(t *testing.T) {
	lock := func() func() {
		done, err := lockAttaching(os.Getpid())
		if err != nil {
			t.Error(err)
			return func() {}
		}
		return done
	}
	first := lock()
	locked := make(chan func())
	go func() { locked <- lock() }()
	select {
	case <-locked:
		t.Fatal("both attach at the same time")
	case <-time.After(100 * time.Millisecond):
	}
	first()
	(<-locked)()
}
