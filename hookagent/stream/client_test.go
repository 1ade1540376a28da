package stream

import (
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/vmihailenco/msgpack/v5"

	"gotop/hookagent/monitor"
	"gotop/hookagent/monitor/monitortest"
	"gotop/hookagent/table"
)

// agent is a server on a real socket with a monitor over tables that the test fills.
type agent struct {
	t      *testing.T
	tables *monitortest.Tables
	m      *monitor.Monitor
	s      *Server
	path   string
}

// patience is how long a test waits for what must come; it is reached only where it does not.
const patience = 30 * time.Second

func newAgent(t *testing.T, change func(*Config)) *agent {
	t.Helper()
	a := &agent{t: t, tables: monitortest.New(), path: filepath.Join(t.TempDir(), "a.sock")}
	a.m = monitor.New(monitor.Config{Tables: a.tables, Bias: 0x1000})
	cfg := Config{Monitor: a.m, Mode: "exact", Depth: 64, Hello: Hello{Agent: "test", PID: 1, Started: 1}}
	if change != nil {
		change(&cfg)
	}
	ln, err := Listen(a.path)
	if err != nil {
		t.Fatal(err)
	}
	a.s = NewServer(cfg)
	go a.m.Run()
	served := make(chan error, 1)
	go func() { served <- a.s.Serve(ln) }()
	t.Cleanup(func() {
		select {
		case <-a.m.Done():
		default:
			a.m.ReportEnd(monitor.End{})
		}
		ln.Close()
		if err := <-served; err != nil {
			t.Error(err)
		}
		a.s.Close()
	})
	return a
}

// define makes a stack of n frames.
func (a *agent) define(n int) int {
	pcs := make([]uint64, n)
	for i := range pcs {
		pcs[i] = 0x1000 + 0x400000 + uint64(i)
	}
	return a.tables.AddStack(table.Stack{PCs: pcs})
}

// client is a viewer that adds up what it is sent, as any viewer must.
type client struct {
	t        *testing.T
	conn     *net.UnixConn
	dec      *msgpack.Decoder
	hello    Hello
	counts   map[uint64]table.Counters
	defined  map[int]StackDef
	types    []TypeName
	ticks    []Tick // without their deltas
	runs     int    // ticks that had columns
	stw      []STW
	lost     uint64
	log      [3][]byte
	skipped  [3]int64
	settings []Settings
	errors   []Error
	exe      []byte
	ended    *Ended
}

func (a *agent) dial() *client {
	a.t.Helper()
	conn, err := net.Dial("unix", a.path)
	if err != nil {
		a.t.Fatal(err)
	}
	a.t.Cleanup(func() { conn.Close() })
	return &client{t: a.t, conn: conn.(*net.UnixConn), dec: msgpack.NewDecoder(conn), counts: map[uint64]table.Counters{}, defined: map[int]StackDef{}}
}

// join is dial and the exchange of hellos.
func (a *agent) join(interval time.Duration, log bool) *client {
	a.t.Helper()
	return a.greet(map[string]any{"interval_ms": interval.Milliseconds(), "log": log})
}

// greet is join with more to say.
func (a *agent) greet(hello map[string]any) *client {
	a.t.Helper()
	c := a.dial()
	hello["t"], hello["proto"], hello["viewer"] = "hello", Proto, "test"
	c.send(hello)
	c.until("hello", func() bool { return c.hello.T != "" })
	return c
}

func (c *client) send(message any) {
	c.t.Helper()
	b, err := msgpack.Marshal(message)
	if err != nil {
		c.t.Fatal(err)
	}
	c.write(b)
}

func (c *client) write(b []byte) {
	c.t.Helper()
	if _, err := c.conn.Write(b); err != nil {
		c.t.Fatal(err)
	}
}

// until reads messages until done.
func (c *client) until(what string, done func() bool) {
	c.t.Helper()
	for !done() {
		c.conn.SetReadDeadline(time.Now().Add(patience))
		if err := c.next(); err != nil {
			c.t.Fatalf("waiting for %s: %v; errors %v", what, err, c.errors)
		}
	}
}

