package testchild

import (
	"errors"

	"golang.org/x/sys/unix"
)

// Memory is that of the process with this number.
type Memory int

// ReadAt implements memory.Reader.
func (m Memory) ReadAt(b []byte, addr uint64) error { return m.ReadVec(b, []uint64{addr}, len(b)) }

// ReadVec implements memory.Reader.
func (m Memory) ReadVec(dst []byte, addrs []uint64, size int) error {
	const atOnce = 1024
	for len(addrs) > 0 {
		n := min(len(addrs), atOnce)
		remote := make([]unix.RemoteIovec, n)
		for i := range remote {
			remote[i] = unix.RemoteIovec{Base: uintptr(addrs[i]), Len: size}
		}
		local := []unix.Iovec{{Base: &dst[0]}}
		local[0].SetLen(n * size)
		got, err := unix.ProcessVMReadv(int(m), local, remote, 0)
		if err != nil {
			return err
		}
		if got != n*size {
			return errors.New("short read")
		}
		dst, addrs = dst[n*size:], addrs[n:]
	}
	return nil
}
