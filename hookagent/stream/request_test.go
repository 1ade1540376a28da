package stream

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"gotop/hookagent/monitor"
)

func TestSet(t *testing.T) {
	var mu sync.Mutex
	var set []string
	a := newAgent(t, func(c *Config) {
		c.SetMode = func(mode string, depth int) error {
			mu.Lock()
			defer mu.Unlock()
			if mode == "nonsense" {
				return errors.New("there is no such mode")
			}
			set = append(set, mode)
			return nil
		}
	})
	one, two := a.join(50*time.Millisecond, false), a.join(60*time.Millisecond, false)
	one.send(map[string]any{"t": "set", "mode": "count", "depth": 9})
	for c, ms := range map[*client]int64{one: 50, two: 60} {
		c.until("settings", func() bool { return len(c.settings) > 0 })
		if got := c.settings[0]; got != (Settings{T: "settings", Mode: "count", Depth: 9, IntervalMS: ms}) {
			t.Errorf("settings are %+v", got)
		}
	}
	n := len(one.settings)
	one.send(map[string]any{"t": "set", "interval_ms": 30})
	one.until("the interval", func() bool { return one.settings[len(one.settings)-1].IntervalMS == 30 })
	if n == len(one.settings) {
		t.Error("no answer")
	}
	for _, bad := range []map[string]any{
		{"t": "set", "mode": "nonsense"}, {"t": "set", "depth": 0}, {"t": "set", "depth": 1 << 40},
		{"t": "set", "interval_ms": 19}, {"t": "set", "interval_ms": 10_001}, {"t": "set", "mode": "exact", "interval_ms": -1},
	} {
		n := len(one.errors)
		one.send(bad)
		one.until("an error", func() bool { return len(one.errors) > n })
		if e := one.errors[n]; e.Code != CodeBadValue && e.Code != CodeMode || e.Text == "" {
			t.Errorf("%v: %+v", bad, e)
		}
	}
	if mode, depth := a.s.Mode(); mode != "count" || depth != 9 || len(set) != 1 {
		t.Errorf("mode is %s, depth %d, set %v", mode, depth, set)
	}
}

func TestStop(t *testing.T) {
	asked := make(chan time.Duration, 1)
	fails := true
	a := newAgent(t, func(c *Config) {
		c.Stop = func(grace time.Duration) error {
			if fails {
				fails = false
				return errors.New("operation not permitted")
			}
			asked <- grace
			return nil
		}
	})
	c := a.join(50*time.Millisecond, false)
	c.send(map[string]any{"t": "stop", "grace_ms": 1})
	c.until("an error", func() bool { return len(c.errors) == 1 })
	if c.errors[0].Code != CodeStop {
		t.Errorf("error is %+v", c.errors[0])
	}
	c.send(map[string]any{"t": "stop", "grace_ms": 1500})
	if got := <-asked; got != 1500*time.Millisecond {
		t.Errorf("grace is %v", got)
	}
	a.m.ReportEnd(monitor.End{})
	c.mustEnd(a)
	if !c.ended.ByUs {
		t.Error("nobody is said to have asked for the end")
	}
}

func TestExe(t *testing.T) {
	exe := strings.Repeat("0123456789", 1000)
	a := newAgent(t, func(c *Config) { c.Exe = strings.NewReader(exe) })
	a.m.ReportEnd(monitor.End{})
	c := a.join(50*time.Millisecond, false)
	c.mustEnd(a)
	c.send(map[string]any{"t": "exe", "off": 5, "len": 7}) // still answered
	c.send(map[string]any{"t": "exe", "off": 9990, "len": 4 << 20})
	c.send(map[string]any{"t": "exe", "off": 10_000, "len": 10})
	c.send(map[string]any{"t": "exe", "off": -1, "len": 10})
	c.send(map[string]any{"t": "exe", "off": 0, "len": 4<<20 + 1})
	c.until("two errors", func() bool { return len(c.errors) == 2 })
	if got := string(c.exe); got != "5678901"+"0123456789"+"$" {
		t.Errorf("got %q", got)
	}
}
