package target

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"gotop/hookagent/stackwalk"
)

// held is a thread that is traced.
type held struct {
	thread
	activity uint64 // how often it has stopped running lately
	stopped  bool
	event    int // the kind of its stop, see stopKind
	signal   int
	context  ThreadContext
}

// standstill holds threads of a service. It belongs to the tracing thread.
type standstill struct {
	t     *Process
	held  map[int]*held
	order []*held // the most active ones last: they are stopped last, and let go first

	reaper    *threadReaper
	abandoned atomic.Bool // nobody waits for it any more: nothing is to be stopped
}

// How long threads may take to come to a stop. Those that have not run lately wait in the kernel: that they stand does not stop the
// service, so there is time for each of them. From the first of the others on, the service stands still.
const (
	quietPatience  = 20 * time.Millisecond
	perQuiet       = 100 * time.Microsecond
	perThread      = 20 * time.Microsecond
	activePatience = 4 * time.Millisecond
	mostPatience   = 16 * time.Millisecond
)

// stopAll stops all threads of the service: first those that have not run between the two looks at them and that nobody waits for, then, all
// at once, the others.
func (s *standstill) stopAll(before, now map[int]thread, try int) error {
	var idle map[uint64]bool
	if before != nil {
		idle = s.t.idleThreads()
	}
	for tid, th := range now {
		if th.ended() {
			continue
		}
		h := &held{thread: th, activity: th.switches - before[tid].switches}
		if _, known := before[tid]; !known {
			h.activity = max(h.activity, 1)
		}
		if th.state == 'R' || idle[th.inner] {
			h.activity++
		}
		s.order = append(s.order, h)
	}
	slices.SortFunc(s.order, func(a, b *held) int { return cmp.Compare(a.activity, b.activity) })
	active, _ := slices.BinarySearchFunc(s.order, 1, func(h *held, n uint64) int { return cmp.Compare(h.activity, n) })
	quiet, others := s.order[:active], slices.Clone(s.order[active:])
	s.order = slices.Clip(quiet)
	if err := s.seize(quiet, unix.PTRACE_O_TRACESYSGOOD); err != nil {
		return err
	}
	if err := s.stop(quiet, quietPatience+time.Duration(len(quiet))*perQuiet); err != nil {
		return err
	}
	s.look(quiet)
	s.order = append(s.order, others...)
	// Threads that they start from here on are traced from their beginning.
	if err := s.seize(others, unix.PTRACE_O_TRACESYSGOOD|unix.PTRACE_O_TRACECLONE); err != nil {
		return err
	}
	limit := min(activePatience<<min(try, 2), mostPatience) + time.Duration(len(others))*perThread
	end := time.Now().Add(limit)
	if err := s.stop(others, limit); err != nil {
		return err
	}
	for s.t.threadCount() != len(s.held) { // there were more, or some have ended
		fresh, err := s.unknown()
		if err != nil {
			return err
		}
		if len(fresh) == 0 {
			break
		}
		s.order = append(s.order, fresh...)
		if err := s.seize(fresh, unix.PTRACE_O_TRACESYSGOOD|unix.PTRACE_O_TRACECLONE); err != nil {
			return err
		}
		if err := s.stop(fresh, time.Until(end)); err != nil {
			return err
		}
	}
	if len(s.held) == 0 {
		return fmt.Errorf("process %d: %w", s.t.Pid, unix.ESRCH)
	}
	var rest []*held
	for _, h := range s.order {
		if h.stopped && h.context.Code == nil {
			rest = append(rest, h)
		}
	}
	s.look(rest)
	return nil
}

// unknown are the living threads that are not held.
func (s *standstill) unknown() (fresh []*held, err error) {
	tids, err := s.t.tids()
	if err != nil {
		return nil, err
	}
	for _, tid := range tids {
		if s.held[tid] != nil {
			continue
		}
		if th, ok := readThread(s.t.Pid, tid); ok && !th.ended() {
			fresh = append(fresh, &held{thread: th, activity: 1})
		}
	}
	return fresh, nil
}

// seize traces threads; they go on.
func (s *standstill) seize(list []*held, options uintptr) error {
	for _, h := range list {
		if s.held[h.tid] != nil {
			continue // the child of one that is traced
		}
		s.watch(h.tid)
		err := seize(h.tid, options)
		switch {
		case err == nil:
			s.held[h.tid] = h
		case errors.Is(err, unix.ESRCH): // it has ended
		default:
			if err := s.notSeized(h, err); err != nil {
				return err
			}
		}
	}
	return nil
}

// watch has a thread waited for that may end; how our own child ended is for Wait to hear.
func (s *standstill) watch(tid int) {
	if tid != s.t.Pid || s.t.attached {
		s.reaper.watch(tid)
	}
}

// notSeized says why a thread cannot be traced; nil if it need not be.
func (s *standstill) notSeized(h *held, err error) error {
	now, ok := readThread(s.t.Pid, h.tid)
	switch {
	case !ok || now.ended():
		return nil
	case now.tracer == unix.Gettid():
		s.held[h.tid] = h
		return nil
	case errors.Is(err, unix.EPERM) && now.tracer != 0:
		return s.t.traced(h.tid, now.tracer)
	case errors.Is(err, unix.EPERM), errors.Is(err, unix.ENOSYS):
		return &NotPermitted{What: fmt.Sprintf("tracing process %d", s.t.Pid), Err: err}
	}
	return fmt.Errorf("tracing process %d: %w", s.t.Pid, err)
}

