package target

import (
	"testing"
	"time"

	"gotop/hookagent/internal/testchild"
	"gotop/hookagent/internal/testplan"
)

// TestIdleThreads: the runtime's own are told from those that wait with a goroutine of theirs, in every version.
func TestIdleThreads(t *testing.T) {
	for version, command := range testchild.Toolchains() {
		t.Run(version, func(t *testing.T) {
			exe := testchild.Build(t, "locked", command)
			child := testchild.Start(t, exe)
			if line := child.Line(); line != "ready" {
				t.Fatal(line)
			}
			p, err := testplan.Make(exe)
			if err != nil {
				t.Fatal(err)
			}
			proc, err := Open(p, child.Pid())
			if err != nil {
				t.Fatal(err)
			}
			// A locked thread belongs to none for a moment while it hands its P on.
			idle, all := 0, 0
			for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
				if idle, all = len(proc.idleThreads()), proc.threadCount(); idle >= 1 && idle <= all-40 {
					return
				}
			}
			t.Errorf("%d of %d threads are idle, of which 40 are locked", idle, all)
		})
	}
}
