package stream

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"gotop/hookagent/monitor"
	"gotop/hookagent/table"
)

func TestTwoViewersSeeTheSame(t *testing.T) {
	a := newAgent(t, nil)
	quick, slow := a.join(20*time.Millisecond, false), a.join(190*time.Millisecond, false)
	var wg sync.WaitGroup
	for _, c := range []*client{quick, slow} {
		wg.Add(1)
		go func() {
			defer wg.Done()
			c.mustEnd(a)
		}()
	}
	for i := range 400 {
		if i%4 == 0 {
			a.define(i % 7)
		}
		a.tables.Count(i/8, table.Counters{Count: 1, Bytes: uint64(i), Waste: 1})
		time.Sleep(time.Millisecond)
	}
	a.m.Ended(monitor.End{})
	wg.Wait()
	if len(quick.ticks) <= len(slow.ticks) {
		t.Errorf("%d ticks for the quick viewer, %d for the slow", len(quick.ticks), len(slow.ticks))
	}
	if len(quick.defined) != 100 || len(slow.defined) != 100 {
		t.Errorf("%d and %d stacks", len(quick.defined), len(slow.defined))
	}
	last := quick.ticks[len(quick.ticks)-1].Totals
	if last != slow.ticks[len(slow.ticks)-1].Totals || last.Allocs != 400 || last.Stacks != 100 {
		t.Errorf("totals at the end: %+v", last)
	}
}

// TestDeafViewer: one that does not read for a while gets everything later; another is served meanwhile.
func TestDeafViewer(t *testing.T) {
	a := newAgent(t, nil)
	deaf, other := a.join(20*time.Millisecond, false), a.join(20*time.Millisecond, false)
	const stacks = 3000
	for range stacks {
		a.define(100) // more than the socket holds
	}
	for round := range 50 {
		for id := range stacks {
			a.tables.Count(id, table.Counters{Count: 1, Bytes: uint64(round), Waste: 2})
		}
		other.until("the other viewer's sums", func() bool { return other.same(a) })
	}
	deaf.until("the deaf viewer's sums", func() bool { return deaf.same(a) })
	if len(deaf.ticks) >= len(other.ticks) {
		t.Errorf("%d ticks for the deaf viewer, %d for the other", len(deaf.ticks), len(other.ticks))
	}
	if got := deaf.defined[stacks-1]; len(got.PCs) != 100 || got.PCs[99] != 0x400063 {
		t.Errorf("stack is %+v", got)
	}
}

// TestDroppedViewer: one that takes nothing at all is let go.
func TestDroppedViewer(t *testing.T) {
	defer func(d time.Duration) { writeTimeout = d }(writeTimeout)
	writeTimeout = 200 * time.Millisecond
	a := newAgent(t, nil)
	a.join(20*time.Millisecond, false)
	for range 30_000 {
		a.define(100)
	}
	for deadline := time.Now().Add(patience); a.s.Viewers() > 0; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the viewer is still there")
		}
	}
}

func TestRejoin(t *testing.T) {
	a := newAgent(t, nil)
	id := a.define(3)
	a.tables.Count(id, table.Counters{Count: 2, Bytes: 64})
	first := a.join(20*time.Millisecond, false)
	first.until("the sums", func() bool { return first.same(a) })
	first.conn.Close()
	a.tables.Count(id, table.Counters{Count: 1, Bytes: 32})
	again := a.join(20*time.Millisecond, false)
	again.until("a tick", func() bool { return len(again.ticks) == 1 })
	if !again.same(a) {
		t.Errorf("the first tick has %v, not everything", again.counts)
	}
	if got := again.ticks[0]; got.DurNS != got.At-1 {
		t.Errorf("the first tick spans %d ns, the hooks were placed %d ns ago", got.DurNS, got.At-1)
	}
	a.m.Ended(monitor.End{})
	after := a.join(20*time.Millisecond, false)
	after.mustEnd(a)
}

