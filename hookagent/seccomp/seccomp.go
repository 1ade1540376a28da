// Package seccomp tells what the seccomp filters of a thread of another process would do with a system call, without making it
// (seccomp(2), linux/seccomp.h).
package seccomp

import (
	"encoding/binary"
	"errors"
	"fmt"
	"runtime"
	"unsafe"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// Call is a system call. Addresses and descriptors among its arguments stand for others of their kind.
type Call struct {
	Name string
	Nr   uintptr
	Args []uint64
}

// Modes of a thread: the field Seccomp of its status in /proc.
const (
	Disabled = 0
	Strict   = 1
	Filtered = 2
)

// Action is what a filter does with a call: the upper half of the value it returns (SECCOMP_RET_ACTION_FULL).
type Action uint32

// Actions, those of less value win over the others.
const (
	killProcess Action = 0x80000000
	killThread  Action = 0x00000000
	Trap        Action = 0x00030000
	errno       Action = 0x00050000
	userNotif   Action = 0x7fc00000
	trace       Action = 0x7ff00000
	logged      Action = 0x7ffc0000
	allow       Action = 0x7fff0000
)

var actionNames = map[Action]string{
	killProcess: "would end the process (SECCOMP_RET_KILL_PROCESS)", killThread: "would end the thread (SECCOMP_RET_KILL_THREAD)",
	Trap: "would send it SIGSYS (SECCOMP_RET_TRAP)", errno: "lets it fail (SECCOMP_RET_ERRNO)",
	userNotif: "hands it to another process (SECCOMP_RET_USER_NOTIF)", trace: "hands it to a tracer (SECCOMP_RET_TRACE)",
	logged: "logs it", allow: "allows it",
}

func (a Action) String() string {
	if name, ok := actionNames[a]; ok {
		return name
	}
	return fmt.Sprintf("does with it what gotop does not know (%#x)", uint32(a))
}

// Permits says whether the call is made.
func (a Action) Permits() bool { return a == allow || a == logged }

// Filters are all that a thread has; none without seccomp.
type Filters []*bpf.VM

// maxFilters bounds how many are read: the kernel allows 32,768 instructions in all, penalties included.
const maxFilters = 4096

// ErrUnreadable says that the kernel does not show the filters: that takes CAP_SYS_ADMIN, a tracer without filters of its
// own, and a kernel with CONFIG_CHECKPOINT_RESTORE.
var ErrUnreadable = errors.New("its filters cannot be read")

// Read reads the filters of a thread that the calling thread traces and that stands still. The error wraps ErrUnreadable where they
// cannot be read, or not be understood.
func Read(tid int) (Filters, error) {
	var filters Filters
	program := make([]unix.SockFilter, maxInstructions)
	for i := range maxFilters {
		n, _, e := unix.RawSyscall6(unix.SYS_PTRACE, unix.PTRACE_SECCOMP_GET_FILTER, uintptr(tid), uintptr(i), uintptr(unsafe.Pointer(&program[0])), 0, 0)
		if e == unix.ENOENT {
			return filters, nil
		}
		if e != 0 {
			return nil, fmt.Errorf("%w (%w)", ErrUnreadable, e)
		}
		vm, err := compile(program[:n])
		if err != nil {
			return nil, fmt.Errorf("%w (%w)", ErrUnreadable, err)
		}
		filters = append(filters, vm)
	}
	return nil, fmt.Errorf("%w (there are more than %d)", ErrUnreadable, maxFilters)
}

// maxInstructions is BPF_MAXINSNS.
const maxInstructions = 4096

func compile(program []unix.SockFilter) (*bpf.VM, error) {
	raw := make([]bpf.RawInstruction, len(program))
	for i, p := range program {
		raw[i] = bpf.RawInstruction{Op: p.Code, Jt: p.Jt, Jf: p.Jf, K: p.K}
	}
	instructions, known := bpf.Disassemble(raw)
	if !known {
		return nil, errors.New("an instruction is not known")
	}
	return bpf.NewVM(instructions)
}

// auditArch is AUDIT_ARCH_X86_64 (linux/audit.h).
const auditArch = 0xc000003e

// Action returns what the filters do with a call made at a code address: the strictest of what each of them says.
func (f Filters) Action(c Call, ip uint64) Action {
	b := data(c, ip)
	strictest := allow
	for _, vm := range f {
		got, err := vm.Run(b)
		action := Action(uint32(got) & 0xffff0000)
		if err != nil {
			action = killProcess
		}
		if int32(action) < int32(strictest) { // as seccomp_run_filters compares them
			strictest = action
		}
	}
	return strictest
}

// data is struct seccomp_data as package bpf wants it: its loads take words to be big-endian, the kernel's take them as they are.
func data(c Call, ip uint64) []byte {
	b := make([]byte, 64)
	word := func(at int, v uint64) {
		binary.BigEndian.PutUint32(b[at:], uint32(v))
		binary.BigEndian.PutUint32(b[at+4:], uint32(v>>32))
	}
	word(0, uint64(c.Nr)|auditArch<<32)
	word(8, ip)
	for i, v := range c.Args {
		word(16+8*i, v)
	}
	return b
}

// Refusal says which system call a filter does not let a process make.
type Refusal struct {
	Pid    int
	Call   string
	Action Action
}

func (e *Refusal) Code() string { return "seccomp" }

func (e *Refusal) Error() string {
	return fmt.Sprintf("process %d has a seccomp filter that %v: %s, which gotop would have it make to place its hooks; nothing was touched. %s",
		e.Pid, e.Action, e.Call, instead(e.Pid))
}

// Unknown says that it is not known what the filters of a process allow.
type Unknown struct {
	Pid int
	Err error
}

func (e *Unknown) Code() string  { return "seccomp" }
func (e *Unknown) Unwrap() error { return e.Err }
func (e *Unknown) Error() string {
	return fmt.Sprintf("process %d is confined by seccomp, and whether that allows what gotop would have it do to place its hooks is not known: "+
		"%v; nothing was touched. Root, outside of containers, can read them. %s", e.Pid, e.Err, instead(e.Pid))
}

func instead(pid int) string {
	return fmt.Sprintf("Without hooks: gotop attach %d --sample-only. Or start the program with gotop run", pid)
}

// ErrStrict says that a thread may do nothing but read, write and exit.
var ErrStrict = errors.New("seccomp's strict mode allows it nothing but to read, write and exit")

// Check returns the first call that the filters do not allow, as a Refusal.
func (f Filters) Check(pid int, ip uint64, calls ...Call) error {
	for _, c := range calls {
		if a := f.Action(c, ip); !a.Permits() {
			return &Refusal{pid, c.Name, a}
		}
	}
	return nil
}

// Rehearse makes calls in the calling process, which has the same filters as another one by inheritance. Their arguments must be such
// that they change nothing. A filter may end the process: it has to be one for this only. It returns the index of the
// first call that a filter lets fail, -1 if there is none.
func Rehearse(calls []Call) int {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	for i, c := range calls {
		var a [6]uintptr
		for j, v := range c.Args {
			a[j] = uintptr(v)
		}
		switch _, _, e := unix.RawSyscall6(c.Nr, a[0], a[1], a[2], a[3], a[4], a[5]); e {
		case unix.EPERM, unix.ENOSYS, unix.EACCES:
			return i
		}
	}
	return -1
}
