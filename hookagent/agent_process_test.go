package main

import (
	"bytes"
	"debug/elf"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/vmihailenco/msgpack/v5"

	"gotop/hookagent/internal/testplan"
	"gotop/hookagent/plan"
	"gotop/hookagent/stream"
)

// asAgent makes the test binary the agent.
const asAgent = "HOOKAGENT_TEST_AS_AGENT"

func TestMain(m *testing.M) {
	if os.Getenv(asAgent) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// patience is how long a test waits for what must come; it is reached only where it does not.
const patience = time.Minute

// service builds one of the repository's test services, once, and writes its hook plan.
func service(t *testing.T, name string) (exe, planFile string, p *plan.Plan) {
	t.Helper()
	exe = built(t, name)
	p, err := testplan.Make(exe)
	if err != nil {
		t.Fatal(err)
	}
	return exe, writePlan(t, p), p
}

var builds sync.Map // by name: what builds it

func built(t *testing.T, name string) string {
	t.Helper()
	build, _ := builds.LoadOrStore(name, sync.OnceValues(func() (string, error) {
		dir, err := os.MkdirTemp("", "hookagent")
		if err != nil {
			return "", err
		}
		exe := filepath.Join(dir, name)
		cmd := exec.Command("go", "build", "-o", exe, "./"+name)
		cmd.Dir = "../tests/services"
		if out, err := cmd.CombinedOutput(); err != nil {
			return "", fmt.Errorf("building %s: %w\n%s", name, err, out)
		}
		return exe, nil
	}))
	from, err := build.(func() (string, error))()
	if err != nil {
		t.Fatal(err)
	}
	return from
}

func writePlan(t *testing.T, p *plan.Plan) string {
	t.Helper()
	b, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "plan.json")
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// agent is a running one, with the pipes that a launcher gives it.
type agent struct {
	t        *testing.T
	cmd      *exec.Cmd
	socket   string
	stdin    io.Writer // the service's, unless its output goes to files
	stderr   *os.File
	lifeline *os.File // of which the agent sees the end
	status   status   // what it said
	ended    chan error
}

// launch starts an agent with a socket and returns when it has said whether the service runs.
func launch(t *testing.T, command, planFile string, args ...string) *agent {
	t.Helper()
	a := &agent{t: t, socket: filepath.Join(t.TempDir(), "a.sock"), ended: make(chan error, 1)}
	a.cmd = exec.Command("/proc/self/exe", append([]string{command, "--plan", planFile, "--socket", a.socket}, args...)...)
	a.cmd.Env = append(os.Environ(), asAgent+"=1")
	stderr, err := os.Create(filepath.Join(t.TempDir(), "stderr")) // a pipe would not end before the service does
	if err != nil {
		t.Fatal(err)
	}
	a.stderr, a.cmd.Stderr = stderr, stderr
	stdinR, stdinW, err1 := os.Pipe()
	statusR, statusW, err2 := os.Pipe()
	lifelineR, lifelineW, err3 := os.Pipe()
	if err := errors.Join(err1, err2, err3); err != nil {
		t.Fatal(err)
	}
	a.cmd.Stdin, a.stdin = stdinR, stdinW
	a.cmd.ExtraFiles = []*os.File{statusW, lifelineR}
	a.lifeline = lifelineW
	if err := a.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for _, theirs := range []*os.File{stdinR, statusW, lifelineR} {
		theirs.Close()
	}
	go func() { a.ended <- a.cmd.Wait() }()
	t.Cleanup(func() {
		stdinW.Close()
		lifelineW.Close()
		_ = a.cmd.Process.Kill()
		stderr.Close()
	})
	line, err := io.ReadAll(statusR)
	statusR.Close()
	if err != nil || json.Unmarshal(line, &a.status) != nil {
		t.Fatalf("the agent's status is %q, %v\n%s", line, err, a.complaints())
	}
	return a
}

// mustRun is launch for a service that has to run.
func mustRun(t *testing.T, command, planFile string, args ...string) *agent {
	t.Helper()
	a := launch(t, command, planFile, args...)
	if s := a.status; !s.OK || s.AgentPid != a.cmd.Process.Pid || s.Socket != a.socket {
		t.Fatalf("the agent's status is %+v", s)
	}
	return a
}

// complaints are what the agent, and a service that shares it, have written to its standard error.
func (a *agent) complaints() string {
	a.t.Helper()
	b, err := os.ReadFile(a.stderr.Name())
	if err != nil {
		a.t.Fatal(err)
	}
	return string(b)
}

// exitCode waits for the agent's end.
func (a *agent) exitCode() int {
	a.t.Helper()
	select {
	case err := <-a.ended:
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) {
			a.t.Fatal(err)
		}
		return a.cmd.ProcessState.ExitCode()
	case <-time.After(patience):
		a.t.Fatal("the agent does not end")
		return -1
	}
}

