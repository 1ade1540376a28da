package stream

import (
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
	a.m.ReportEnd(monitor.End{})
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
	a.m.ReportEnd(monitor.End{})
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
	a.tables.AddEvents(2, table.Event{Kind: table.EventSTW, Args: [5]uint64{30, 1, 10, 20}})
	code := 3
	a.m.ReportEnd(monitor.End{Code: &code})
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
		a.m.Read(func(s *monitor.State) { u = b.advance(s, 1, false) })
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
	a.m.ReportEnd(monitor.End{})
	for complete := false; !complete; {
		a.m.Read(func(s *monitor.State) {
			u := b.advance(s, 1, false)
			complete = u.complete
			for d := u.tick.Deltas; len(d) > 0; d = d[4:] {
				sums[d[0]] += d[1]
			}
		})
	}
	for id, c := range a.tables.LiveCounts() {
		if sums[id] != c.Count {
			t.Errorf("stack %d has %d at the end, want %d", id, sums[id], c.Count)
		}
	}
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

// TestRetire: a server with viewers, or that had one a moment ago, goes on; one that has retired answers nobody.
func TestRetire(t *testing.T) {
	a := newAgent(t, nil)
	c := a.join(10*time.Second, false)
	if a.s.Retire(0) {
		t.Fatal("it retired with a viewer connected")
	}
	c.conn.Close()
	for deadline := time.Now().Add(patience); a.s.Viewers() > 0; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the viewer is still there")
		}
	}
	if a.s.Retire(time.Hour) {
		t.Fatal("it retired though a viewer had just been there")
	}
	a.join(10*time.Second, false).conn.Close()
	for deadline := time.Now().Add(patience); !a.s.Retire(0); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it never retires")
		}
	}
	late := a.dial()
	late.closed()
	if late.hello.Proto != 0 || len(late.errors) > 0 {
		t.Errorf("a retired server has answered %+v, %v", late.hello, late.errors)
	}
}
