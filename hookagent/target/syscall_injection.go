package target

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strconv"

	"golang.org/x/sys/unix"
)

// borrowed is what a thread needs to do a system call for the agent: code of the service, and memory that it does not use.
type borrowed struct {
	call      uint64 // syscall; ret
	sigreturn uint64 // mov rax, SYS_rt_sigreturn; syscall
	top       uint64 // the end of room bytes of dead stack
}

// Code that every Go program has. The first is the end of runtime.osyield; the second is runtime.sigreturn__sigaction, whose form
// debuggers rely on (runtime/sys_linux_amd64.s).
var (
	callCode      = []byte{0x0f, 0x05, 0xc3}
	sigreturnCode = []byte{0x48, 0xc7, 0xc0, 0x0f, 0, 0, 0, 0x0f, 0x05}
)

// room is how many bytes of stack the frame may take, and spare what must lie beyond them, for a handler on that stack.
const (
	room  = 12 << 10
	spare = 4 << 10
)

// findCode looks for the code in the service's text, running or not. Package runtime is near its beginning.
func (t *Process) findCode() error {
	const step, overlap = 1 << 20, 16
	lo, hi := t.plan.Text[0]+t.bias, t.plan.Text[1]+t.bias
	buf := make([]byte, step+overlap)
	for at := lo; at < hi && (t.borrowed.call == 0 || t.borrowed.sigreturn == 0); at += step {
		b := buf[:min(step+overlap, hi-at)]
		if err := t.ReadAt(b, at); err != nil {
			return fmt.Errorf("reading the service's code: %w", err)
		}
		if i := bytes.Index(b, callCode); i >= 0 && t.borrowed.call == 0 {
			t.borrowed.call = at + uint64(i)
		}
		if i := bytes.Index(b, sigreturnCode); i >= 0 && t.borrowed.sigreturn == 0 {
			t.borrowed.sigreturn = at + uint64(i)
		}
	}
	if t.borrowed.call == 0 || t.borrowed.sigreturn == 0 {
		return errors.New("the service's code has no system call that could be borrowed: was it built by another compiler?")
	}
	return nil
}

// borrow finds a thread that can do system calls, once for each time that the service is stopped.
func (t *Process) borrow() error {
	if t.borrowed.top != 0 {
		return nil
	}
	if t.borrowed.call == 0 || t.borrowed.sigreturn == 0 {
		if err := t.findCode(); err != nil {
			return err
		}
	}
	if err := t.borrowStack(); err != nil {
		return err
	}
	return unix.PtraceSetOptions(t.tid, unix.PTRACE_O_TRACESYSGOOD)
}

// borrowStack chooses the thread and the memory: the signal stack of a thread that is not handling a signal, which is dead to its
// end. Before the runtime has any, the first thread is on the stack that the kernel gave it, which has room for more.
func (t *Process) borrowStack() error {
	stacks, err := t.signalStacks()
	if err != nil {
		return err
	}
	for _, tid := range t.threads {
		sp, err := stackPointer(tid)
		if err != nil {
			return err
		}
		if s, ok := stacks[t.innerTid(tid)]; ok && s.hi-s.lo >= room+spare && (sp <= s.lo || sp > s.hi) {
			t.tid, t.borrowed.top = tid, s.lo+room
			return nil
		}
	}
	if t.threads[0] == t.Pid && len(t.threads) == 1 {
		sp, err := stackPointer(t.Pid)
		if err == nil && t.onKernelStack(sp) {
			t.tid, t.borrowed.top = t.Pid, sp-redZone
			return nil
		}
	}
	return errors.New("no thread of the service could do a system call for the agent just now: nothing was touched; try again")
}

// redZone is memory below the stack pointer that C code may use (System V ABI).
const redZone = 128

func stackPointer(tid int) (uint64, error) {
	var r unix.PtraceRegs
	if err := unix.PtraceGetRegs(tid, &r); err != nil {
		return 0, fmt.Errorf("reading the service's registers: %w", err)
	}
	return r.Rsp, nil
}

// span is a stack's memory.
type span struct{ lo, hi uint64 }

// maxThreads bounds the list of the runtime's Ms.
const maxThreads = 1 << 16

// signalStacks are those of the runtime's Ms (runtime.allm), by the thread's number as the service knows it: m.procid, set by
// runtime.minit. None before the runtime has set itself up.
func (t *Process) signalStacks() (map[uint64]span, error) {
	offset := func(name string) uint64 { return t.plan.Layout[name] }
	stacks := make(map[uint64]span)
	allm, ok := t.plan.Vars["runtime.allm"]
	if !ok || offset("m.gsignal") == 0 || offset("m.procid") == 0 || offset("m.alllink") == 0 {
		return stacks, nil
	}
	m, err := t.word(allm + t.bias)
	for n := 0; err == nil && m != 0 && n < maxThreads; n++ {
		var id, g uint64
		var s span
		id, err1 := t.word(m + offset("m.procid"))
		g, err2 := t.word(m + offset("m.gsignal"))
		if g != 0 {
			var err3, err4 error
			s.lo, err3 = t.word(g + offset("g.stack.lo"))
			s.hi, err4 = t.word(g + offset("g.stack.hi"))
			err2 = errors.Join(err2, err3, err4)
		}
		if id != 0 && s.lo != 0 && s.hi > s.lo {
			stacks[id] = s
		}
		m, err = t.word(m + offset("m.alllink"))
		err = errors.Join(err, err1, err2)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the service's threads: %w", err)
	}
	return stacks, nil
}

func (t *Process) word(addr uint64) (uint64, error) {
	var b [8]byte
	err := t.ReadAt(b[:], addr)
	return le.Uint64(b[:]), err
}

var innerNumber = regexp.MustCompile(`NSpid:.*\s(\d+)\n`)

// innerTid is a thread's number as the service knows it: in a container that is another one.
func (t *Process) innerTid(tid int) uint64 {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/status", t.Pid, tid)) // gone: found nowhere
	if m := innerNumber.FindSubmatch(b); m != nil {
		n, _ := strconv.ParseUint(string(m[1]), 10, 64)
		return n
	}
	return uint64(tid)
}

// onKernelStack says whether there is room below sp on the stack that the kernel gave the first thread.
func (t *Process) onKernelStack(sp uint64) bool {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", t.Pid))
	if err != nil {
		return false
	}
	for line := range bytes.Lines(b) {
		var s span
		if !bytes.Contains(line, []byte("[stack]")) {
			continue
		}
		if _, err := fmt.Sscanf(string(line), "%x-%x", &s.lo, &s.hi); err == nil {
			return sp > s.lo+room+spare && sp <= s.hi
		}
	}
	return false
}
