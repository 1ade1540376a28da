package target

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// Requests that x/sys/unix does not wrap (linux/ptrace.h).
const (
	ptraceGetSigmask = 0x420a
	ptraceSetSigmask = 0x420b
)

// syscallStop is what PTRACE_O_TRACESYSGOOD makes of the stop signal at the beginning and the end of a system call.
const syscallStop = unix.SIGTRAP | 0x80

// maxErrno is the largest errno that a system call returns, negated, in place of a value (include/linux/err.h).
const maxErrno = 4095

// Syscall makes the stopped service do the system call nr and returns its value, or its errno as the error. One thread does it, with
// all signals blocked, on an instruction that the service has itself; registers and signal mask are as before when Syscall returns.
//
// Should the agent be killed meanwhile, the kernel lets the thread go as it is. It then finishes the system call and returns from
// it into the service's code for rt_sigreturn, as if from a signal handler, with what the thread had as the handler's frame: the
// service goes on as if nothing had been. No byte of its code is ever changed for it.
func (t *Process) Syscall(nr uintptr, args ...uint64) (uint64, error) {
	if err := t.prepareInjection(); err != nil {
		return 0, err
	}
	saved, err := getRegs(t.injectionTid)
	if err != nil {
		return 0, err
	}
	saved.restartSyscall()
	var mask uint64
	if err := sigmask(ptraceGetSigmask, t.injectionTid, &mask); err != nil {
		return 0, fmt.Errorf("reading the service's signal mask: %w", err)
	}
	frame, err := t.writeSignalFrame(saved, mask)
	if err != nil {
		return 0, err
	}
	result, err := t.runSyscall(*saved, frame, nr, args)
	// The mask first: whatever the agent's end may leave undone, the thread does itself.
	err = errors.Join(err, t.setSigmask(mask), saved.set(t.injectionTid))
	if err != nil {
		return 0, fmt.Errorf("a system call in the service: %w", err)
	}
	if e := int64(result); e < 0 && e >= -maxErrno {
		return 0, unix.Errno(-e)
	}
	return result, nil
}

// runSyscall makes the thread do the call, its stack pointer at the signal frame, and returns what the call returned.
func (t *Process) runSyscall(r threadRegs, frame uint64, nr uintptr, args []uint64) (uint64, error) {
	r.setSyscall(t.injection.call, frame, nr, args)
	if err := r.set(t.injectionTid); err != nil {
		return 0, err
	}
	// Blocked only now: the frame that gives the mask back is in place.
	if err := t.setSigmask(^uint64(0)); err != nil {
		return 0, err
	}
	for range 2 { // its beginning and its end
		if err := t.toSyscallStop(); err != nil {
			return 0, err
		}
	}
	after, err := getRegs(t.injectionTid)
	if err != nil {
		return 0, err
	}
	return after.syscallResult(), nil
}

// maxStops bounds the stops for other reasons during one system call.
const maxStops = 1000

// toSyscallStop lets the thread go on to the beginning or end of a system call. A SIGSTOP, which cannot be blocked, is deferred
// until the thread is released.
func (t *Process) toSyscallStop() error {
	for range maxStops {
		if err := unix.PtraceSyscall(t.injectionTid, 0); err != nil {
			return err
		}
		var ws unix.WaitStatus
		if _, err := wait4(t.injectionTid, &ws); err != nil {
			return err
		}
		switch {
		case !ws.Stopped():
			return fmt.Errorf("the service did not come back from it (wait status %#x)", uint32(ws))
		case ws.StopSignal() == syscallStop:
			return nil
		case uint32(ws)>>16 == 0: // a signal is about to be delivered
			t.deferredSignals = append(t.deferredSignals, ws.StopSignal())
		}
	}
	return errors.New("the service does not get to the system call")
}

func (t *Process) setSigmask(mask uint64) error {
	return sigmask(ptraceSetSigmask, t.injectionTid, &mask)
}
