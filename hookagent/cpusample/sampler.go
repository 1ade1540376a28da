package cpusample

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// Period is the CPU time between two samples of a thread in a burst: prime in microseconds, so that nothing of the process keeps step.
	Period = 503 * time.Microsecond
	// A burst is that long, and the pause after it nine times as long on average, longer where there are more threads to open events for.
	burst, pauses, threadsABurst = 20 * time.Millisecond, 9, 50
	// maxThreads are sampled at once, others each time: each takes two pages and a descriptor.
	maxThreads = 1000
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
	mu     sync.Mutex
	pid    int
	inside func(pc uint64) bool
	attr   unix.PerfEventAttr
	rings  []*ring // while there is a burst
	totals Totals
}

// New makes a sampler of a process, which counts the samples at code addresses that are inside. The error says, for people, why the
// kernel does not allow it.
func New(pid int, inside func(pc uint64) bool) (*Sampler, error) {
	s := &Sampler{pid: pid, inside: inside}
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
	r.close()
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

// Run samples until done is closed, while it is wanted.
func (s *Sampler) Run(done <-chan struct{}, wanted func() bool) {
	for {
		pause := time.Duration(float64(pauses*burst) * (0.5 + rand.Float64()))
		if wanted() {
			threads := s.begin()
			running := wait(done, burst)
			s.end()
			if !running {
				return
			}
			pause *= time.Duration(1 + threads/threadsABurst)
		}
		if !wait(done, pause) {
			return
		}
	}
}

// wait says whether done was still open after that time.
func wait(done <-chan struct{}, span time.Duration) bool {
	select {
	case <-done:
		return false
	case <-time.After(span):
		return true
	}
}

// Read returns the samples up to now.
func (s *Sampler) Read() Totals {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.rings {
		r.drain(s.record)
	}
	return s.totals
}

// begin begins a burst, and returns how many threads are sampled in it. Where limits (of descriptors, of locked memory) or maxThreads
// do not leave room for all, chance decides whose turn it is.
func (s *Sampler) begin() int {
	there, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", s.pid))
	if err != nil {
		return 0 // the process is gone
	}
	if len(there) > maxThreads {
		rand.Shuffle(len(there), func(i, j int) { there[i], there[j] = there[j], there[i] })
		there = there[:maxThreads]
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, entry := range there {
		tid, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		r, err := openRing(tid, &s.attr)
		switch {
		case err == nil:
			s.rings = append(s.rings, r)
		case !errors.Is(err, unix.ESRCH): // that thread has ended: the others are there
			return len(s.rings)
		}
	}
	return len(s.rings)
}

// end ends a burst and takes its last samples.
func (s *Sampler) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.rings {
		r.drain(s.record)
		r.close()
	}
	s.rings = nil
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
