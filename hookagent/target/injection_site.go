package target

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"gotop/hookagent/seccomp"
)

var le = binary.LittleEndian

// syscallInjection is what a thread needs to do a system call for the agent: code of the service, and memory that it does not use.
type syscallInjection struct {
	call      uint64 // address of a system call instruction
	sigreturn uint64 // address of code that makes rt_sigreturn
	stackTop  uint64 // end of frameRoom bytes of stack that nobody uses; 0: no thread is chosen
	tid       int    // the thread that makes it
	filters   seccomp.Filters
	lost      bool // the thread has not come back from its last call
}

// errLost says that a thread is still at a system call, so that it must not be sent to another one.
var errLost = errors.New("the service has not come back from the system call before")

// ip is the address that a filter sees for a call: behind the instruction.
func (i syscallInjection) ip() uint64 { return i.call + syscallLen }

// frameRoom is how many bytes of stack the signal frame may take, and handlerRoom what must lie beyond them, for a handler on that stack.
const (
	frameRoom   = 12 << 10
	handlerRoom = 4 << 10
)

// findInText returns where each pattern first stands in the service's text, running or not; 0: nowhere. Package runtime, where
// findInjectionCode's stand, is near its beginning.
func (t *Process) findInText(patterns ...[]byte) ([]uint64, error) {
	const step, overlap = 1 << 20, 16
	found, missing := make([]uint64, len(patterns)), len(patterns)
	lo, hi := t.plan.Text[0]+t.bias, t.plan.Text[1]+t.bias
	buf := make([]byte, step+overlap)
	for at := lo; at < hi && missing > 0; at += step {
		b := buf[:min(step+overlap, hi-at)]
		if err := t.ReadAt(b, at); err != nil {
			return nil, fmt.Errorf("reading the service's code: %w", err)
		}
		for i, pattern := range patterns {
			if found[i] != 0 {
				continue
			}
			if off := bytes.Index(b, pattern); off >= 0 {
				found[i] = at + uint64(off)
				missing--
			}
		}
	}
	return found, nil
}

// prepareInjection chooses the thread that does system calls, once for each time that the service is held.
func (t *Process) prepareInjection() error {
	if t.injection.lost {
		return errLost
	}
	if t.injection.stackTop != 0 {
		return nil
	}
	if t.injection.call == 0 || t.injection.sigreturn == 0 {
		if err := t.findInjectionCode(); err != nil {
			return err
		}
	}
	stacks, err := t.signalStacks()
	if err != nil {
		return err
	}
	var refused error
	for _, h := range t.hold.order {
		if t.hold.held[h.tid] == nil || !h.stopped || h.signal != 0 || h.event != 0 && h.event != unix.PTRACE_EVENT_STOP {
			continue
		}
		ready, err := t.canInject(h, stacks)
		if err == nil && ready {
			err = t.readFilters(h.tid)
		}
		if err == nil && ready {
			return ptraceWord(unix.PTRACE_SETOPTIONS, h.tid, unix.PTRACE_O_TRACESYSGOOD)
		}
		t.injection.stackTop, refused = 0, errors.Join(refused, err)
	}
	if refused != nil {
		return refused
	}
	return &Obstacle{"busy", fmt.Sprintf("no thread of process %d could make a system call for gotop just now; it was left as it is. Try again", t.Pid)}
}

// canInject chooses a stopped thread if it has memory for the frame: the signal stack of a thread that is not handling a signal, which
// is dead to its end. Before the runtime has any, the first thread is on the stack that the kernel gave it, which has room for more.
func (t *Process) canInject(h *held, stacks map[uint64]stackBounds) (bool, error) {
	r, err := getRegs(h.tid)
	if err != nil {
		return false, err
	}
	sp := r.sp()
	inner := h.inner
	if inner == 0 {
		now, _ := readThread(t.Pid, h.tid)
		inner = now.inner
	}
	if s, ok := stacks[inner]; ok && s.hi-s.lo >= frameRoom+handlerRoom && (sp <= s.lo || sp > s.hi) {
		t.injection.tid, t.injection.stackTop = h.tid, s.lo+frameRoom
		return true, nil
	}
	if h.tid == t.Pid && len(stacks) == 0 && t.threadCount() == 1 && t.hasKernelStack(sp) {
		t.injection.tid, t.injection.stackTop = h.tid, sp-redZone
		return true, nil
	}
	return false, nil
}

