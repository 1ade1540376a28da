package cpusample

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// Period is the CPU time between two samples of a thread: prime in microseconds, so that nothing of the service keeps step with it.
	Period = 5_023 * time.Microsecond
	// maxThreads are sampled at once: each takes three pages and a descriptor.
	maxThreads = 1000
	// New threads are looked for in this distance, at first in the shorter one: a process that starts makes most of its threads then.
	scanSoon, scanLater = 10 * time.Millisecond, 250 * time.Millisecond
)

// Totals are the samples since the sampler was opened.
type Totals struct {
	Inside uint64 // of them, those in the range of code
	All    uint64
	Lost   uint64 // not in All: nobody had emptied the ring

	Kernel bool // the kernel's work is sampled, too: a page fault of the code counts as the code's
}

// Sampler samples all threads of a process. Its methods may be called from any goroutine.
type Sampler struct {
	mu      sync.Mutex
	pid     int
	inside  func(pc uint64) bool
	attr    unix.PerfEventAttr
	threads map[int]*ring
	refused map[int]bool // threads that cannot be sampled, of those there are
	totals  Totals
	closed  bool
}

// Open begins to sample the threads that a process has. The error says, for people, why the kernel does not allow it.
func Open(pid int, inside func(pc uint64) bool) (*Sampler, error) {
	s := &Sampler{pid: pid, inside: inside, threads: map[int]*ring{}, refused: map[int]bool{}}
	s.attr = unix.PerfEventAttr{
		Type: unix.PERF_TYPE_SOFTWARE, Config: unix.PERF_COUNT_SW_CPU_CLOCK, Sample: uint64(Period),
		Sample_type: unix.PERF_SAMPLE_REGS_USER, Sample_regs_user: 1 << pcRegister,
		Bits: unix.PerfBitExcludeHv | unix.PerfBitWatermark, Wakeup: 1 << 30, // nobody waits for it
	}
	s.attr.Size = uint32(unix.PERF_ATTR_SIZE_VER5)
	s.totals.Kernel = true
	r, err := openRing(pid, &s.attr)
	if errors.Is(err, unix.EACCES) || errors.Is(err, unix.EPERM) { // kernel.perf_event_paranoid is 2, as is usual: only the process's own code
		s.totals.Kernel = false
		s.attr.Bits |= unix.PerfBitExcludeKernel
		r, err = openRing(pid, &s.attr)
	}
	if err != nil {
		return nil, refusal(err)
	}
	s.threads[pid] = r
	s.Read()
	return s, nil
}

// refusal says why there are no samples.
func refusal(err error) error {
	if errors.Is(err, unix.EACCES) || errors.Is(err, unix.EPERM) {
		why := "a container's seccomp profile or the system's policy forbids it"
		b, readErr := os.ReadFile("/proc/sys/kernel/perf_event_paranoid")
		if level, convErr := strconv.Atoi(strings.TrimSpace(string(b))); readErr == nil && convErr == nil && level > 2 {
			why = fmt.Sprintf("kernel.perf_event_paranoid is %d; 2 or less allows it", level)
		}
		return fmt.Errorf("the kernel does not let the agent sample the service: %s (%w)", why, err)
	}
	return fmt.Errorf("the service cannot be sampled: %w", err)
}

// Run empties the rings and looks for new threads until done is closed; then it closes the sampler.
func (s *Sampler) Run(done <-chan struct{}) {
	defer s.Close()
	for wait := scanSoon; ; wait = min(2*wait, scanLater) {
		select {
		case <-done:
			return
		case <-time.After(wait):
			s.scan()
		}
	}
}

// Read returns the samples up to now.
func (s *Sampler) Read() Totals {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.threads {
		r.drain(s.record)
	}
	return s.totals
}

// Close takes the last samples and ends the sampling. Read goes on saying what there was.
func (s *Sampler) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	for tid, r := range s.threads {
		s.end(tid, r)
	}
}

// scan begins to sample new threads, and ends it for those that are gone.
func (s *Sampler) scan() {
	there, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", s.pid))
	if err != nil {
		return // the process is gone: its rings still have the last samples
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	alive := make(map[int]bool, len(there))
	for _, entry := range there {
		tid, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		alive[tid] = true
		if s.threads[tid] == nil && !s.refused[tid] && len(s.threads) < maxThreads {
			if r, err := openRing(tid, &s.attr); err == nil {
				s.threads[tid] = r
			} else if !errors.Is(err, unix.ESRCH) { // limits of descriptors or locked memory
				s.refused[tid] = true
			}
		}
	}
	for tid, r := range s.threads {
		if !alive[tid] {
			s.end(tid, r)
		} else {
			r.drain(s.record)
		}
	}
	for tid := range s.refused {
		if !alive[tid] {
			delete(s.refused, tid)
		}
	}
}

// end takes a thread's last samples. The lock must be held.
func (s *Sampler) end(tid int, r *ring) {
	r.drain(s.record)
	r.close()
	delete(s.threads, tid)
}

// record counts one record of the kernel's. The lock must be held.
func (s *Sampler) record(kind uint32, _ uint16, body []byte) {
	switch {
	case kind == unix.PERF_RECORD_SAMPLE && len(body) >= 8:
		s.totals.All++
		// PERF_SAMPLE_REGS_USER: whether there are registers of the process's own code, and those that were asked for.
		if len(body) >= 16 && binary.NativeEndian.Uint64(body) != unix.PERF_SAMPLE_REGS_ABI_NONE && s.inside(binary.NativeEndian.Uint64(body[8:])) {
			s.totals.Inside++
		}
	case kind == unix.PERF_RECORD_LOST && len(body) >= 16:
		s.totals.Lost += binary.NativeEndian.Uint64(body[8:])
	}
}
