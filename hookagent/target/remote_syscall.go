package target

import (
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"

	"gotop/hookagent/seccomp"
)

// syscallStop is what PTRACE_O_TRACESYSGOOD makes of the stop signal at the beginning and the end of a system call.
const syscallStop = unix.SIGTRAP | 0x80

// maxErrno is the largest errno that a system call returns, negated, in place of a value (include/linux/err.h).
const maxErrno = 4095

// Syscall makes the held service do the system call nr and returns its value, or its errno as the error. One thread does it, with all signals blocked, on an instruction that the
// service has itself; registers and signal mask are as before when it returns. What the thread's seccomp filters do not allow is
// refused before.
//
// Should the agent be killed meanwhile, the kernel lets the thread go as it is. It then finishes the system call and returns from
// it into the service's code for rt_sigreturn, as if from a signal handler, with what the thread had as the handler's frame: the
// service goes on as if nothing had been. No byte of its code is ever changed for it.
func (t *Process) Syscall(nr uintptr, args ...uint64) (uint64, error) {
	if err := t.prepareInjection(); err != nil {
		return 0, err
	}
	tid := t.injection.tid
	if err := t.injection.filters.Check(t.Pid, t.injection.ip(), seccomp.Call{Name: callName(nr), Nr: nr, Args: args}); err != nil {
		return 0, err
	}
	saved, err := getRegs(tid)
	if err != nil {
		return 0, err
	}
	saved.restartSyscall()
	var mask uint64
	if err := sigmask(ptraceGetSigmask, tid, &mask); err != nil {
		return 0, fmt.Errorf("reading the service's signal mask: %w", err)
	}
	frame, err := t.writeSignalFrame(saved, mask)
	if err != nil {
		return 0, err
	}
	result, err := t.runSyscall(*saved, frame, nr, args)
	if errors.Is(err, errNotBack) {
		// It finishes the call by itself and returns through the frame.
		t.hold.held[tid].stopped, t.injection.lost = false, true
		return 0, &Obstacle{"stuck", fmt.Sprintf("thread %d of process %d does not come back from a system call that gotop had it make (%s): "+
			"the process was let go on. It may be frozen, or short of memory. Try again", tid, t.Pid, callName(nr))}
	}
	// The mask first: whatever the agent's end may leave undone, the thread does itself.
	err = errors.Join(err, sigmask(ptraceSetSigmask, tid, &mask), saved.set(tid))
	if err == nil && result == uint64(nr) && trapped(tid) {
		return 0, errors.Join(&seccomp.Refusal{Pid: t.Pid, Call: callName(nr), Action: seccomp.Trap}, t.swallow(unix.SIGSYS))
	}
	if err != nil {
		return 0, fmt.Errorf("a system call in the service: %w", err)
	}
	if e := int64(result); e < 0 && e >= -maxErrno {
		return 0, unix.Errno(-e)
	}
	return result, nil
}

// injectedMask blocks all signals but the SIGSYS of a seccomp filter, for which the kernel would end a process that blocks it.
const injectedMask = ^uint64(1 << (unix.SIGSYS - 1))

// runSyscall makes the thread do the call, its stack pointer at the signal frame, and returns what the call returned: what it has at
// the end of that call, not what it happens to have at a stop.
func (t *Process) runSyscall(r threadRegs, frame uint64, nr uintptr, args []uint64) (uint64, error) {
	tid := t.injection.tid
	r.setSyscall(t.injection.call, frame, nr, args)
	if err := r.set(tid); err != nil {
		return 0, err
	}
	// Blocked only now: the frame that gives the mask back is in place.
	mask := injectedMask
	if err := sigmask(ptraceSetSigmask, tid, &mask); err != nil {
		return 0, err
	}
	end := time.Now().Add(callPatience)
	for _, op := range []uint8{infoEntry, infoExit} {
		if err := t.toSyscallStop(end); err != nil {
			return 0, err
		}
		info, err := getSyscallInfo(tid)
		switch {
		case errors.Is(err, unix.EIO): // before Linux 5.3: they come by turns
		case err != nil:
			return 0, err
		case info.op != op || op == infoEntry && info.data[0] != uint64(nr):
			return 0, fmt.Errorf("the service is at another system call than it was sent to (%d, %d)", info.op, info.data[0])
		}
	}
	after, err := getRegs(tid)
	if err != nil {
		return 0, err
	}
	return after.syscallResult(), nil
}

