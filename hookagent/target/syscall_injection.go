package target

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strconv"

	"golang.org/x/sys/unix"

	"gotop/hookagent/memory"
)

var le = binary.LittleEndian

// syscallInjection is what a thread needs to do a system call for the agent: code of the service, and memory that it does not use.
type syscallInjection struct {
	call      uint64 // address of a system call instruction
	sigreturn uint64 // address of code that makes rt_sigreturn
	stackTop  uint64 // end of frameRoom bytes of stack that nobody uses; 0: no thread is chosen
}

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

// prepareInjection chooses the thread that does system calls, once for each time that the service is stopped.
func (t *Process) prepareInjection() error {
	if t.injection.stackTop != 0 {
		return nil
	}
	if t.injection.call == 0 || t.injection.sigreturn == 0 {
		if err := t.findInjectionCode(); err != nil {
			return err
		}
	}
	if err := t.chooseInjectionStack(); err != nil {
		return err
	}
	return unix.PtraceSetOptions(t.injectionTid, unix.PTRACE_O_TRACESYSGOOD)
}

// chooseInjectionStack chooses the thread and the memory: the signal stack of a thread that is not handling a signal, all of which is
// unused. Before the runtime has any, the first thread is on the stack that the kernel gave it, which has room for more.
func (t *Process) chooseInjectionStack() error {
	stacks, err := t.signalStacks()
	if err != nil {
		return err
	}
	for _, tid := range t.threads {
		r, err := getRegs(tid)
		if err != nil {
			return err
		}
		sp := r.sp()
		if s, ok := stacks[t.innerTid(tid)]; ok && s.hi-s.lo >= frameRoom+handlerRoom && (sp <= s.lo || sp > s.hi) {
			t.injectionTid, t.injection.stackTop = tid, s.lo+frameRoom
			return nil
		}
	}
	if t.threads[0] == t.Pid && len(t.threads) == 1 {
		r, err := getRegs(t.Pid)
		if err == nil && t.hasKernelStack(r.sp()) {
			t.injectionTid, t.injection.stackTop = t.Pid, r.sp()-redZone
			return nil
		}
	}
	return errors.New("no thread of the service could do a system call for the agent just now: nothing was touched; try again")
}

// stackBounds is the memory of a stack.
type stackBounds struct{ lo, hi uint64 }

// maxThreads bounds the list of the runtime's Ms.
const maxThreads = 1 << 16

// signalStacks returns the signal stacks of the runtime's Ms (runtime.allm), by the thread's number as the service knows it: m.procid, set by
// runtime.minit. There are none before the runtime has set itself up.
func (t *Process) signalStacks() (map[uint64]stackBounds, error) {
	offset := func(name string) uint64 { return t.plan.Layout[name] }
	stacks := make(map[uint64]stackBounds)
	allm, ok := t.plan.Vars["runtime.allm"]
	if !ok || offset("m.gsignal") == 0 || offset("m.procid") == 0 || offset("m.alllink") == 0 {
		return stacks, nil
	}
	m, err := memory.Word(t, allm+t.bias)
	for n := 0; err == nil && m != 0 && n < maxThreads; n++ {
		var id, g uint64
		var s stackBounds
		id, err1 := memory.Word(t, m+offset("m.procid"))
		g, err2 := memory.Word(t, m+offset("m.gsignal"))
		if g != 0 {
			var err3, err4 error
			s.lo, err3 = memory.Word(t, g+offset("g.stack.lo"))
			s.hi, err4 = memory.Word(t, g+offset("g.stack.hi"))
			err2 = errors.Join(err2, err3, err4)
		}
		if id != 0 && s.lo != 0 && s.hi > s.lo {
			stacks[id] = s
		}
		m, err = memory.Word(t, m+offset("m.alllink"))
		err = errors.Join(err, err1, err2)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the service's threads: %w", err)
	}
	return stacks, nil
}

var nspidLast = regexp.MustCompile(`NSpid:.*\s(\d+)\n`)

// innerTid returns a thread's number as the service knows it: in a container that is another one (proc_pid_status(5) NSpid).
func (t *Process) innerTid(tid int) uint64 {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/status", t.Pid, tid)) // gone: found nowhere
	if m := nspidLast.FindSubmatch(b); m != nil {
		n, _ := strconv.ParseUint(string(m[1]), 10, 64)
		return n
	}
	return uint64(tid)
}

// hasKernelStack returns whether sp is on the stack that the kernel gave the first thread, with room below it.
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
