package target

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// Bias returns what the loader added to the executable's addresses.
func (t *Process) Bias() uint64 { return t.bias }

// ReadAt reads the service's memory, running or not.
func (t *Process) ReadAt(p []byte, addr uint64) error {
	return t.ReadVec(p, []uint64{addr}, len(p))
}

// WriteAt writes the stopped service's memory, also where it may only be read.
func (t *Process) WriteAt(p []byte, addr uint64) error {
	if n, err := t.mem.WriteAt(p, int64(addr)); err != nil {
		return fmt.Errorf("wrote %d of %d bytes at %#x: %w", n, len(p), addr, err)
	}
	return nil
}

// maxIovec is IOV_MAX: how many pieces one process_vm_readv takes.
const maxIovec = 1024

// ReadVec reads size bytes at each address, one behind the other, into dst.
func (t *Process) ReadVec(dst []byte, addrs []uint64, size int) error {
	for len(addrs) > 0 {
		n := min(len(addrs), maxIovec)
		remote := make([]unix.RemoteIovec, n)
		for i, a := range addrs[:n] {
			remote[i] = unix.RemoteIovec{Base: uintptr(a), Len: size}
		}
		local := []unix.Iovec{{Base: &dst[0]}}
		local[0].SetLen(n * size)
		got, err := unix.ProcessVMReadv(t.Pid, local, remote, 0)
		switch {
		case errors.Is(err, unix.EPERM), errors.Is(err, unix.ENOSYS):
			return &NotPermitted{What: fmt.Sprintf("reading the memory of process %d (process_vm_readv)", t.Pid), Err: err}
		case err != nil:
			return fmt.Errorf("reading the service's memory at %#x: %w", addrs[0], err)
		}
		if got != n*size {
			return fmt.Errorf("reading the service's memory at %#x: %d of %d bytes", addrs[0], got, n*size)
		}
		addrs, dst = addrs[n:], dst[n*size:]
	}
	return nil
}

// OpenFile opens the file that the service has open as fd.
func (t *Process) OpenFile(fd uint64) (*os.File, error) {
	f, err := os.OpenFile(fmt.Sprintf("/proc/%d/fd/%d", t.Pid, fd), os.O_RDWR, 0)
	if err != nil {
		return nil, &NotPermitted{What: "opening the shared tables in the service", Err: err}
	}
	return f, nil
}

// atEntry is AT_ENTRY in the auxiliary vector (elf.h): the address of the program's entry point, after relocation.
const atEntry = 9

// auxEntry reads the entry point's address from a process's auxiliary vector.
func auxEntry(pid int) (uint64, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/auxv", pid))
	if err != nil {
		return 0, fmt.Errorf("finding where the service was loaded: %w", err)
	}
	for ; len(b) >= 16; b = b[16:] {
		if binary.LittleEndian.Uint64(b) == atEntry {
			return binary.LittleEndian.Uint64(b[8:]), nil
		}
	}
	return 0, fmt.Errorf("finding where the service was loaded: /proc/%d/auxv has no AT_ENTRY", pid)
}

// TextEnd returns an address behind the executable's text and variables.
func (t *Process) TextEnd() uint64 {
	end := t.plan.Text[1] + t.bias
	for _, s := range t.plan.Vars {
		end = max(end, s+t.bias)
	}
	return end
}