// callPatience is how long a system call may take that is made for gotop: one thread waits for it, and the machine may be busy.
const callPatience = 2 * time.Second

// errNotBack says that the thread does not stop again.
var errNotBack = errors.New("it does not come back")

// toSyscallStop lets the thread go on to the beginning or end of a system call. A SIGSTOP, which cannot be blocked, is deferred
// until the thread is released.
func (t *Process) toSyscallStop(end time.Time) error {
	for {
		if err := ptraceNow(unix.PTRACE_SYSCALL, t.injection.tid, 0, nil); err != nil {
			return err
		}
		ws, err := t.awaitInjected(end)
		switch {
		case err != nil:
			return err
		case ws.StopSignal() == syscallStop:
			return nil
		case uint32(ws)>>16 == 0: // a signal is about to be delivered
			t.deferredSignals = append(t.deferredSignals, ws.StopSignal())
		case time.Now().After(end):
			return errors.New("the service does not get to the system call")
		}
	}
}

// awaitInjected waits for a stop of the thread that makes a system call. The error is errNotBack if there is none, not even when it is
// interrupted.
func (t *Process) awaitInjected(end time.Time) (ws unix.WaitStatus, err error) {
	interrupted := false
	for looks := 0; ; looks++ {
		got, err := unix.Wait4(t.injection.tid, &ws, unix.WALL|unix.WNOHANG, nil)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil:
			return ws, err
		case got != 0 && !ws.Stopped():
			return ws, fmt.Errorf("the service did not come back from it (wait status %#x)", uint32(ws))
		case got != 0 && interrupted && uint32(ws)>>16 == unix.PTRACE_EVENT_STOP:
			return ws, errTooLong
		case got != 0:
			return ws, nil
		case looks < stopSpins:
			continue
		}
		pause(stopPause)
		if !time.Now().After(end) {
			continue
		}
		if interrupted {
			return ws, errNotBack
		}
		_ = interrupt(t.injection.tid)
		interrupted, end = true, time.Now().Add(callPatience)
	}
}

// errTooLong says that the thread was stopped again before the call was made.
var errTooLong = errors.New("it does not get to its end")

// swallow takes a signal away that waits for the thread.
func (t *Process) swallow(signal unix.Signal) error {
	tid := t.injection.tid
	seen := false
	for end := time.Now().Add(callPatience); ; {
		if err := errors.Join(ptraceNow(unix.PTRACE_CONT, tid, 0, nil), interrupt(tid)); err != nil {
			return err
		}
		ws, err := t.awaitInjected(end)
		switch {
		case err != nil:
			return err
		case uint32(ws)>>16 == 0 && ws.StopSignal() == signal:
			seen = true
		case uint32(ws)>>16 == 0:
			t.deferredSignals = append(t.deferredSignals, ws.StopSignal())
		case seen || !trapped(tid):
			return nil
		}
	}
}

func callName(nr uintptr) string {
	if name, ok := callNames[nr]; ok {
		return name
	}
	return fmt.Sprintf("system call %d", nr)
}

var callNames = map[uintptr]string{unix.SYS_MMAP: "mmap", unix.SYS_MUNMAP: "munmap", unix.SYS_MEMFD_CREATE: "memfd_create",
	unix.SYS_FCNTL: "fcntl", unix.SYS_CLOSE: "close", unix.SYS_MADVISE: "madvise", unix.SYS_FUTEX: "futex"}
