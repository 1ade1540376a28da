package stream

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"gotop/hookagent/table"
)

// FuzzServerInput sends anything to a server behind a good hello: it must neither crash nor stop serving others, and what it
// answers must be messages.
func FuzzServerInput(f *testing.F) {
	files, err := filepath.Glob("testdata/golden/viewer_*.msgpack")
	if err != nil || len(files) == 0 {
		f.Fatal("no golden messages", err)
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	for _, b := range bad {
		f.Add(b.input)
	}
	hello, err := os.ReadFile("testdata/golden/viewer_hello.msgpack")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, input []byte) {
		a := newAgent(t, func(c *Config) {
			c.Exe = bytes.NewReader(input)
			c.SetMode = func(string, int) error { return nil }
			c.Stop = func(time.Duration) error { return nil }
		})
		a.tables.Count(a.define(2), table.Counters{Count: 1})
		c := a.dial()
		c.write(hello)
		go func() {
			c.conn.Write(input)
			c.conn.CloseWrite()
		}()
		c.closed()
		other := a.join(20*time.Millisecond, false)
		other.until("the sums", func() bool { return other.same(a) })
	})
}

// FuzzFramer: whatever comes, reading ends, and what is taken for a message was one.
func FuzzFramer(f *testing.F) {
	for _, b := range bad {
		f.Add(b.input)
	}
	f.Fuzz(func(t *testing.T, input []byte) {
		in := newFramer(bytes.NewReader(input))
		for n := 0; ; n++ {
			if _, err := in.request(); err != nil {
				return
			}
			if len(in.buf) == 0 || n > len(input) {
				t.Fatal("a message out of nothing")
			}
		}
	})
}
