package target

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// sigmask gets or sets a stopped thread's signal mask; the kernel's sigset_t has 8 bytes.
func sigmask(request uintptr, tid int, mask *uint64) error {
	_, _, e := unix.Syscall6(unix.SYS_PTRACE, request, uintptr(tid), 8, uintptr(unsafe.Pointer(mask)), 0, 0)
	if e != 0 {
		return e
	}
	return nil
}