// How threads that are to stop are looked at: without a pause at first, for nearly all stop within some microseconds; then with pauses,
// in which they can get this thread's processor.
const (
	stopSpins = 20
	stopPause = 20 * time.Microsecond
)

// stop stops traced threads, and those that they have just started. The error is an Obstacle where that takes longer than the
// patience.
func (s *standstill) stop(list []*held, patience time.Duration) error {
	if s.abandoned.Load() {
		return errTracing
	}
	end := time.Now().Add(patience)
	for _, h := range list {
		if s.held[h.tid] != nil {
			_ = interrupt(h.tid) // one that has ended needs none
		}
	}
	waiting := slices.Clone(list)
	for looks := 0; ; looks++ {
		var left []*held
		for _, h := range waiting {
			if s.held[h.tid] == nil || s.stopped(h) {
				if h.event == unix.PTRACE_EVENT_CLONE && s.held[h.tid] != nil {
					left = s.adopt(left, eventMessage(h.tid))
				}
				continue
			}
			left = append(left, h)
		}
		if waiting = left; len(waiting) == 0 {
			return nil
		}
		if looks < stopSpins {
			continue
		}
		pause(stopPause)
		waiting = slices.DeleteFunc(waiting, s.gone)
		if len(waiting) > 0 && time.Now().After(end) {
			return s.t.stuck(waiting[0].tid)
		}
	}
}

// adopt takes on a thread that one which is traced has started: it is traced from its beginning.
func (s *standstill) adopt(list []*held, tid int) []*held {
	if tid == 0 || s.held[tid] != nil {
		return list
	}
	s.watch(tid)
	h := &held{thread: thread{tid: tid}, activity: 1}
	s.held[tid] = h
	s.order = append(s.order, h)
	return append(list, h)
}

// stopped says whether a thread stands, and notes how.
func (s *standstill) stopped(h *held) bool {
	if h.stopped {
		return true
	}
	event, signal, err := stopKind(h.tid)
	h.stopped, h.event, h.signal = err == nil, event, signal
	return h.stopped
}

// gone says whether a thread has ended, and forgets it then. It also goes by another number after an execve.
func (s *standstill) gone(h *held) bool {
	ours := h.tid == s.t.Pid && !s.t.attached
	if !hasEnded(h.tid, ours) {
		if now, ok := readThread(s.t.Pid, h.tid); ok && !now.ended() {
			return false
		}
	}
	delete(s.held, h.tid)
	return true
}

// look notes where stopped threads stand.
func (s *standstill) look(list []*held) {
	starts := make([]stackwalk.Start, 0, len(list))
	stood := make([]*held, 0, len(list))
	for _, h := range list {
		if !h.stopped {
			continue
		}
		var mask uint64
		r, err := getRegs(h.tid)
		if errors.Join(err, sigmask(ptraceGetSigmask, h.tid, &mask)) != nil {
			continue // it has ended
		}
		h.context.SP, h.context.SignalsBlocked = r.sp(), mask&(1<<(unix.SIGURG-1)) != 0
		starts = append(starts, stackwalk.Start{PC: r.pc(), SP: r.sp(), FP: r.fp()})
		stood = append(stood, h)
	}
	for i, code := range stackwalk.CodeAddresses(s.t, starts) {
		stood[i].context.Code = code
	}
}

// release lets go of all threads that stand, the most active first. Those that do not yet are let go by the end of the tracing thread.
func (s *standstill) release() {
	for _, h := range slices.Backward(s.order) {
		if h.stopped && s.held[h.tid] != nil {
			_ = detach(h.tid, h.signal) // where it has ended there is nothing to let go
		}
	}
}

// ThreadContext is where a stopped thread stands: the code addresses on its stack, and its stack pointer. One that blocks signals may be
// handling one, and go on elsewhere afterwards: Go's handlers block every signal (runtime/signal_unix.go setsig). So do threads of C
// libraries for good, and a thread that is just making or becoming a new one (runtime/proc.go newm1, mstart1).
type ThreadContext struct {
	Code           []uint64
	SP             uint64
	SignalsBlocked bool
}

// ThreadContexts returns where the stopped threads stand.
func (t *Process) ThreadContexts() []ThreadContext {
	contexts := make([]ThreadContext, 0, len(t.hold.order))
	for _, h := range t.hold.order {
		if t.hold.held[h.tid] != nil {
			contexts = append(contexts, h.context)
		}
	}
	return contexts
}

// openMemory opens the stopped service's memory for writing: that of the program that it runs now.
func (t *Process) openMemory() (err error) {
	if t.mem, err = os.OpenFile(fmt.Sprintf("/proc/%d/mem", t.Pid), os.O_RDWR, 0); err != nil {
		return &NotPermitted{What: "writing to the memory of the service", Err: err}
	}
	return nil
}

// letGo ends what Stopped, WithThread or Start has begun.
func (t *Process) letGo() error {
	var err error
	if t.mem != nil {
		err = t.mem.Close()
	}
	if t.hold != nil {
		t.hold.release()
	}
	for _, number := range t.deferredSignals {
		err = errors.Join(err, t.Signal(number))
	}
	t.mem, t.hold, t.deferredSignals, t.injection.stackTop, t.injection.filters, t.injection.lost = nil, nil, nil, 0, nil, false
	return err
}
