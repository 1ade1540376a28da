package profile

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"gotop/hookagent/internal/testplan"
	"gotop/hookagent/plan"
)

// process is another process's memory.
type process int

func (p process) ReadAt(b []byte, addr uint64) error { return p.ReadVec(b, []uint64{addr}, len(b)) }

func (p process) ReadVec(dst []byte, addrs []uint64, size int) error {
	for len(addrs) > 0 {
		n := min(len(addrs), 1024)
		remote := make([]unix.RemoteIovec, n)
		for i := range remote {
			remote[i] = unix.RemoteIovec{Base: uintptr(addrs[i]), Len: size}
		}
		local := []unix.Iovec{{Base: &dst[0]}}
		local[0].SetLen(n * size)
		if got, err := unix.ProcessVMReadv(int(p), local, remote, 0); err != nil || got != n*size {
			return errors.Join(err, errors.New("short read"))
		}
		dst, addrs = dst[n*size:], addrs[n:]
	}
	return nil
}

// service is the running test program.
type service struct {
	t   *testing.T
	in  io.Writer
	out *bufio.Reader
	*Reader
}

// goCommands are the toolchains there are: the one on PATH and those that the tests of Python have fetched.
func goCommands() map[string]string {
	found := map[string]string{"default": "go"}
	home, _ := os.UserHomeDir()
	installed, _ := filepath.Glob(filepath.Join(home, ".cache/gotop/go/*/go/bin/go"))
	for _, path := range installed {
		found[filepath.Base(filepath.Dir(filepath.Dir(filepath.Dir(path))))] = path
	}
	return found
}

func start(t *testing.T, goCommand string) *service {
	t.Helper()
	exe := filepath.Join(t.TempDir(), "sampled")
	source, err := filepath.Abs("testdata/sampled/main.go")
	if err != nil {
		t.Fatal(err)
	}
	build := exec.Command(goCommand, "build", "-o", exe, source)
	build.Dir = filepath.Dir(exe) // outside this module, which older toolchains refuse
	build.Env = append(os.Environ(), "GOTOOLCHAIN=local", "GOWORK=off", "GOFLAGS=", "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	p, err := testplan.Make(exe)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe)
	in, _ := cmd.StdinPipe()
	out, _ := cmd.StdoutPipe()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		_ = cmd.Wait()
	})
	r, err := New(p, 0, process(cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	return &service{t, in, bufio.NewReader(out), r}
}

// do makes it allocate; the answer is what its runtime's profile has of it.
func (s *service) do(kind byte) (published uint64) {
	s.t.Helper()
	if _, err := s.in.Write([]byte{kind}); err != nil {
		s.t.Fatal(err)
	}
	line, err := s.out.ReadString('\n')
	if err != nil {
		s.t.Fatal(err)
	}
	if _, err := fmt.Sscan(line, &published); err != nil {
		s.t.Fatal(err)
	}
	return published
}

// recorded is what the reader says of the objects of 4096 bytes: that many were allocated, on so many stacks.
func (s *service) recorded() (allocs, frees uint64, stacks int) {
	s.t.Helper()
	buckets, err := s.Read()
	if err != nil {
		s.t.Fatal(err)
	}
	for _, b := range buckets {
		if b.Size == 4096 && b.Allocs >= 1000 {
			allocs, frees, stacks = allocs+b.Allocs, frees+b.Frees, stacks+1
		}
	}
	return allocs, frees, stacks
}

// TestAgainstTheRuntime: with a rate of 1 every allocation is a sample, at once and not only after a collection.
func TestAgainstTheRuntime(t *testing.T) {
	for version, command := range goCommands() {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			s := start(t, command)
			for turn := uint64(1); turn <= 3; turn++ {
				s.do('a')
				if allocs, _, stacks := s.recorded(); allocs != 1000*turn || stacks != 1 {
					t.Fatalf("turn %d: %d objects on %d stacks", turn, allocs, stacks)
				}
			}
			if rate, err := s.Rate(); err != nil || rate != 1 {
				t.Fatalf("rate %d, %v", rate, err)
			}
			published := s.do('g')
			if allocs, frees, _ := s.recorded(); allocs != published || allocs != 4000 || frees < 3000 {
				t.Fatalf("%d objects, %d freed, the runtime says %d", allocs, frees, published)
			}
		})
	}
}

