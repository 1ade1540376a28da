package stream

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"time"
)

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
