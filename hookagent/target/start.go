// Package target starts the service and gives access to it: ptrace while it stands still, its memory while it runs, its output and
// its end.
//
// Invariants. ptrace belongs to one thread. Start, what is done to the new service, and Release are called from one goroutine locked to
// its thread; a service that runs is held by Stopped or WithThread, on a thread of the agent that ends afterwards, for that lets go of
// everything, whatever state it is in. No wait for the service is without a limit. After Release the service is an ordinary child:
// nothing that happens to the agent stops it. Its output goes to files or to where the agent's own went, never into a pipe that
// could fill up or lose its reader.
package target

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"

	"gotop/hookagent/plan"
)

// Output says where the service's stdin, stdout and stderr lead.
type Output string

const (
	Files   Output = "files"   // stdin /dev/null; stdout.log and stderr.log in a directory
	Inherit Output = "inherit" // the agent's own
	Stderr  Output = "stderr"  // the agent's own, stdout to stderr
)

// Process is a service. Its executable stays open, whatever becomes of the file.
type Process struct {
	Pid  int
	Exe  *os.File
	Logs [2]*os.File // stdout and stderr, for reading, where Output is Files
	bias uint64      // what the loader added to the executable's addresses
	plan *plan.Plan
	mem  *os.File // /proc/PID/mem, while the service stands still

	attached bool // not our child
	pidfd    int  // readable when it has ended

	hold            *standstill        // what is held of it
	hung            bool               // a tracing thread has not come back
	uninterruptible map[int]stuckSince // threads that were seen to wait so
	injection       syscallInjection   // what system calls in the service are made with
	deferredSignals []syscall.Signal   // that came meanwhile; sent again when it is let go

	Rehearsed bool // the agent's own seccomp filters, if any, allow what a service of its own inherits them for
}

// Options of Start.
type Options struct {
	Args   []string // argv, the first as the user wrote it
	Env    []string
	Output Output
	Dir    string // for Files
}

// Start starts the service and stops it before its first instruction.
func Start(p *plan.Plan, o Options) (*Process, error) {
	t := &Process{plan: p}
	files, err := t.files(o)
	if err != nil {
		return nil, err
	}
	if t.Exe, err = os.Open(p.Exe); err != nil {
		return nil, err
	}
	attr := &syscall.ProcAttr{Env: o.Env, Files: []uintptr{files[0].Fd(), files[1].Fd(), files[2].Fd()},
		Sys: &syscall.SysProcAttr{Ptrace: true, Setpgid: true}}
	if t.Pid, err = syscall.ForkExec(p.Exe, o.Args, attr); err != nil {
		return nil, startError(p.Exe, err)
	}
	if o.Output == Files {
		for _, f := range files {
			f.Close()
		}
	}
	if err := t.stoppedAtExec(); err != nil {
		return nil, errors.Join(err, t.Kill())
	}
	return t, nil
}

func startError(exe string, err error) error {
	if errors.Is(err, unix.EPERM) || errors.Is(err, unix.ENOSYS) { // ENOSYS: gVisor and other sandboxes
		return &NotPermitted{What: "starting " + exe + " under ptrace", Err: err}
	}
	return fmt.Errorf("starting %s: %w", exe, err)
}

// stoppedAtExec waits for the stop that PTRACE_TRACEME makes of execve, and finds where the service was loaded.
func (t *Process) stoppedAtExec() error {
	var ws unix.WaitStatus
	if _, err := wait4(t.Pid, &ws); err != nil {
		return fmt.Errorf("waiting for the service to start: %w", err)
	}
	if !ws.Stopped() {
		return errors.New("the service ended before its first instruction")
	}
	var err error
	if t.pidfd, err = unix.PidfdOpen(t.Pid, 0); err != nil {
		return fmt.Errorf("process %d: %w", t.Pid, err)
	}
	if err := t.findBias(); err != nil {
		return err
	}
	first := &held{thread: thread{tid: t.Pid}, stopped: true}
	t.hold = &standstill{t: t, held: map[int]*held{t.Pid: first}, order: []*held{first}}
	return t.openMemory()
}