// viewer speaks to an agent.
type viewer struct {
	t    *testing.T
	conn net.Conn
	dec  *msgpack.Decoder
}

// view connects and returns what the agent says of the service.
func (a *agent) view() (*viewer, stream.Hello) {
	a.t.Helper()
	conn, err := net.Dial("unix", a.socket)
	if err != nil {
		a.t.Fatal(err)
	}
	a.t.Cleanup(func() { conn.Close() })
	v := &viewer{a.t, conn, msgpack.NewDecoder(conn)}
	v.send(map[string]any{"t": "hello", "proto": stream.Proto, "viewer": "test", "interval_ms": 20})
	var h stream.Hello
	v.await("hello", &h)
	return v, h
}

func (v *viewer) send(message map[string]any) {
	v.t.Helper()
	b, err := msgpack.Marshal(message)
	if err != nil {
		v.t.Fatal(err)
	}
	if _, err := v.conn.Write(b); err != nil {
		v.t.Fatal(err)
	}
}

// await reads up to the next message of a kind.
func (v *viewer) await(kind string, into any) {
	v.t.Helper()
	_ = v.conn.SetReadDeadline(time.Now().Add(patience))
	for {
		raw, err := v.dec.DecodeRaw()
		if err != nil {
			v.t.Fatalf("waiting for %s: %v", kind, err)
		}
		var head struct {
			T string `msgpack:"t"`
		}
		if err := msgpack.Unmarshal(raw, &head); err != nil {
			v.t.Fatal(err)
		}
		if head.T == kind {
			if err := msgpack.Unmarshal(raw, into); err != nil {
				v.t.Fatal(err)
			}
			return
		}
	}
}

// background starts a service that no agent has started, and ends it with the test.
func background(t *testing.T, exe string, args ...string) int {
	t.Helper()
	cmd := exec.Command(exe, args...)
	if _, err := cmd.StdinPipe(); err != nil { // nobody writes, and it does not end
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return cmd.Process.Pid
}

// hooked says of a program that is no PIE whether all of a plan's hooks are in place, and whether none is.
func hooked(t *testing.T, pid int, p *plan.Plan) (all, none bool) {
	t.Helper()
	mem, err := os.Open(fmt.Sprintf("/proc/%d/mem", pid))
	if err != nil {
		t.Fatal(err)
	}
	defer mem.Close()
	all, none = true, true
	for _, h := range p.Hooks {
		b := make([]byte, len(h.Expect))
		if _, err := mem.ReadAt(b, int64(h.At)); err != nil {
			t.Fatal(err)
		}
		own := bytes.Equal(b, h.Expect)
		all, none = all && !own, none && own
	}
	return all, none
}

func isHooked(t *testing.T, pid int, p *plan.Plan) bool { all, _ := hooked(t, pid, p); return all }

func isUntouched(t *testing.T, pid int, p *plan.Plan) bool { _, none := hooked(t, pid, p); return none }

func symbol(t *testing.T, exe, name string) (uint64, bool) {
	t.Helper()
	f, err := elf.Open(exe)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	symbols, err := f.Symbols()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range symbols {
		if s.Name == name {
			return s.Value, true
		}
	}
	return 0, false
}
