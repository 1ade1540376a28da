package table

import (
	"sync/atomic"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// States of the exit word.
const (
	exitNone = iota
	exitWaits
	exitTaken
)

func (r *Reader) exitWord() *uint32 { return (*uint32)(unsafe.Pointer(&r.mem[HdrExitWord])) }

// WaitExit waits until the service is in its exit hook, or the timeout has passed; true: the service waits, briefly, for AckExit.
// It may be called while another goroutine uses the reader.
func (r *Reader) WaitExit(timeout time.Duration) bool {
	ts := unix.NsecToTimespec(int64(timeout))
	if atomic.LoadUint32(r.exitWord()) == exitNone {
		futex(r.exitWord(), futexWait, exitNone, &ts)
	}
	return atomic.LoadUint32(r.exitWord()) == exitWaits
}

// Exiting returns whether the service has come to its exit hook.
func (r *Reader) Exiting() bool { return atomic.LoadUint32(r.exitWord()) != exitNone }

// AckExit lets the service go on with its exit.
func (r *Reader) AckExit() {
	atomic.StoreUint32(r.exitWord(), exitTaken)
	futex(r.exitWord(), futexWake, 1<<30, nil)
}

// NoExitWait has the service's exit hook make no system call and wait for nobody, from now on.
func NoExitWait(mem []byte) { store(mem, HdrConfig+CfgExitFor, 0) }

// futex waits or wakes across processes (futex(2)). For whatever reason it returns, the caller looks at the word again.
func futex(word *uint32, op int, val uint32, timeout *unix.Timespec) {
	_, _, _ = unix.Syscall6(unix.SYS_FUTEX, uintptr(unsafe.Pointer(word)), uintptr(op), uintptr(val), uintptr(unsafe.Pointer(timeout)), 0, 0)
}

// Operations of futex(2); not private to a process.
const (
	futexWait = 0
	futexWake = 1
)
