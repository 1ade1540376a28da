package testchild

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// Child is a running program.
type Child struct {
	Memory // its own
	In     io.Writer
	Out    *bufio.Reader
	t      testing.TB
}

// Start runs a program until the test is over; it may not fail. env comes on top of the test's own.
func Start(t testing.TB, exe string, env ...string) *Child {
	t.Helper()
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), env...)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("%s: %v", exe, err)
		}
	})
	return &Child{Memory(cmd.Process.Pid), in, bufio.NewReader(out), t}
}

// Pid returns the number of its process.
func (c *Child) Pid() int { return int(c.Memory) }

// Tell gives an order.
func (c *Child) Tell(order string) {
	c.t.Helper()
	if _, err := io.WriteString(c.In, order); err != nil {
		c.t.Fatal(err)
	}
}

// Line returns the next line it says.
func (c *Child) Line() string {
	c.t.Helper()
	line, err := c.Out.ReadString('\n')
	if err != nil {
		c.t.Fatalf("%q, %v", line, err)
	}
	return strings.TrimSuffix(line, "\n")
}

// Ask gives an order and returns the line that answers it.
func (c *Child) Ask(order string) string {
	c.t.Helper()
	c.Tell(order)
	return c.Line()
}

// Bias returns where it was loaded: AT_ENTRY of its auxiliary vector less the entry in its ELF header.
func (c *Child) Bias(entry uint64) uint64 {
	c.t.Helper()
	for range 1000 {
		if loaded, ok := c.loaded(); ok {
			return loaded - entry
		}
		time.Sleep(time.Millisecond) // execve says that it has succeeded before it has written the vector
	}
	c.t.Fatal("no AT_ENTRY")
	return 0
}

func (c *Child) loaded() (entry uint64, ok bool) {
	const atEntry = 9
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/auxv", c.Pid()))
	if err != nil {
		c.t.Fatal(err)
	}
	for ; len(b) >= 16; b = b[16:] {
		if binary.LittleEndian.Uint64(b) == atEntry {
			return binary.LittleEndian.Uint64(b[8:]), true
		}
	}
	return 0, false
}
