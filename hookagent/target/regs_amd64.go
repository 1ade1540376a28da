package target

import (
	"errors"
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"
)

// threadRegs holds the general registers of a stopped thread (struct user_regs_struct).
type threadRegs struct{ unix.PtraceRegs }

// getRegs reads the registers of a stopped thread.
func getRegs(tid int) (*threadRegs, error) {
	r := new(threadRegs)
	if err := ptraceNow(unix.PTRACE_GETREGS, tid, 0, unsafe.Pointer(&r.PtraceRegs)); err != nil {
		return nil, fmt.Errorf("reading the registers of thread %d: %w", tid, err)
	}
	return r, nil
}

// set writes the registers to a stopped thread.
func (r *threadRegs) set(tid int) error {
	return ptraceNow(unix.PTRACE_SETREGS, tid, 0, unsafe.Pointer(&r.PtraceRegs))
}

func (r *threadRegs) pc() uint64 { return r.Rip }
func (r *threadRegs) sp() uint64 { return r.Rsp }
func (r *threadRegs) fp() uint64 { return r.Rbp }

// redZone is memory below the stack pointer that C code may use (System V ABI).
const redZone = 128

// findInjectionCode finds code that every Go program has: syscall; ret at the end of runtime.osyield, and runtime.sigreturn__sigaction,
// mov rax, SYS_rt_sigreturn; syscall, whose form debuggers rely on (runtime/sys_linux_amd64.s).
func (t *Process) findInjectionCode() error {
	syscall := []byte{0x0f, 0x05, 0xc3}
	sigreturn := []byte{0x48, 0xc7, 0xc0, 0x0f, 0, 0, 0, 0x0f, 0x05}
	found, err := t.findInText(syscall, sigreturn)
	if err != nil {
		return err
	}
	if t.injection.call, t.injection.sigreturn = found[0], found[1]; found[0] == 0 || found[1] == 0 {
		return errors.New("the service's code has no system call that could be borrowed: was it built by another compiler?")
	}
	return nil
}

// Errors by which a system call that was interrupted says how it is to be restarted (include/linux/errno.h).
const (
	errRestartSys   = -512
	errRestartNoint = -513
	errRestartNohnd = -514
	errRestartBlock = -516
)

// syscallLen is the length of the syscall instruction.
const syscallLen = 2

// restartSyscall makes a thread that was stopped in a system call make it again, as the kernel does on the way out of a stop
// (arch/x86/kernel/signal.c arch_do_signal_or_restart) unless another system call comes between.
func (r *threadRegs) restartSyscall() {
	if int64(r.Orig_rax) < 0 {
		return
	}
	switch int64(r.Rax) {
	case errRestartSys, errRestartNoint, errRestartNohnd:
		r.Rax = r.Orig_rax
		r.Rip -= syscallLen
	case errRestartBlock:
		r.Rax = unix.SYS_RESTART_SYSCALL
		r.Rip -= syscallLen
	}
	r.Orig_rax = ^uint64(0) // done: nothing is left for the kernel to restart
}

// setSyscall makes the thread begin the system call nr at the instruction code, with its stack pointer at stack.
func (r *threadRegs) setSyscall(code, stack uint64, nr uintptr, args []uint64) {
	const trapFlag = 1 << 8
	r.Rip, r.Rsp, r.Rax, r.Orig_rax = code, stack, uint64(nr), ^uint64(0)
	r.Eflags &^= trapFlag
	for i, reg := range []*uint64{&r.Rdi, &r.Rsi, &r.Rdx, &r.R10, &r.R8, &r.R9} {
		if i < len(args) {
			*reg = args[i]
		}
	}
}

// syscallResult returns what a system call has left: its value, or minus an errno.
func (r *threadRegs) syscallResult() uint64 { return r.Rax }
