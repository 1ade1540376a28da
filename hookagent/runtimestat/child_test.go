package runtimestat

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

	"golang.org/x/sys/unix"
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
		got, err := unix.ProcessVMReadv(int(p), local, remote, 0)
		if err != nil {
			return err
		}
		if got != n*size {
			return errors.New("short read")
		}
		dst, addrs = dst[n*size:], addrs[n:]
	}
	return nil
}

// toolchains are the go commands to build the service with.
func toolchains(t testing.TB) map[string]string {
	t.Helper()
	found := map[string]string{"default": "go"}
	home, err := os.UserHomeDir()
	if err != nil {
		return found
	}
	installed, _ := filepath.Glob(filepath.Join(home, ".cache/gotop/go/*/go/bin/go"))
	for _, path := range installed {
		version := filepath.Base(filepath.Dir(filepath.Dir(filepath.Dir(path))))
		found[version] = path
	}
	return found
}

// build compiles a service of testdata with the given toolchain.
func build(t testing.TB, name, goCommand string, flags ...string) string {
	t.Helper()
	dir := t.TempDir()
	source, err := os.ReadFile(filepath.Join("testdata", name, "main.go"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "main.go"), source, 0o600); err != nil {
		t.Fatal(err)
	}
	module := []byte("module service\n\ngo 1.22\n")
	if strings.Contains(goCommand, "/1.21.") {
		t.Skip("the service uses what Go 1.22 brought to the language")
	}
	if err := os.WriteFile(filepath.Join(dir, "go.mod"), module, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(goCommand, append([]string{"build", "-o", "service"}, flags...)...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOTOOLCHAIN=local", "GOWORK=off", "GOFLAGS=", "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, out)
	}
	return filepath.Join(dir, "service")
}

// service is a running one.
type service struct {
	pid int
	in  io.Writer
	out *bufio.Reader
}

func start(t testing.TB, exe string, env ...string) *service {
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
			t.Error(err)
		}
	})
	return &service{pid: cmd.Process.Pid, in: in, out: bufio.NewReader(out)}
}

// hold makes the service allocate and hold still; with flush it flushes its mcaches before.
func (s *service) hold(t testing.TB, flush bool) {
	t.Helper()
	kind := byte('a')
	if flush {
		kind = 'f'
	}
	if _, err := s.in.Write([]byte{kind}); err != nil {
		t.Fatal(err)
	}
	if b, err := s.out.ReadByte(); err != nil || b != kind {
		t.Fatalf("the service says %q, %v", b, err)
	}
}

// truth is what the service's runtime said of itself.
type truth struct {
	mallocs, frees, totalAlloc, stackInuse, heapAlloc, marked, nextGC, numGC, pauseTotal, goroutines, gomaxprocs uint64

	bySize string // MemStats.BySize as fmt prints it
}

func (s *service) ask(t testing.TB) (tr truth) {
	t.Helper()
	if _, err := s.in.Write([]byte{'?'}); err != nil {
		t.Fatal(err)
	}
	line, err := s.out.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Sscan(line, &tr.mallocs, &tr.frees, &tr.totalAlloc, &tr.stackInuse, &tr.heapAlloc, &tr.marked, &tr.nextGC,
		&tr.numGC, &tr.pauseTotal, &tr.goroutines, &tr.gomaxprocs); err != nil {
		t.Fatalf("%q: %v", line, err)
	}
	tr.bySize = strings.TrimSpace(line[strings.Index(line, "["):])
	return tr
}

// bias is where the service was loaded: AT_ENTRY of its auxiliary vector less the entry in its ELF header.
func (s *service) bias(t testing.TB, entry uint64) uint64 {
	t.Helper()
	const atEntry = 9
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/auxv", s.pid))
	if err != nil {
		t.Fatal(err)
	}
	for ; len(b) >= 16; b = b[16:] {
		if binary.LittleEndian.Uint64(b) == atEntry {
			return binary.LittleEndian.Uint64(b[8:]) - entry
		}
	}
	t.Fatal("no AT_ENTRY")
	return 0
}

func (s *service) threads(t testing.TB) uint64 {
	t.Helper()
	tasks, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", s.pid))
	if err != nil {
		t.Fatal(err)
	}
	return uint64(len(tasks))
}
