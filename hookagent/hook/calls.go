package hook

import (
	"slices"

	"golang.org/x/sys/unix"

	"gotop/hookagent/seccomp"
)

// noFD and noAddress stand for descriptors and addresses in Calls, so that making them changes nothing.
const (
	noFD      = ^uint64(0)
	noAddress = 0
)

// Calls returns the system calls that Prepare has the service make, and those of the injected code itself, when the service exits. A seccomp
// filter of the service must let all of them pass. None of them, as it is here, changes anything.
func Calls() []seccomp.Call {
	return []seccomp.Call{
		{Name: "mmap of a code page", Nr: unix.SYS_MMAP, Args: []uint64{noAddress, 0, unix.PROT_READ | unix.PROT_EXEC, codeFlags, noFD, 0}},
		{Name: "memfd_create", Nr: unix.SYS_MEMFD_CREATE, Args: []uint64{noAddress, unix.MFD_CLOEXEC | unix.MFD_ALLOW_SEALING}},
		{Name: "mmap of the tables", Nr: unix.SYS_MMAP, Args: []uint64{noAddress, 0, unix.PROT_READ | unix.PROT_WRITE, tablesFlags, noFD, 0}},
		{Name: "madvise", Nr: unix.SYS_MADVISE, Args: []uint64{noAddress, 0, unix.MADV_DONTDUMP}},
		{Name: "munmap", Nr: unix.SYS_MUNMAP, Args: []uint64{noAddress, 0}},
		{Name: "fcntl", Nr: unix.SYS_FCNTL, Args: []uint64{noFD, unix.F_DUPFD_CLOEXEC, keptFDs[0]}},
		{Name: "close", Nr: unix.SYS_CLOSE, Args: []uint64{noFD}},
		{Name: "futex", Nr: unix.SYS_FUTEX, Args: []uint64{noAddress, futexWake, 0}},
		{Name: "futex", Nr: unix.SYS_FUTEX, Args: []uint64{noAddress, futexWait, 0}},
		{Name: "rt_sigreturn", Nr: unix.SYS_RT_SIGRETURN},
	}
}

// Rehearsed returns those of Calls that return, which can be made in a process of the agent's to see what its filters do.
func Rehearsed() []seccomp.Call {
	return slices.DeleteFunc(Calls(), func(c seccomp.Call) bool { return c.Nr == unix.SYS_RT_SIGRETURN })
}

// Operations of futex(2) that the injected code uses.
const (
	futexWait = 0
	futexWake = 1
)
