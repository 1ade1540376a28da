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

// trap is a syscall and then a stop: syscall; int3.
var trap = []byte{0x0f, 0x05, 0xcc}

// Syscall makes the stopped service do a system call. It runs with all signals blocked, on two instructions put over the ones the
// service stands at; registers, signal mask and instructions are as before when it returns.
func (t *Process) Syscall(nr uintptr, args ...uint64) (uint64, error) {
	var old unix.PtraceRegs
	if err := unix.PtraceGetRegs(t.Pid, &old); err != nil {
		return 0, fmt.Errorf("reading the service's registers: %w", err)
	}
	mask, err := t.blockSignals()
	if err != nil {
		return 0, err
	}
	was := make([]byte, len(trap))
	if err := t.ReadAt(was, old.Rip); err != nil {
		return 0, err
	}
	if err := t.WriteAt(trap, old.Rip); err != nil {
		return 0, err
	}
	result, err := t.runTrap(old, nr, args)
	err = errors.Join(err, t.WriteAt(was, old.Rip), unix.PtraceSetRegs(t.Pid, &old), t.setSigmask(mask))
	if err != nil {
		return 0, fmt.Errorf("a system call in the service: %w", err)
	}
	if e := int64(result); e < 0 && e > -4096 {
		return 0, unix.Errno(-e)
	}
	return result, nil
}

// runTrap runs the two instructions and returns what the call returned.
func (t *Process) runTrap(r unix.PtraceRegs, nr uintptr, args []uint64) (uint64, error) {
	r.Rax = uint64(nr)
	r.Orig_rax = ^uint64(0) // no system call to be restarted
	for i, reg := range []*uint64{&r.Rdi, &r.Rsi, &r.Rdx, &r.R10, &r.R8, &r.R9} {
		if i < len(args) {
			*reg = args[i]
		}
	}
	if err := unix.PtraceSetRegs(t.Pid, &r); err != nil {
		return 0, err
	}
	if err := unix.PtraceCont(t.Pid, 0); err != nil {
		return 0, err
	}
	var ws unix.WaitStatus
	if _, err := wait4(t.Pid, &ws); err != nil {
		return 0, err
	}
	if !ws.Stopped() || ws.StopSignal() != unix.SIGTRAP {
		return 0, fmt.Errorf("the service did not come back from it (wait status %#x)", uint32(ws))
	}
	if err := unix.PtraceGetRegs(t.Pid, &r); err != nil {
		return 0, err
	}
	return r.Rax, nil
}

// blockSignals blocks all signals but SIGTRAP, so that none is delivered in the middle, and returns the mask there was.
func (t *Process) blockSignals() (uint64, error) {
	var old uint64
	if err := sigmask(ptraceGetSigmask, t.Pid, &old); err != nil {
		return 0, fmt.Errorf("reading the service's signal mask: %w", err)
	}
	return old, t.setSigmask(^uint64(1 << (unix.SIGTRAP - 1)))
}

func (t *Process) setSigmask(mask uint64) error { return sigmask(ptraceSetSigmask, t.Pid, &mask) }