// closed reads until the agent closes the connection.
func (c *client) closed() {
	c.t.Helper()
	for {
		c.conn.SetReadDeadline(time.Now().Add(patience))
		if err := c.next(); err != nil {
			if os.IsTimeout(err) {
				c.t.Fatal("the connection stays open")
			}
			return
		}
	}
}

// next takes in one message.
func (c *client) next() error {
	raw, err := c.dec.DecodeRaw()
	if err != nil {
		return err
	}
	var head struct {
		T string `msgpack:"t"`
	}
	if err := msgpack.Unmarshal(raw, &head); err != nil {
		return err
	}
	return c.take(head.T, raw)
}

func (c *client) take(t string, raw []byte) error {
	switch t {
	case "hello":
		return msgpack.Unmarshal(raw, &c.hello)
	case "stacks":
		var m Stacks
		err := msgpack.Unmarshal(raw, &m)
		for _, d := range m.Defs {
			if _, again := c.defined[d.ID]; again {
				c.t.Errorf("stack %d is defined again", d.ID)
			}
			c.defined[d.ID] = d
		}
		return err
	case "types":
		var m Types
		err := msgpack.Unmarshal(raw, &m)
		c.types = append(c.types, m.Names...)
		return err
	case "tick":
		return c.tick(raw)
	case "events":
		var m Events
		err := msgpack.Unmarshal(raw, &m)
		c.stw = append(c.stw, m.STW...)
		c.lost += m.Lost
		return err
	case "log":
		return c.takeLog(raw)
	case "settings":
		var m Settings
		err := msgpack.Unmarshal(raw, &m)
		c.settings = append(c.settings, m)
		return err
	case "error":
		var m Error
		err := msgpack.Unmarshal(raw, &m)
		c.errors = append(c.errors, m)
		return err
	case "exe":
		var m Exe
		err := msgpack.Unmarshal(raw, &m)
		c.exe = append(c.exe, m.Data...)
		if len(m.Data) == 0 {
			c.exe = append(c.exe, '$')
		}
		return err
	case "ended":
		c.ended = new(Ended)
		return msgpack.Unmarshal(raw, c.ended)
	}
	c.t.Errorf("unknown message %q", t)
	return nil
}

func (c *client) tick(raw []byte) error {
	var m Tick
	if err := msgpack.Unmarshal(raw, &m); err != nil {
		return err
	}
	if c.ended != nil {
		c.t.Error("a tick after the end")
	}
	if len(m.Deltas)%4 != 0 {
		c.t.Fatalf("%d figures in deltas", len(m.Deltas))
	}
	if m.Columns != nil {
		c.runs++
		m.Deltas = append(m.Deltas, m.Columns.deltas()...)
	}
	for d := m.Deltas; len(d) > 0; d = d[4:] {
		if _, ok := c.defined[int(d[0])]; !ok {
			c.t.Errorf("stack %d is used before it is defined", d[0])
		}
		sum := c.counts[d[0]]
		sum.Count, sum.Bytes, sum.Waste = sum.Count+d[1], sum.Bytes+d[2], sum.Waste+d[3]
		c.counts[d[0]] = sum
	}
	if want := uint64(len(c.ticks) + 1); m.Seq != want {
		c.t.Errorf("tick %d is numbered %d", want, m.Seq)
	}
	m.Deltas, m.Columns = nil, nil
	c.ticks = append(c.ticks, m)
	return nil
}

func (c *client) takeLog(raw []byte) error {
	var m Log
	if err := msgpack.Unmarshal(raw, &m); err != nil {
		return err
	}
	if want := int64(len(c.log[m.FD])) + c.skipped[m.FD] + m.Skipped; m.Off != want {
		c.t.Errorf("output %d at %d, want %d", m.FD, m.Off, want)
	}
	c.log[m.FD] = append(c.log[m.FD], m.Data...)
	c.skipped[m.FD] += m.Skipped
	return nil
}

// same: this viewer's sums are what was counted.
func (c *client) same(a *agent) bool {
	for id, want := range a.tables.LiveCounts() {
		if c.counts[uint64(id)] != want {
			return false
		}
	}
	return true
}

func (c *client) mustEnd(a *agent) {
	c.t.Helper()
	c.until("the end", func() bool { return c.ended != nil })
	if !c.same(a) {
		c.t.Error("the sums differ from what was counted")
	}
}
