package stream

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Codes of ListenError.
const (
	Busy      = "busy"       // another agent listens there
	NotSocket = "not_socket" // there is something else at the path
	NotOurs   = "not_ours"   // the socket belongs to another user
	BadPath   = "bad_path"   // nothing can be made there
)

// ListenError says why there can be no socket at a path; Error is for people.
type ListenError struct {
	Code, Text string
	Err        error
}

func (e *ListenError) Error() string { return e.Text }
func (e *ListenError) Unwrap() error { return e.Err }

// maxPath is what sun_path of struct sockaddr_un holds, with its end.
const maxPath = 107

// Listener is a private Unix socket.
type Listener struct {
	*net.UnixListener
	path     string
	dev, ino uint64
}

// Listen makes the socket at path. A socket that nobody listens on is replaced if it is the user's own.
//
// The socket gets its name when it listens: who finds it there can connect. It is made under another name, since bind(2) makes
// the file and whoever connects before listen(2) is refused.
func Listen(path string) (*Listener, error) {
	if len(path) > maxPath {
		return nil, &ListenError{BadPath, fmt.Sprintf("%s is longer than the %d bytes that a socket's path may have", path, maxPath), nil}
	}
	unlock := lockDir(filepath.Dir(path))
	defer unlock()
	if err := clearPath(path); err != nil {
		return nil, err
	}
	made, err := bindPrivate(filepath.Dir(path))
	if err != nil {
		return nil, cannotMake(path, err)
	}
	l := &Listener{UnixListener: made.ln, path: path}
	st, err := socketAt(made.name)
	if err != nil || st.Mode&0o777 != 0o600 {
		return nil, errors.Join(&ListenError{BadPath, fmt.Sprintf("the socket %s could not be made private", path), err}, made.remove())
	}
	l.dev, l.ino = st.Dev, st.Ino
	if err := rename(made.name, path); err != nil {
		return nil, errors.Join(cannotMake(path, err), made.remove())
	}
	return l, nil
}

func cannotMake(path string, err error) error {
	return &ListenError{BadPath, fmt.Sprintf("cannot make the socket %s: %v", path, reason(err)), err}
}

// unnamed is a socket that listens and has a name for the moment.
type unnamed struct {
	ln   *net.UnixListener
	name string
}

func (u unnamed) remove() error {
	return errors.Join(os.Remove(u.name), u.ln.Close())
}

// bindPrivate makes a socket that listens in a directory, whose path may be as long as that of the final socket: it is reached through
// its descriptor.
func bindPrivate(dir string) (u unnamed, err error) {
	d, err := os.Open(dir)
	if err != nil {
		return u, err
	}
	defer d.Close()
	// The file gets the mode of the socket itself (unix_bind in net/unix/af_unix.c), which is set before there is a file.
	config := net.ListenConfig{Control: func(_, _ string, c syscall.RawConn) (err error) {
		if e := c.Control(func(fd uintptr) { err = unix.Fchmod(int(fd), 0o600) }); e != nil {
			return e
		}
		return err
	}}
	name := fmt.Sprintf(".gotop-%d-%x", os.Getpid(), rand.Uint64())
	ln, err := config.Listen(context.Background(), "unix", fmt.Sprintf("/proc/self/fd/%d/%s", d.Fd(), name))
	if err != nil {
		return u, err
	}
	u = unnamed{ln.(*net.UnixListener), filepath.Join(dir, name)}
	u.ln.SetUnlinkOnClose(false)
	return u, nil
}

// rename gives the socket its name, unless somebody has put something there meanwhile; a file system that cannot tell replaces it.
func rename(from, to string) error {
	err := unix.Renameat2(unix.AT_FDCWD, from, unix.AT_FDCWD, to, unix.RENAME_NOREPLACE)
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOSYS) {
		return os.Rename(from, to)
	}
	return err
}

// Close removes the socket, unless another has taken its place, and stops listening. In this order: as long as the socket is
// open, its inode's number cannot be given to another.
func (l *Listener) Close() error {
	if st, err := socketAt(l.path); err == nil && st.Dev == l.dev && st.Ino == l.ino {
		os.Remove(l.path)
	}
	return l.UnixListener.Close()
}

// clearPath makes room for a new socket, or says why there is none.
func clearPath(path string) error {
	st, err := socketAt(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return &ListenError{BadPath, fmt.Sprintf("cannot look at %s: %v", path, reason(err)), err}
	case st.Mode&unix.S_IFMT != unix.S_IFSOCK:
		return &ListenError{NotSocket, path + " exists and is not a socket; it is left as it is", nil}
	case int(st.Uid) != os.Geteuid():
		return &ListenError{NotOurs, fmt.Sprintf("the socket %s belongs to the user %d", path, st.Uid), nil}
	}
	conn, err := net.DialTimeout("unix", path, time.Second)
	if err == nil {
		conn.Close()
	}
	if !errors.Is(err, unix.ECONNREFUSED) {
		return &ListenError{Busy, fmt.Sprintf("another service is monitored at %s: join it with gotop attach, or take another path with --socket", path), err}
	}
	if err := os.Remove(path); err != nil {
		return &ListenError{BadPath, fmt.Sprintf("cannot replace the stale socket %s: %v", path, reason(err)), err}
	}
	return nil
}

// socketAt looks at what is at path, not following links.
func socketAt(path string) (*unix.Stat_t, error) {
	var st unix.Stat_t
	if err := unix.Lstat(path, &st); err != nil {
		return nil, err
	}
	return &st, nil
}

// reason returns the innermost error: what people want to read of net's long ones.
func reason(err error) error {
	var errno syscall.Errno
	if errors.As(err, &errno) {
		return errno
	}
	return err
}

// lockDir keeps two agents that start at once from each taking the other's fresh socket for a stale one. A directory that
// cannot be locked, or not soon, is used without: then only that is not prevented.
func lockDir(dir string) (unlock func()) {
	f, err := os.Open(dir)
	if err != nil {
		return func() {}
	}
	for range 50 {
		if unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) == nil {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	return func() { f.Close() }
}

// peerAllowed: the peer is the same user or root.
func peerAllowed(conn *net.UnixConn) error {
	raw, err := conn.SyscallConn()
	if err != nil {
		return fmt.Errorf("looking at the viewer's user: %w", err)
	}
	var cred *unix.Ucred
	if e := raw.Control(func(fd uintptr) { cred, err = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED) }); e != nil {
		err = e
	}
	if err != nil {
		return fmt.Errorf("looking at the viewer's user: %w", err)
	}
	if uid := int(cred.Uid); uid != 0 && uid != os.Geteuid() {
		return fmt.Errorf("this service is monitored by the user %d, not %d", os.Geteuid(), uid)
	}
	return nil
}