// findBias finds where the service's executable was loaded.
func (t *Process) findBias() error {
	entry, err := auxEntry(t.Pid)
	t.bias = entry - t.plan.Entry
	return err
}

// files opens what the service gets as 0, 1 and 2.
func (t *Process) files(o Options) ([3]*os.File, error) {
	std := [3]*os.File{os.Stdin, os.Stdout, os.Stderr}
	switch o.Output {
	case Inherit:
		return std, nil
	case Stderr:
		std[1] = os.Stderr
		return std, nil
	case Files:
	default:
		return std, fmt.Errorf("output %q is not known; it is one of %s, %s, %s", o.Output, Files, Inherit, Stderr)
	}
	var err error
	if std[0], err = os.Open(os.DevNull); err != nil {
		return std, err
	}
	for i, name := range []string{"stdout.log", "stderr.log"} {
		if std[i+1], t.Logs[i], err = logFile(filepath.Join(o.Dir, name)); err != nil {
			return std, fmt.Errorf("keeping the service's output: %w", err)
		}
	}
	return std, nil
}

// logFile makes a file that the service appends to and the agent reads.
func logFile(name string) (w, r *os.File, err error) {
	w, err = os.OpenFile(name, os.O_WRONLY|os.O_APPEND|os.O_CREATE|os.O_EXCL|unix.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, nil, err
	}
	// Writable: the oldest part of a very long log is given back to the file system (fallocate).
	r, err = os.OpenFile(name, os.O_RDWR, 0)
	return w, r, err
}

// Release lets a service go that Start has started.
func (t *Process) Release() error { return t.letGo() }

// Kill ends a service that was never released.
func (t *Process) Kill() error {
	if err := unix.Kill(t.Pid, unix.SIGKILL); err != nil {
		return err
	}
	var ws unix.WaitStatus
	_, err := wait4(t.Pid, &ws)
	return err
}

// Signal sends the service a signal; it is no error if it has ended.
func (t *Process) Signal(s unix.Signal) error {
	if err := unix.Kill(t.Pid, s); err != nil && !errors.Is(err, unix.ESRCH) {
		return fmt.Errorf("signalling the service: %w", err)
	}
	return nil
}

// Wait waits for the service's end; known is false where it is not ours, so that nobody tells how it ended.
func (t *Process) Wait() (ws unix.WaitStatus, known bool, err error) {
	// wait4 before the end would take away the stops that another thread of the agent waits for when it leaves the service.
	if err := t.waitEnd(); err != nil || t.attached {
		return ws, false, err
	}
	if _, err := wait4(t.Pid, &ws); err != nil {
		return ws, false, fmt.Errorf("waiting for the service: %w", err)
	}
	return ws, true, nil
}

// wait4 calls wait4(2) until no signal interrupts it.
func wait4(pid int, ws *unix.WaitStatus) (int, error) {
	for {
		got, err := unix.Wait4(pid, ws, unix.WALL, nil)
		if !errors.Is(err, unix.EINTR) {
			return got, err
		}
	}
}

// NotPermitted says that the system does not let the agent do what it needs, and which setting decides.
type NotPermitted struct {
	What string
	Err  error
}

func (e *NotPermitted) Unwrap() error { return e.Err }

func (e *NotPermitted) Error() string {
	return fmt.Sprintf("no permission for %s (%v): %s", e.What, e.Err, ptraceAdvice())
}

// ptraceAdvice names the settings that forbid ptrace, and what to do about them.
func ptraceAdvice() string {
	scope, err := os.ReadFile("/proc/sys/kernel/yama/ptrace_scope")
	if err == nil && len(scope) > 0 && scope[0] >= '2' {
		return fmt.Sprintf("kernel.yama.ptrace_scope is %c; as root: sysctl kernel.yama.ptrace_scope=1", scope[0])
	}
	return "run as the service's user, or with CAP_SYS_PTRACE (docker run --cap-add SYS_PTRACE); a container's seccomp profile may forbid ptrace too"
}
