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

// Syscall makes the stopped service do a system call. One thread does it, with all signals blocked, on an instruction that the
// service has itself; registers and signal mask are as before when it returns.
//
// Should the agent be killed meanwhile, the kernel lets the thread go as it is. It then finishes the system call and returns from
// it into runtime.sigreturn__sigaction, as if from a signal handler, with what the thread had as the handler's frame: the
// service goes on as if nothing had been. No byte of its code is ever changed for it.
func (t *Process) Syscall(nr uintptr, args ...uint64) (uint64, error) {
	if err := t.borrow(); err != nil {
		return 0, err
	}
	var old unix.PtraceRegs
	if err := unix.PtraceGetRegs(t.tid, &old); err != nil {
		return 0, fmt.Errorf("reading the service's registers: %w", err)
	}
	restart(&old)
	var mask uint64
	if err := sigmask(ptraceGetSigmask, t.tid, &mask); err != nil {
		return 0, fmt.Errorf("reading the service's signal mask: %w", err)
	}
	at, err := t.writeFrame(&old, mask)
	if err != nil {
		return 0, err
	}
	result, err := t.run(old, at, nr, args)
	// The mask first: whatever the agent's end may leave undone, the thread does itself.
	err = errors.Join(err, t.setSigmask(mask), unix.PtraceSetRegs(t.tid, &old))
	if err != nil {
		return 0, fmt.Errorf("a system call in the service: %w", err)
	}
	if e := int64(result); e < 0 && e > -4096 {
		return 0, unix.Errno(-e)
	}
	return result, nil
}

// Errors by which a system call that was interrupted says how it is to be restarted (include/linux/errno.h).
const (
	errRestartSys   = -512
	errRestartNoint = -513
	errRestartNohnd = -514
	errRestartBlock = -516
)

// restart has a thread that was stopped in a system call make it again, as the kernel does on the way out of a stop
// (arch/x86/kernel/signal.c arch_do_signal_or_restart) unless another system call comes between.
func restart(r *unix.PtraceRegs) {
	if int64(r.Orig_rax) < 0 {
		return
	}
	switch int64(r.Rax) {
	case errRestartSys, errRestartNoint, errRestartNohnd:
		r.Rax = r.Orig_rax
		r.Rip -= 2 // the length of syscall
	case errRestartBlock:
		r.Rax = unix.SYS_RESTART_SYSCALL
		r.Rip -= 2
	}
	r.Orig_rax = ^uint64(0) // done: nothing is left for the kernel to restart
}

// run makes the thread do the call, its stack pointer at the frame, and returns what the call returned.
func (t *Process) run(r unix.PtraceRegs, frame uint64, nr uintptr, args []uint64) (uint64, error) {
	r.Rip, r.Rsp, r.Rax, r.Orig_rax = t.borrowed.call, frame, uint64(nr), ^uint64(0)
	r.Eflags &^= 1 << 8 // TF
	for i, reg := range []*uint64{&r.Rdi, &r.Rsi, &r.Rdx, &r.R10, &r.R8, &r.R9} {
		if i < len(args) {
			*reg = args[i]
		}
	}
	if err := unix.PtraceSetRegs(t.tid, &r); err != nil {
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
	if err := unix.PtraceGetRegs(t.tid, &r); err != nil {
		return 0, err
	}
	return r.Rax, nil
}

// maxStops bounds the stops for other reasons during one system call.
const maxStops = 1000

// toSyscallStop lets the thread go on to the beginning or end of a system call. A SIGSTOP, which cannot be blocked, is put off
// until the thread is released.
func (t *Process) toSyscallStop() error {
	for range maxStops {
		if err := unix.PtraceSyscall(t.tid, 0); err != nil {
			return err
		}
		var ws unix.WaitStatus
		if _, err := wait4(t.tid, &ws); err != nil {
			return err
		}
		switch {
		case !ws.Stopped():
			return fmt.Errorf("the service did not come back from it (wait status %#x)", uint32(ws))
		case ws.StopSignal() == syscallStop:
			return nil
		case uint32(ws)>>16 == 0: // a signal is about to be delivered
			t.putOff = append(t.putOff, ws.StopSignal())
		}
	}
	return errors.New("the service does not get to the system call")
}

func (t *Process) setSigmask(mask uint64) error { return sigmask(ptraceSetSigmask, t.tid, &mask) }
