package target

import (
	"errors"
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A signal frame, as the kernel puts it on the stack before it calls a handler and as rt_sigreturn wants it back
// (arch/x86/include/asm/sigframe.h rt_sigframe, uapi/asm/sigcontext.h). Offsets from the address of its first word, which the
// handler's ret takes as its return address.
const (
	frameFlags    = 8   // uc_flags
	frameAltstack = 24  // uc_stack
	frameRegs     = 48  // uc_mcontext: r8…r15, di, si, bp, bx, dx, ax, cx, sp, ip, flags
	frameSegments = 192 // cs, gs, fs, ss, 16 bits each
	frameFP       = 232 // where the floating point state is, 0: as at the start of a process
	frameMask     = 304 // uc_sigmask
	frameSize     = 312

	ucXstate, ucSegment, ucStrict = 1, 2, 4

	// ss_flags that sigaltstack refuses: rt_sigreturn then leaves the thread's signal stack as it is.
	refusedAltstack = 0x7f
)

// Floating point state in a signal frame (uapi/asm/sigcontext.h _fpx_sw_bytes): where the regset has a mask of the features, the
// frame has a description of itself, and a word behind it.
const (
	ntXstate    = 0x202 // NT_X86_XSTATE
	softStart   = 464
	fpMagic1    = 0x46505853
	fpMagic2    = 0x46505845
	fpAlign     = 64
	xstateLeast = 576 // legacy region and header
)

// writeSignalFrame puts a thread's state into memory that it does not use, for rt_sigreturn to take up, and returns its address.
func (t *Process) writeSignalFrame(r *threadRegs, mask uint64) (uint64, error) {
	fp, err := t.floatingPoint()
	if err != nil {
		return 0, err
	}
	fpAt := (t.injection.stackTop - uint64(len(fp))) &^ (fpAlign - 1)
	at := (fpAt-frameSize)&^15 - 8 // as behind a call
	if t.injection.stackTop-at > frameRoom {
		return 0, fmt.Errorf("a thread's state of %d bytes is more than was thought of", len(fp))
	}
	if err := t.WriteAt(fp, fpAt); err != nil {
		return 0, err
	}
	return at, t.WriteAt(signalFrame(r, mask, t.injection.sigreturn, fpAt), at)
}

// signalFrame makes the frame; sigreturn is where its handler would return to, fp where the floating point state is.
func signalFrame(r *threadRegs, mask, sigreturn, fp uint64) []byte {
	b := make([]byte, frameSize)
	le.PutUint64(b, sigreturn)
	le.PutUint64(b[frameFlags:], ucXstate|ucSegment|ucStrict)
	le.PutUint32(b[frameAltstack+8:], refusedAltstack)
	for i, v := range []uint64{r.R8, r.R9, r.R10, r.R11, r.R12, r.R13, r.R14, r.R15, r.Rdi, r.Rsi, r.Rbp, r.Rbx, r.Rdx, r.Rax, r.Rcx, r.Rsp, r.Rip, r.Eflags} {
		le.PutUint64(b[frameRegs+8*i:], v)
	}
	le.PutUint16(b[frameSegments:], uint16(r.Cs))
	le.PutUint16(b[frameSegments+6:], uint16(r.Ss))
	le.PutUint64(b[frameFP:], fp)
	le.PutUint64(b[frameMask:], mask)
	return b
}

// floatingPoint returns the thread's floating point and vector state in the form that a signal frame has. Where the kernel does not take
// the whole of it (more than the thread may use, as with AMX), it takes the first 512 bytes: x87 and SSE.
func (t *Process) floatingPoint() ([]byte, error) {
	b := make([]byte, frameRoom)
	v := unix.Iovec{Base: &b[0], Len: frameRoom}
	if _, _, e := unix.Syscall6(unix.SYS_PTRACE, unix.PTRACE_GETREGSET, uintptr(t.injection.tid), ntXstate, uintptr(unsafe.Pointer(&v)), 0, 0); e != 0 {
		return nil, fmt.Errorf("reading the service's floating point state: %w", e)
	}
	size := uint32(v.Len)
	if size < xstateLeast || size > frameRoom-4 {
		return nil, errors.New("the service's floating point state has a form that the agent does not know")
	}
	features := le.Uint64(b[softStart:])
	clear(b[softStart:512])
	le.PutUint32(b[softStart:], fpMagic1)
	le.PutUint32(b[softStart+4:], size+4)
	le.PutUint64(b[softStart+8:], features)
	le.PutUint32(b[softStart+16:], size)
	le.PutUint32(b[size:], fpMagic2)
	return b[:size+4], nil
}
