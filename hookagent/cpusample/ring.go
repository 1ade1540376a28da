package cpusample

import (
	"encoding/binary"
	"os"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"
)

// ringPages of samples a thread; a power of two, as the kernel demands. One has room for a burst.
const ringPages = 1

// ring is where the kernel puts the samples of one thread.
type ring struct {
	fd   int
	page *unix.PerfEventMmapPage
	mem  []byte // the page and the data behind it
}

// openRing begins to sample a thread.
func openRing(tid int, attr *unix.PerfEventAttr) (*ring, error) {
	fd, err := unix.PerfEventOpen(attr, tid, -1, -1, unix.PERF_FLAG_FD_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("perf_event_open", err)
	}
	mem, err := unix.Mmap(fd, 0, (1+ringPages)*os.Getpagesize(), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		_ = unix.Close(fd)
		return nil, os.NewSyscallError("mmap of perf_event_open's file", err)
	}
	return &ring{fd: fd, page: (*unix.PerfEventMmapPage)(unsafe.Pointer(&mem[0])), mem: mem}, nil
}

func (r *ring) close() {
	_ = unix.Munmap(r.mem)
	_ = unix.Close(r.fd)
}

// drain calls f with each record that came since the last time: its type, flags and what follows its header.
func (r *ring) drain(f func(kind uint32, misc uint16, body []byte)) {
	data := r.mem[os.Getpagesize():]
	head, tail := atomic.LoadUint64(&r.page.Data_head), r.page.Data_tail
	if head-tail > uint64(len(data)) { // not what the kernel writes
		tail = head
	}
	pending := make([]byte, head-tail)
	n := copy(pending, data[tail%uint64(len(data)):])
	copy(pending[n:], data)
	atomic.StoreUint64(&r.page.Data_tail, head)
	eachRecord(pending, f)
}

// eachRecord cuts the kernel's records: type (32 bits), flags and size (16 each), and what belongs to the type.
func eachRecord(b []byte, f func(kind uint32, misc uint16, body []byte)) {
	const header = 8
	for len(b) >= header {
		size := int(binary.NativeEndian.Uint16(b[6:]))
		if size < header || size > len(b) {
			return
		}
		f(binary.NativeEndian.Uint32(b), binary.NativeEndian.Uint16(b[4:]), b[header:size])
		b = b[size:]
	}
}
