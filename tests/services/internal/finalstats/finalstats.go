// Package finalstats states the runtime's own allocation figures as the last thing a program does, so that they can be
// compared with somebody else's count over the whole life of the process, to the last object.
//
// ReadMemStats counts up to the moment it is called. For its figure to be the process's last, nothing may allocate
// afterwards: not the statement itself (a static buffer, strconv.Append…, a bare write), and nobody else. Being quiet
// is not enough: the scheduler allocates, for a list of timers that the scavenger has moved or for a thread when a P
// is to run and none is idle, and on a busy machine it does so long after the program's own work. So Report leaves the
// process a single P and does not let go of it from the reading on: no other goroutine, no scheduler and no new thread
// can run Go code until the process ends.
package finalstats

import (
	"runtime"
	"runtime/debug"
	"strconv"
	"syscall"
	"time"
	"unsafe"
)

var (
	stats runtime.MemStats
	line  [8192]byte
	fd    = 1
)

// WriteTo makes Report write to a new file at path instead of standard output. It is called at the start.
func WriteTo(path string) {
	if path == "" {
		return
	}
	file, err := syscall.Open(path, syscall.O_CREAT|syscall.O_WRONLY|syscall.O_TRUNC|syscall.O_CLOEXEC, 0o644)
	if err != nil {
		panic(path + ": " + err.Error())
	}
	fd = file
}

// Settle returns when the process has come to rest: what the collector had queued, such as finalizers, has run, and the
// malloc count stayed the same over several stops of the world.
func Settle() {
	debug.SetGCPercent(-1)
	runtime.GC()
	runtime.GC()
	const calm = 8
	last, same := uint64(0), 0
	for same < calm {
		time.Sleep(3 * time.Millisecond)
		runtime.ReadMemStats(&stats)
		if stats.Mallocs == last {
			same++
		} else {
			last, same = stats.Mallocs, 0
		}
	}
}

// procPin keeps this goroutine on its P and its P from others: it is not preempted, whoever asks.
//
//go:linkname procPin runtime.procPin
func procPin() int

// Report reads the runtime's figures and writes them as one line of JSON. Nothing allocates after the reading; the caller
// must end the process, and may do nothing before that another goroutine is needed for.
func Report() {
	runtime.GOMAXPROCS(1)
	runtime.Gosched() // a time slice of its own, so that nobody asks it to stop before it is pinned
	runtime.ReadMemStats(&stats)
	procPin()
	goroutines := uint64(runtime.NumGoroutine())
	b := line[:0]
	b = append(b, `{"mallocs": `...)
	b = strconv.AppendUint(b, stats.Mallocs, 10)
	b = append(b, `, "frees": `...)
	b = strconv.AppendUint(b, stats.Frees, 10)
	b = append(b, `, "total_alloc": `...)
	b = strconv.AppendUint(b, stats.TotalAlloc, 10)
	b = append(b, `, "heap_alloc": `...)
	b = strconv.AppendUint(b, stats.HeapAlloc, 10)
	b = append(b, `, "num_gc": `...)
	b = strconv.AppendUint(b, uint64(stats.NumGC), 10)
	b = append(b, `, "pause_total_ns": `...)
	b = strconv.AppendUint(b, stats.PauseTotalNs, 10)
	b = append(b, `, "stack_inuse": `...)
	b = strconv.AppendUint(b, stats.StackInuse, 10)
	b = append(b, `, "goroutines": `...)
	b = strconv.AppendUint(b, goroutines, 10)
	b = append(b, `, "pause_ns": [`...)
	// The ring holds the last 256 pauses; the oldest of them first.
	first := uint32(0)
	if stats.NumGC > uint32(len(stats.PauseNs)) {
		first = stats.NumGC - uint32(len(stats.PauseNs))
	}
	for cycle := first; cycle < stats.NumGC; cycle++ {
		if cycle > first {
			b = append(b, ',')
		}
		b = strconv.AppendUint(b, stats.PauseNs[cycle%uint32(len(stats.PauseNs))], 10)
	}
	b = append(b, "]}\n"...)
	Write(fd, b)
}

// Write writes all of b to a file descriptor, allocates nothing and, unlike syscall.Write, does not offer the P to others.
func Write(fd int, b []byte) {
	for len(b) > 0 {
		n, _, errno := syscall.RawSyscall(syscall.SYS_WRITE, uintptr(fd), uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)))
		switch errno {
		case 0:
			b = b[n:]
		case syscall.EINTR, syscall.EAGAIN:
		default:
			return
		}
	}
}
