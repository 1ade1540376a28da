package target

import (
	"errors"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Requests that x/sys/unix does not wrap (linux/ptrace.h).
const (
	ptraceGetSigmask     = 0x420a
	ptraceSetSigmask     = 0x420b
	ptracePeekSiginfo    = 0x4209
	ptraceGetSyscallInfo = 0x420e
)

// ptraceNow is a request that never waits: it is made without telling Go's scheduler, which would take its time.
func ptraceNow(request uintptr, tid int, addr uintptr, data unsafe.Pointer) error {
	if _, _, e := unix.RawSyscall6(unix.SYS_PTRACE, request, uintptr(tid), addr, uintptr(data), 0, 0); e != 0 {
		return e
	}
	return nil
}

// ptraceWord is the same for requests whose data is a number.
func ptraceWord(request uintptr, tid int, data uintptr) error {
	if _, _, e := unix.RawSyscall6(unix.SYS_PTRACE, request, uintptr(tid), 0, data, 0, 0); e != 0 {
		return e
	}
	return nil
}

// seize traces a thread without stopping it. It waits while the service is in an execve.
func seize(tid int, options uintptr) error {
	if _, _, e := unix.Syscall6(unix.SYS_PTRACE, unix.PTRACE_SEIZE, uintptr(tid), 0, options, 0, 0); e != 0 {
		return e
	}
	return nil
}

func interrupt(tid int) error { return ptraceNow(unix.PTRACE_INTERRUPT, tid, 0, nil) }

// detach lets a stopped thread go on, with a signal that it was about to get, or 0.
func detach(tid, signal int) error {
	return ptraceWord(unix.PTRACE_DETACH, tid, uintptr(signal))
}

// sigmask gets or sets a stopped thread's signal mask; the kernel's sigset_t has 8 bytes.
func sigmask(request uintptr, tid int, mask *uint64) error {
	return ptraceNow(request, tid, 8, unsafe.Pointer(mask))
}

// stopKind says in what kind of stop a traced thread is: an event of ptrace (PTRACE_EVENT_STOP when it was interrupted or is stopped by
// job control), or about to get a signal. ESRCH: it is in none.
func stopKind(tid int) (event, signal int, err error) {
	var info struct {
		signo, errno, code int32
		rest               [116]byte
	}
	if err := ptraceNow(unix.PTRACE_GETSIGINFO, tid, 0, unsafe.Pointer(&info)); err != nil {
		return 0, 0, err
	}
	if info.code>>8 > 0 && info.code&0xff != 0 { // a signal number, and the event above it; of signals themselves codes are small
		return int(info.code >> 8), 0, nil
	}
	return 0, int(info.signo), nil
}

// eventMessage is what belongs to the event that a thread stopped at: for PTRACE_EVENT_CLONE, the new thread's number.
func eventMessage(tid int) int {
	var message uint64
	_ = ptraceNow(unix.PTRACE_GETEVENTMSG, tid, 0, unsafe.Pointer(&message))
	return int(message)
}

// syscallInfo is struct ptrace_syscall_info (ptrace(2)).
type syscallInfo struct {
	op   uint8
	arch uint32
	ip   uint64
	sp   uint64
	data [7]uint64 // at the entry: the number and the arguments; at the exit: the result
}

// Values of op.
const (
	infoEntry = 1
	infoExit  = 2
)

func getSyscallInfo(tid int) (info syscallInfo, err error) {
	return info, ptraceNow(ptraceGetSyscallInfo, tid, unsafe.Sizeof(info), unsafe.Pointer(&info))
}

// sysSeccomp is si_code of a SIGSYS that a seccomp filter sends (asm-generic/siginfo.h SYS_SECCOMP).
const sysSeccomp = 1

// trapped says whether a SIGSYS of a seccomp filter waits for a stopped thread.
func trapped(tid int) bool {
	var infos [16]struct {
		signo, errno, code int32
		rest               [116]byte
	}
	args := struct {
		off       uint64
		flags, nr uint32
	}{nr: uint32(len(infos))}
	n, _, e := unix.RawSyscall6(unix.SYS_PTRACE, ptracePeekSiginfo, uintptr(tid), uintptr(unsafe.Pointer(&args)), uintptr(unsafe.Pointer(&infos[0])), 0, 0)
	for i := range int(n) {
		if e == 0 && infos[i].signo == int32(unix.SIGSYS) && infos[i].code == sysSeccomp {
			return true
		}
	}
	return false
}

// pause waits without telling Go's scheduler.
func pause(d time.Duration) {
	ts := unix.NsecToTimespec(int64(d))
	_, _, _ = unix.RawSyscall(unix.SYS_NANOSLEEP, uintptr(unsafe.Pointer(&ts)), 0, 0)
}

// Values of si_code in siginfo_t for SIGCHLD (sigaction(2)).
const (
	cldNone = iota
	cldExited
	cldKilled
	cldDumped
)

// waitID is waitid(2) for one thread, without waiting. The code is cldNone where there is nothing. A wait of any kind takes a tracee's
// stop away, too, but with WNOWAIT.
func waitID(id, options int) (code int32, err error) {
	for {
		var info struct {
			signo, errno, code int32
			rest               [116]byte
		}
		_, _, e := unix.RawSyscall6(unix.SYS_WAITID, unix.P_PID, uintptr(id), uintptr(unsafe.Pointer(&info)), uintptr(options|unix.WALL|unix.WNOHANG), 0, 0)
		switch {
		case errors.Is(e, unix.EINTR):
			continue
		case e != 0:
			return cldNone, e
		case info.signo == 0:
			return cldNone, nil
		}
		return info.code, nil
	}
}

// hasEnded says whether a traced thread has ended; it is waited for, unless it is a child's first thread, whose end others wait for.
func hasEnded(tid int, ours bool) bool {
	code, err := waitID(tid, unix.WEXITED|unix.WNOWAIT)
	if err != nil {
		return errors.Is(err, unix.ECHILD)
	}
	if code == cldExited || code == cldKilled || code == cldDumped {
		if !ours {
			_, _ = waitID(tid, unix.WEXITED)
		}
		return true
	}
	return false
}
