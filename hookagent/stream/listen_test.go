package stream

import (
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func listenCode(err error) string {
	var e *ListenError
	if errors.As(err, &e) && e.Text != "" {
		return e.Code
	}
	return ""
}

func TestSocketIsPrivate(t *testing.T) {
	old := syscall.Umask(0) // the mode is not left to it
	defer syscall.Umask(old)
	path := filepath.Join(t.TempDir(), "s")
	ln, err := Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	st, err := os.Lstat(path)
	if err != nil || st.Mode() != os.ModeSocket|0o600 {
		t.Errorf("mode is %v, %v", st.Mode(), err)
	}
	ln.Close()
	if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("after closing: %v", err)
	}
}

// TestSocketListensFromTheStart: whoever finds the socket at its path can connect, and nothing else is left beside it.
func TestSocketListensFromTheStart(t *testing.T) {
	dir := filepath.Join(t.TempDir(), strings.Repeat("d", 20))
	path := filepath.Join(dir, strings.Repeat("s", maxPath-len(dir)-1)) // as long as can be
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for range 200 {
		found := make(chan error)
		go func() {
			for {
				conn, err := net.Dial("unix", path)
				if errors.Is(err, os.ErrNotExist) {
					continue
				}
				if err == nil {
					conn.Close()
				}
				found <- err
				return
			}
		}()
		ln, err := Listen(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := <-found; err != nil {
			t.Fatalf("connecting to a socket that was there: %v", err)
		}
		if names, err := os.ReadDir(dir); err != nil || len(names) != 1 {
			t.Fatalf("in the directory: %v, %v", names, err)
		}
		ln.Close()
	}
}

func TestBusySocket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	ln, err := Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	if _, err := Listen(path); listenCode(err) != Busy {
		t.Errorf("error is %v", err)
	}
	conn, err := net.Dial("unix", path)
	if err != nil {
		t.Errorf("the first listener was disturbed: %v", err)
	} else {
		conn.Close()
	}
}

func TestStaleSocket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	stale, err := Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	stale.UnixListener.Close() // as if killed: the file stays
	ln, err := Listen(path)
	if err != nil {
		t.Fatalf("a stale socket is in the way: %v", err)
	}
	ln.Close()
}

// TestReplacedSocket: an agent whose socket was removed leaves alone the one that took its place.
func TestReplacedSocket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	first, err := Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	second, err := Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	first.Close()
	conn, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
	second.Close()
}

func TestRefusedPaths(t *testing.T) {
	dir := t.TempDir()
	file, link := filepath.Join(dir, "file"), filepath.Join(dir, "link")
	if err := os.WriteFile(file, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(file, link); err != nil {
		t.Fatal(err)
	}
	for path, code := range map[string]string{
		file: NotSocket, link: NotSocket, dir: NotSocket,
		filepath.Join(dir, "none", "s"):              BadPath,
		filepath.Join(dir, strings.Repeat("x", 120)): BadPath,
		filepath.Join(file, "s"):                     BadPath,
	} {
		if _, err := Listen(path); listenCode(err) != code {
			t.Errorf("%s: %v, want %s", path, err, code)
		}
	}
	if b, err := os.ReadFile(file); err != nil || string(b) != "precious" {
		t.Errorf("the file now holds %q, %v", b, err)
	}
}

// TestOtherUser needs root to be another user. The socket's mode alone keeps others out; here it is opened wide to see
// that the peer is looked at, too.
func TestOtherUser(t *testing.T) {
	const variable = "STREAM_TEST_SOCKET"
	if path := os.Getenv(variable); path != "" { // the other user
		a := &agent{t: t, path: path}
		c := a.dial()
		c.closed()
		if len(c.errors) != 1 || c.errors[0].Code != CodePeer || c.hello.T != "" {
			t.Errorf("told %v, %+v", c.errors, c.hello)
		}
		return
	}
	if os.Geteuid() != 0 {
		t.Skip("only root can be another user")
	}
	a := newAgent(t, nil)
	dir, err := os.MkdirTemp("", "stream")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	exe := filepath.Join(dir, "test")
	if b, err := os.ReadFile("/proc/self/exe"); err != nil || os.WriteFile(exe, b, 0o755) != nil {
		t.Fatal("cannot copy the test binary", err)
	}
	open := filepath.Join(dir, "s")
	ln, err := Listen(open)
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error)
	go func() { served <- a.s.Serve(ln) }()
	if err := errors.Join(os.Chmod(dir, 0o755), os.Chmod(open, 0o666)); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe, "-test.run", "TestOtherUser", "-test.v")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), variable+"="+open)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: TestOtherUser") {
		t.Errorf("%v: %s", err, out)
	}
	ln.Close()
	<-served
}