func TestHello(t *testing.T) {
	a := newAgent(t, func(c *Config) { c.Hello.Hooks = []string{"runtime.mallocgc"} })
	c := a.join(time.Hour, false)
	h := c.hello
	if h.Proto != Proto || h.Agent != "test" || h.Mode != "exact" || h.Depth != 64 || h.IntervalMS != 10_000 || len(h.Hooks) != 1 {
		t.Errorf("hello is %+v", h)
	}
	if h.Args == nil || h.Partial == nil {
		t.Error("a list is nil")
	}
	if d := time.Since(time.Unix(0, h.Unix)); h.Mono <= 0 || d < 0 || d > patience {
		t.Errorf("clocks: %d, %d", h.Mono, h.Unix)
	}
}

// TestEndInOrder: everything that was counted, logged or named comes before the end, also where a tick cannot hold it.
func TestEndInOrder(t *testing.T) {
	a := newAgent(t, nil)
	c := a.join(10*time.Second, false)
	c.until("the first tick", func() bool { return len(c.ticks) == 1 })
	for i := range 10 {
		a.tables.Count(a.define(1), table.Counters{Count: uint64(i + 1)})
	}
	a.tables.Happen(2, table.Event{Kind: table.EventSTW, Args: [5]uint64{30, 1, 10, 20}})
	code := 3
	a.m.Ended(monitor.End{Code: &code})
	c.mustEnd(a)
	if len(c.stw) != 1 || c.lost != 2 || c.stw[0] != (STW{At: 30, Reason: 1, StoppingNS: 10, StoppedNS: 10}) {
		t.Errorf("events are %v, lost %d", c.stw, c.lost)
	}
	if e := c.ended; e.Code == nil || *e.Code != 3 || e.Signal != nil || e.ByUs || e.At == 0 {
		t.Errorf("the end is %+v", e)
	}
}

// TestFullTicks: what a tick cannot hold follows, and nobody is left out for long.
func TestFullTicks(t *testing.T) {
	a := newAgent(t, nil)
	b := newBaseline(0)
	b.limit = 3
	for range 10 {
		a.tables.Count(a.define(1), table.Counters{Count: 1})
	}
	w := a.m.Watch(20 * time.Millisecond)
	defer w.Close()
	sums := make([]uint64, 10)
	for round := range 40 {
		for id := range sums { // more changes than a tick holds, every time
			a.tables.Count(id, table.Counters{Count: 1})
		}
		<-w.C
		var u *increment
		a.m.Read(func(s *monitor.State) { u = b.advance(s, 1) })
		if len(u.tick.Deltas) > 12 || u.complete {
			t.Fatalf("round %d: deltas %v, complete %v", round, u.tick.Deltas, u.complete)
		}
		for d := u.tick.Deltas; len(d) > 0; d = d[4:] {
			sums[d[0]] += d[1]
		}
	}
	for id, sum := range sums {
		if sum < 30 {
			t.Errorf("stack %d has %d of about 40", id, sum)
		}
	}
	a.m.Ended(monitor.End{})
	for complete := false; !complete; {
		a.m.Read(func(s *monitor.State) {
			u := b.advance(s, 1)
			complete = u.complete
			for d := u.tick.Deltas; len(d) > 0; d = d[4:] {
				sums[d[0]] += d[1]
			}
		})
	}
	for id, c := range a.tables.Live() {
		if sums[id] != c.Count {
			t.Errorf("stack %d has %d at the end, want %d", id, sums[id], c.Count)
		}
	}
}

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
		if got := c.settings[0]; got != (Settings{"settings", "count", 9, ms}) {
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
	a.m.Ended(monitor.End{})
	c.mustEnd(a)
	if !c.ended.ByUs {
		t.Error("nobody is said to have asked for the end")
	}
}