// TestNoCountTwice: while the runtime moves counts between cycles all the time, whole rounds of a thousand are seen and nothing goes
// back or jumps.
func TestNoCountTwice(t *testing.T) {
	s := start(t, "go")
	s.do('l')
	var last uint64
	busy := 0
	for end := time.Now().Add(2 * time.Second); time.Now().Before(end); {
		buckets, err := s.Read()
		if errors.Is(err, errBusy) {
			busy++
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		var allocs, frees uint64
		for _, b := range buckets {
			if b.Frees > b.Allocs {
				t.Fatalf("%+v: more freed than allocated", b)
			}
			allocs, frees = allocs+b.Allocs, frees+b.Frees
		}
		if allocs < last {
			t.Fatalf("%d objects after %d", allocs, last)
		}
		last = allocs
	}
	t.Logf("%d objects, %d readings gave up", last, busy)
	if last < 2000 {
		t.Errorf("only %d objects", last)
	}
}

// memory is a made-up one: whatever is not there cannot be read.
type memory map[uint64][]byte

func (m memory) ReadAt(p []byte, addr uint64) error {
	b, ok := m[addr]
	if !ok || len(b) < len(p) {
		return errors.New("not mapped")
	}
	copy(p, b)
	return nil
}

func (m memory) ReadVec(dst []byte, addrs []uint64, size int) error {
	for i, a := range addrs {
		if err := m.ReadAt(dst[i*size:(i+1)*size], a); err != nil {
			return err
		}
	}
	return nil
}

func words(v ...uint64) (b []byte) {
	for _, w := range v {
		b = binary.LittleEndian.AppendUint64(b, w)
	}
	return b
}

func madeUp() *plan.Plan {
	return &plan.Plan{
		Vars: map[string]uint64{"runtime.mbuckets": 8, "runtime.MemProfileRate": 16, "runtime.mProfCycle": 24, "runtime.profMemActiveLock": 32},
		Layout: map[string]uint64{
			"bucket.allnext": 8, "bucket.typ": 16, "bucket.size": 32, "bucket.nstk": 40, "sizeof.bucket": 48, "sizeof.memRecord": 64,
			"memRecord.active": 0, "memRecord.future": 16, "memRecordCycle.allocs": 0, "memRecordCycle.frees": 8, "sizeof.memRecordCycle": 16,
		},
	}
}

// TestNonsense: whatever the memory holds, there is an error and an end.
func TestNonsense(t *testing.T) {
	vars := memory{8: words(0x1000), 16: words(524288), 24: words(6), 32: words(0)}
	for name, c := range map[string]struct {
		bucket []byte
		want   string
	}{
		"not mapped":    {nil, "not mapped"},
		"another type":  {words(0, 0, 2, 0, 16, 0), "has type 2"},
		"endless stack": {words(0, 0, 1, 0, 16, 1<<40), "frames"},
		"ring":          {words(0, 0x1000, 1, 0, 16, 0), "has no end"},
		"wide ring":     {append(words(0, 0x1000, 1, 0, 16, deepest), make([]byte, 8*deepest)...), "has no end"},
	} {
		m := memory{}
		for k, v := range vars {
			m[k] = v
		}
		if c.bucket != nil {
			m[0x1000], m[0x1030] = c.bucket, make([]byte, max(64, len(c.bucket)-48))
		}
		r, err := New(madeUp(), 0, m)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Read(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestLocked: as long as the runtime moves counts nothing is believed.
func TestLocked(t *testing.T) {
	m := memory{8: words(0x1000), 16: words(1), 24: words(6), 32: words(1), 0x1000: words(0, 0, 1, 0, 16, 0), 0x1030: words(1, 0, 2, 0, 3, 0, 4, 1)}
	r, err := New(madeUp(), 0, m)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Read(); !errors.Is(err, errBusy) {
		t.Errorf("read while locked: %v", err)
	}
	m[32] = words(0)
	if b, err := r.Read(); err != nil || len(b) != 1 || b[0].Allocs != 10 || b[0].Frees != 1 {
		t.Errorf("%+v, %v", b, err)
	}
}

func TestPlanThatLacksSomething(t *testing.T) {
	p := madeUp()
	delete(p.Vars, "runtime.mProfCycle")
	if _, err := New(p, 0, memory{}); err == nil || !strings.Contains(err.Error(), "runtime.mProfCycle") {
		t.Error(err)
	}
	p = madeUp()
	p.Layout["sizeof.memRecord"] = 32
	if _, err := New(p, 0, memory{}); err == nil || !strings.Contains(err.Error(), "does not fit") {
		t.Error(err)
	}
}
