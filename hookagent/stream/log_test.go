package stream

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"gotop/hookagent/monitor"
)

// output is a file that a service appends to.
func output(t *testing.T, name string) (w, r *os.File) {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	w, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	r, err = os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close(); r.Close() })
	return w, r
}

func write(t *testing.T, f *os.File, b []byte) {
	t.Helper()
	if _, err := f.Write(b); err != nil {
		t.Fatal(err)
	}
}

func TestLog(t *testing.T) {
	out, outFile := output(t, "out")
	errs, errFile := output(t, "err")
	a := newAgent(t, func(c *Config) { c.Logs = [2]*os.File{outFile, errFile} })
	long := bytes.Repeat([]byte("0123456789abcdef"), 40<<10) // 640 KiB
	write(t, out, long)
	write(t, errs, []byte("first\n"))
	c, without := a.join(20*time.Millisecond, true), a.join(20*time.Millisecond, false)
	c.until("what was written before", func() bool { return len(c.log[1]) == logTail && len(c.log[2]) == 6 })
	if c.skipped[1] != int64(len(long)-logTail) || c.skipped[2] != 0 || !bytes.Equal(c.log[1], long[len(long)-logTail:]) {
		t.Errorf("skipped %v", c.skipped)
	}
	for i := range 20 {
		line := fmt.Sprintf("line %d\n", i)
		write(t, errs, []byte(line))
		c.until(line, func() bool { return bytes.HasSuffix(c.log[2], []byte(line)) })
	}
	write(t, errs, []byte("last words\n"))
	a.m.ReportEnd(monitor.End{})
	c.mustEnd(a)
	if !bytes.HasSuffix(c.log[2], []byte("line 19\nlast words\n")) {
		t.Errorf("the end of the output is missing: %q", c.log[2])
	}
	without.mustEnd(a)
	if without.log[1] != nil || without.log[2] != nil {
		t.Error("a viewer got output that it had not asked for")
	}
}

// TestLogBacklog: a viewer far behind is taken to the end, and told so.
func TestLogBacklog(t *testing.T) {
	out, file := output(t, "out")
	l := &logFile{f: file, fd: 1, keep: logKeep}
	c := logCursor{-1}
	write(t, out, make([]byte, 100))
	if m := l.next(&c, 100); m == nil || m.Off != 0 || len(m.Data) != 100 || m.Skipped != 0 {
		t.Error("first piece is wrong")
	}
	const size = 100 + logBacklog + 1
	write(t, out, make([]byte, size-100))
	m := l.next(&c, size)
	if m == nil {
		t.Fatal("behind: nothing")
	}
	if m.Off != size-logTail || m.Skipped != size-logTail-100 || len(m.Data) != logChunk {
		t.Errorf("behind: off %d, skipped %d", m.Off, m.Skipped)
	}
	for c.off < size {
		if m := l.next(&c, size); m == nil || m.Skipped != 0 {
			t.Fatal("then: nothing, or something was skipped")
		}
	}
	if m := l.next(&c, size); m != nil {
		t.Error("something after the end")
	}
}

// TestLogIsBounded: the oldest part of a long output is given back to the file system, and is not sent as zeroes.
func TestLogIsBounded(t *testing.T) {
	out, file := output(t, "out")
	l := &logFile{f: file, fd: 1, keep: 1 << 20}
	piece := bytes.Repeat([]byte("x"), 1<<20)
	for range 20 {
		write(t, out, piece)
		if !l.poll() {
			t.Fatal("nothing new is seen")
		}
	}
	var st syscall.Stat_t
	if err := syscall.Fstat(int(file.Fd()), &st); err != nil {
		t.Fatal(err)
	}
	if l.broken {
		t.Skip("this file system makes no holes")
	}
	if st.Size != 20<<20 || st.Blocks*512 > 18<<20 {
		t.Errorf("%d bytes long, %d on disk", st.Size, st.Blocks*512)
	}
	if l.poll() {
		t.Error("something new is seen where nothing was written")
	}
	hole := l.punched.Load()
	c := logCursor{hole - 10}
	m := l.next(&c, hole+100)
	if m == nil || m.Off != hole || m.Skipped != 10 || string(m.Data) != strings.Repeat("x", 100) {
		t.Errorf("out of the hole came something, or nothing after it")
	}
}