func TestExe(t *testing.T) {
	exe := strings.Repeat("0123456789", 1000)
	a := newAgent(t, func(c *Config) { c.Exe = strings.NewReader(exe) })
	a.m.Ended(monitor.End{})
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

func TestLinger(t *testing.T) {
	a := newAgent(t, nil)
	done, cancel := context.WithCancel(context.Background())
	a.m.Ended(monitor.End{})
	lingered := make(chan struct{})
	go func() {
		a.s.Linger(done)
		close(lingered)
	}()
	c := a.join(20*time.Millisecond, false)
	c.mustEnd(a)
	select {
	case <-lingered:
		t.Error("it does not wait for a viewer that is there")
	default:
	}
	c.conn.Close()
	<-lingered
	cancel()
	nobody := newAgent(t, nil)
	nobody.m.Ended(monitor.End{})
	nobody.s.Linger(done) // returns: ctx is done
}

func TestFull(t *testing.T) {
	a := newAgent(t, nil)
	for range MaxViewers {
		a.join(10*time.Second, false)
	}
	c := a.dial()
	c.closed()
	if len(c.errors) != 1 || c.errors[0].Code != CodeFull {
		t.Errorf("the viewer too many was told %v", c.errors)
	}
}

// bad is what a viewer may send instead of messages.
var bad = map[string]struct {
	input []byte
	code  string
}{
	"not msgpack": {[]byte("GET / HTTP/1.1\r\n\r\n"), CodeGarbage},
	"never used":  {[]byte{0xc1}, CodeGarbage},
	"not a map":   {[]byte{0x93, 1, 2, 3}, CodeGarbage},
	"wrong type":  {[]byte("\x82\xa1t\x05\xa5proto\x01"), CodeGarbage},
	"number keys": {[]byte{0x81, 1, 2}, CodeGarbage},
	"too deep":    {append([]byte("\x81\xa1x"), bytes.Repeat([]byte{0x91}, 1000)...), CodeGarbage},
	"long string": {[]byte("\x81\xa1x\xdb\xff\xff\xff\xff"), CodeGarbage},
	"other proto": {[]byte("\x82\xa1t\xa5hello\xa5proto\x02"), CodeProto},
	"no hello":    {[]byte("\x81\xa1t\xa3set"), CodeNoHello},
	"empty":       {[]byte{0x80}, CodeNoHello},
	"nothing":     {nil, CodeNoHello},
	"half of it":  {[]byte("\x82\xa1t\xa5hel"), CodeNoHello},
}

func TestBadInput(t *testing.T) {
	defer func(d time.Duration) { helloTimeout = d }(helloTimeout)
	helloTimeout = 300 * time.Millisecond
	a := newAgent(t, nil)
	good := a.join(20*time.Millisecond, false)
	for name, b := range bad {
		c := a.dial()
		go c.conn.Write(b.input) // the agent need not take all of it
		c.closed()
		if len(c.errors) != 1 || c.errors[0].Code != b.code || c.errors[0].Text == "" {
			t.Errorf("%s: errors are %v, want %s", name, c.errors, b.code)
		}
	}
	n := len(good.ticks)
	good.until("ticks for the good viewer", func() bool { return len(good.ticks) > n+1 })
}

// TestLongMessage: what is longer than allowed is refused, and no more than that is held.
func TestLongMessage(t *testing.T) {
	for name, start := range map[string]string{"many values": "\x81\xa1x\xdd\x7f\xff\xff\xff", "long string": "\x81\xa1x\xdb\x01\x00\x00\x00"} {
		f := newFramer(io.MultiReader(strings.NewReader(start), zeroes{}))
		if _, err := f.request(); !errors.Is(err, errGarbage) {
			t.Errorf("%s: %v", name, err)
		}
		if cap(f.buf) > 2*MaxMessage {
			t.Errorf("%s: %d bytes are held", name, cap(f.buf))
		}
	}
}

type zeroes struct{}

func (zeroes) Read(b []byte) (int, error) {
	clear(b)
	return len(b), nil
}

func TestGarbageAfterHello(t *testing.T) {
	a := newAgent(t, nil)
	c := a.join(20*time.Millisecond, false)
	c.send(map[string]any{"t": "of the future", "x": []any{1, map[string]any{"y": []byte("z")}}})
	c.send(map[string]any{"t": "set", "interval_ms": 40, "unknown": nil})
	c.until("settings", func() bool { return len(c.settings) == 1 })
	c.write([]byte("rubbish"))
	c.closed()
	if len(c.errors) != 1 || c.errors[0].Code != CodeGarbage {
		t.Errorf("errors are %v", c.errors)
	}
}
