package hook_test

import (
	"testing"
	"time"

	"gotop/hookagent/hook"
	"gotop/hookagent/table"
)

// exiting runs a service that exits from four goroutines at once, calls answer when it is in its exit hook, and returns how long it
// lived from then on.
func exiting(t *testing.T, exe string, answer func(*table.Reader)) time.Duration {
	t.Helper()
	var at time.Time
	watched(t, exe, hook.Options{Mode: hook.Exact, Depth: 8}, func(r *table.Reader) {
		if !r.WaitExit(10 * time.Second) {
			t.Fatal("the service did not come to its exit hook")
		}
		at = time.Now()
		answer(r)
	}, "0", "0s", "4")
	return time.Since(at)
}

// TestAllExitsWait: those that exit later do not cut short the first one's wait for the agent.
func TestAllExitsWait(t *testing.T) {
	exe := build(t, "exitcode")
	const late = 200 * time.Millisecond
	if lived := exiting(t, exe, func(r *table.Reader) { time.Sleep(late); r.AckExit() }); lived < late {
		t.Errorf("the agent answered after %s, the service lived for %s", late, lived)
	}
	if lived := exiting(t, exe, func(*table.Reader) {}); lived < 400*time.Millisecond {
		t.Errorf("without an answer the service lived for %s", lived)
	}
}