// readFilters reads the seccomp filters of the thread that is to make system calls.
func (t *Process) readFilters(tid int) error {
	t.injection.filters = nil
	now, ok := readThread(t.Pid, tid)
	switch {
	case !ok:
		return fmt.Errorf("process %d: %w", t.Pid, unix.ESRCH)
	case now.seccomp == seccomp.Disabled:
		return nil
	case now.seccomp == seccomp.Strict:
		return &seccomp.Unknown{Pid: t.Pid, Err: seccomp.ErrStrict}
	}
	filters, err := seccomp.Read(tid)
	if err == nil {
		t.injection.filters = filters
		return nil
	}
	if own, ok := readThread(os.Getpid(), unix.Gettid()); !t.attached && ok && own.filters == now.filters && t.Rehearsed {
		return nil // inherited from the agent, whose filters have let it make the same calls
	}
	return &seccomp.Unknown{Pid: t.Pid, Err: err}
}

// maxCandidates bounds how many threads are tried, one after the other.
const maxCandidates = 24

// candidates are the threads that may be able to make a system call: those without seccomp filters first, then those that have not
// run for long.
func (t *Process) candidates() ([]thread, error) {
	now, err := t.lookAround()
	if err != nil {
		return nil, err
	}
	if t.longStuck(now) == 0 && len(t.uninterruptible) > 0 {
		time.Sleep(longStuck)
		if now, err = t.lookAround(); err != nil {
			return nil, err
		}
	}
	if tid := t.longStuck(now); tid != 0 {
		return nil, t.stuck(tid) // nothing is to be put into a service that cannot be stopped afterwards
	}
	list := make([]thread, 0, len(now))
	for _, th := range now {
		switch {
		case th.ended():
		case th.tracer != 0:
			return nil, t.traced(th.tid, th.tracer)
		case th.state != 'D':
			list = append(list, th)
		}
	}
	if len(list) == 0 && len(now) > 0 {
		for tid := range now {
			return nil, t.stuck(tid)
		}
	}
	if t.frozen() {
		return nil, t.stuck(list[0].tid)
	}
	slices.SortFunc(list, func(a, b thread) int {
		return cmp.Or(cmp.Compare(a.seccomp, b.seccomp), cmp.Compare(a.filters, b.filters), cmp.Compare(a.switches, b.switches))
	})
	return list[:min(len(list), maxCandidates)], nil
}

// takeThread holds a thread if it can make the calls; the error says so if it must not.
func (s *standstill) takeThread(th thread, calls []seccomp.Call) (bool, error) {
	t := s.t
	h := &held{thread: th}
	s.order = []*held{h}
	if err := s.seize(s.order, unix.PTRACE_O_TRACESYSGOOD); err != nil {
		return false, err
	}
	if err := s.stop(s.order, quietPatience); err != nil || s.held[h.tid] == nil || h.event != unix.PTRACE_EVENT_STOP {
		return false, nil // another one may
	}
	stacks, err := t.signalStacks()
	if err != nil {
		return false, err
	}
	ready, err := t.canInject(h, stacks)
	if err != nil || !ready {
		return false, err
	}
	if err := t.readFilters(h.tid); err != nil {
		return false, err
	}
	return true, t.injection.filters.Check(t.Pid, t.injection.ip(), calls...)
}

// stackBounds is the memory of a stack.
type stackBounds struct{ lo, hi uint64 }

// maxThreads bounds the list of the runtime's Ms.
const maxThreads = 1 << 16

// signalStacks returns the signal stacks of the runtime's Ms, by the thread's number as the service knows it. There are none before the
// runtime has set itself up.
func (t *Process) signalStacks() (map[uint64]stackBounds, error) {
	stacks := make(map[uint64]stackBounds)
	signal, lo, hi := t.plan.Layout["m.gsignal"], t.plan.Layout["g.stack.lo"], t.plan.Layout["g.stack.hi"]
	if signal == 0 {
		return stacks, nil
	}
	g := make([]byte, max(lo, hi)+8)
	err := t.eachM(func(id uint64, m []byte) error {
		gsignal := le.Uint64(m[signal:])
		if id == 0 || gsignal == 0 {
			return nil
		}
		if err := t.ReadAt(g, gsignal); err != nil {
			return err
		}
		if s := (stackBounds{le.Uint64(g[lo:]), le.Uint64(g[hi:])}); s.lo != 0 && s.hi > s.lo {
			stacks[id] = s
		}
		return nil
	}, signal)
	if err != nil {
		return nil, fmt.Errorf("reading the service's threads: %w", err)
	}
	return stacks, nil
}

// hasKernelStack says whether sp is on the stack that the kernel gave the first thread, with room below it.
func (t *Process) hasKernelStack(sp uint64) bool {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", t.Pid))
	if err != nil {
		return false
	}
	for line := range bytes.Lines(b) {
		var s stackBounds
		if !bytes.Contains(line, []byte("[stack]")) {
			continue
		}
		if _, err := fmt.Sscanf(string(line), "%x-%x", &s.lo, &s.hi); err == nil {
			return sp > s.lo+frameRoom+handlerRoom && sp <= s.hi
		}
	}
	return false
}
