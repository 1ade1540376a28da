package target

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"gotop/hookagent/plan"
)

// Open gives access to a process that runs already, without stopping it.
func Open(p *plan.Plan, pid int) (*Process, error) {
	t, err := find(p, pid)
	if err != nil {
		return nil, err
	}
	return t, t.findInjectionCode() // now, for it takes longer than the service is to stand still
}

// find looks up a process that runs already, and where it was loaded.
func find(p *plan.Plan, pid int) (*Process, error) {
	t := &Process{plan: p, Pid: pid, attached: true}
	var err error
	if t.pidfd, err = unix.PidfdOpen(pid, 0); err != nil {
		return nil, fmt.Errorf("process %d: %w", pid, err)
	}
	if t.Exe, err = os.Open(fmt.Sprintf("/proc/%d/exe", pid)); err != nil {
		if errors.Is(err, os.ErrNotExist) {
			return nil, fmt.Errorf("process %d: %w", pid, unix.ESRCH) // it is just ending
		}
		return nil, &NotPermitted{What: fmt.Sprintf("reading the executable of process %d", pid), Err: err}
	}
	return t, t.findBias()
}

// Stop stops all threads. Each is seized, so that neither signals nor job control notice; Release lets them go.
func (t *Process) Stop() error {
	if err := t.openMemory(); err != nil {
		return err
	}
	t.reaper = startThreadReaper()
	for {
		fresh, err := t.seizeNewThreads()
		if err != nil {
			return errors.Join(err, t.Release())
		}
		if fresh == 0 {
			break
		}
	}
	if len(t.threads) == 0 {
		return fmt.Errorf("process %d: %w", t.Pid, unix.ESRCH)
	}
	t.injectionTid = t.threads[0]
	return nil
}

// seizeNewThreads stops the threads that are not stopped yet; a running thread may have started others meanwhile.
func (t *Process) seizeNewThreads() (int, error) {
	tasks, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", t.Pid))
	if err != nil {
		return 0, fmt.Errorf("process %d: %w", t.Pid, err)
	}
	fresh := 0
	for _, e := range tasks {
		tid, _ := strconv.Atoi(e.Name())
		if t.stopped[tid] {
			continue
		}
		t.seized = append(t.seized, tid)
		err := t.seize(tid)
		if errors.Is(err, unix.ESRCH) {
			continue // it has ended
		}
		if err != nil {
			return fresh, err
		}
		t.threads = append(t.threads, tid)
		t.stopped[tid] = true
		fresh++
	}
	return fresh, nil
}

// seize stops one thread. A signal that arrives first is delivered first.
func (t *Process) seize(tid int) error {
	if tid != t.Pid || t.attached { // how our own child ended is for Wait to return
		t.reaper.watch(tid)
	}
	if err := unix.PtraceSeize(tid); err != nil {
		if state, _ := t.threadState(tid); state == "" || state == "Z" || state == "X" {
			return unix.ESRCH
		}
		if _, tracer := t.threadState(tid); errors.Is(err, unix.EPERM) && tracer != "0" && tracer != "" {
			return fmt.Errorf("process %d is traced by process %s, such as a debugger, strace or another gotop: only one can", t.Pid, tracer)
		}
		if errors.Is(err, unix.EPERM) {
			return &NotPermitted{What: fmt.Sprintf("tracing process %d", t.Pid), Err: err}
		}
		return err
	}
	if err := unix.PtraceInterrupt(tid); err != nil {
		return err
	}
	for {
		if err := t.awaitStop(tid); err != nil {
			return err
		}
		var ws unix.WaitStatus
		switch got, err := unix.Wait4(tid, &ws, unix.WALL|unix.WNOHANG, nil); {
		case err != nil && !errors.Is(err, unix.EINTR):
			return err
		case got == 0:
			continue // an execve has made another thread of it
		}
		if uint32(ws)>>16 == unix.PTRACE_EVENT_STOP {
			return nil
		}
		if err := unix.PtraceCont(tid, int(ws.StopSignal())); err != nil && !errors.Is(err, unix.ESRCH) {
			return err
		}
	}
}

// awaitStop looks at a thread stopSpins times without a pause, since nearly all stop within some microseconds, and then every stopPause.
const (
	stopSpins = 200
	stopPause = 50 * time.Microsecond
)

// awaitStop returns when a seized thread stands; ESRCH if it has ended, or goes by another number after an execve. It does not wait
// in the kernel: that could be for ever then.
func (t *Process) awaitStop(tid int) error {
	for looks := 0; ; looks++ {
		code, err := waitThread(tid, unix.WSTOPPED|unix.WEXITED|unix.WNOWAIT|unix.WNOHANG)
		switch {
		case errors.Is(err, unix.ECHILD) || ended(code, err):
			return unix.ESRCH
		case err != nil || code != cldNone:
			return err
		case looks < stopSpins:
			continue
		}
		time.Sleep(stopPause)
		if _, tracer := t.threadState(tid); tracer == "" || tracer == "0" {
			return unix.ESRCH
		}
		_ = unix.PtraceInterrupt(tid) // again: an execve forgets it
	}
}

// ThreadContext is where a stopped thread stands. InSignalHandler: it will go on elsewhere when it has handled a signal.
type ThreadContext struct {
	PC, SP, FP      uint64 // FP is the frame pointer: RBP on amd64
	InSignalHandler bool
}

// ThreadContexts returns where each of the stopped threads stands.
func (t *Process) ThreadContexts() ([]ThreadContext, error) {
	contexts := make([]ThreadContext, 0, len(t.threads))
	for _, tid := range t.threads {
		r, err := getRegs(tid)
		if err != nil {
			return nil, err
		}
		var mask uint64
		if err := sigmask(ptraceGetSigmask, tid, &mask); err != nil {
			return nil, fmt.Errorf("reading the signal mask of thread %d: %w", tid, err)
		}
		// Go's handlers block every signal (runtime/signal_unix.go setsig), its other code never blocks SIGURG for long.
		contexts = append(contexts, ThreadContext{r.pc(), r.sp(), r.fp(), mask&(1<<(unix.SIGURG-1)) != 0})
	}
	return contexts, nil
}

// waitEnd waits for the end of the process and leaves its status to be read, if it is a child.
func (t *Process) waitEnd() error {
	for {
		_, err := unix.Poll([]unix.PollFd{{Fd: int32(t.pidfd), Events: unix.POLLIN}}, -1)
		if err == nil {
			return nil
		}
		if !errors.Is(err, unix.EINTR) {
			return fmt.Errorf("waiting for the service: %w", err)
		}
	}
}

// Alive returns whether the process is there, if only as a zombie.
func (t *Process) Alive() bool { return unix.Kill(t.Pid, 0) == nil }
