package target

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"

	"gotop/hookagent/plan"
)

// Requests that x/sys/unix does not wrap (linux/ptrace.h).
const (
	ptraceGetSigmask = 0x420a
	ptraceSetSigmask = 0x420b
)

// trap is a syscall and then a stop: syscall; int3.
var trap = []byte{0x0f, 0x05, 0xcc}

// Syscall makes the stopped service do a system call. One thread does it, with all signals blocked, on two instructions put over the
// allocator's first ones, which nobody can run meanwhile; registers, signal mask and instructions are as before when it returns.
func (t *Process) Syscall(nr uintptr, args ...uint64) (uint64, error) {
	var old unix.PtraceRegs
	if err := unix.PtraceGetRegs(t.tid, &old); err != nil {
		return 0, fmt.Errorf("reading the service's registers: %w", err)
	}
	mask, err := t.blockSignals()
	if err != nil {
		return 0, err
	}
	at := t.scratch()
	was := make([]byte, len(trap))
	if err := t.ReadAt(was, at); err != nil {
		return 0, err
	}
	if err := t.WriteAt(trap, at); err != nil {
		return 0, err
	}
	result, err := t.runTrap(old, at, nr, args)
	err = errors.Join(err, t.WriteAt(was, at), unix.PtraceSetRegs(t.tid, &old), t.setSigmask(mask))
	if err != nil {
		return 0, fmt.Errorf("a system call in the service: %w", err)
	}
	if e := int64(result); e < 0 && e > -4096 {
		return 0, unix.Errno(-e)
	}
	return result, nil
}

// scratch is code that no thread runs while all are stopped, and that the hooks do not replace.
func (t *Process) scratch() uint64 {
	for _, h := range t.plan.Hooks {
		if h.Kind == plan.Alloc {
			return h.Entry + t.bias
		}
	}
	return t.plan.Entry + t.bias
}

// runTrap runs the two instructions and returns what the call returned.
func (t *Process) runTrap(r unix.PtraceRegs, at uint64, nr uintptr, args []uint64) (uint64, error) {
	r.Rip, r.Rax = at, uint64(nr)
	r.Orig_rax = ^uint64(0) // no system call to be restarted
	for i, reg := range []*uint64{&r.Rdi, &r.Rsi, &r.Rdx, &r.R10, &r.R8, &r.R9} {
		if i < len(args) {
			*reg = args[i]
		}
	}
	if err := unix.PtraceSetRegs(t.tid, &r); err != nil {
		return 0, err
	}
	if err := unix.PtraceCont(t.tid, 0); err != nil {
		return 0, err
	}
	var ws unix.WaitStatus
	if _, err := wait4(t.tid, &ws); err != nil {
		return 0, err
	}
	if !ws.Stopped() || ws.StopSignal() != unix.SIGTRAP {
		return 0, fmt.Errorf("the service did not come back from it (wait status %#x)", uint32(ws))
	}
	if err := unix.PtraceGetRegs(t.tid, &r); err != nil {
		return 0, err
	}
	return r.Rax, nil
}

// blockSignals blocks all signals but SIGTRAP, so that none is delivered in the middle, and returns the mask there was.
func (t *Process) blockSignals() (uint64, error) {
	var old uint64
	if err := sigmask(ptraceGetSigmask, t.tid, &old); err != nil {
		return 0, fmt.Errorf("reading the service's signal mask: %w", err)
	}
	return old, t.setSigmask(^uint64(1 << (unix.SIGTRAP - 1)))
}

func (t *Process) setSigmask(mask uint64) error { return sigmask(ptraceSetSigmask, t.tid, &mask) }
