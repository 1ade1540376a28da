package target

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"gotop/hookagent/plan"
)

// ReadOnly is a process that runs already and whose memory is read, nothing else: it is never traced, stopped or written to, so
// that it does not matter whether somebody else traces it.
//
// /proc/PID/mem, once opened, stays with the address space it was opened for (proc(5); fs/proc/base.c mem_open): after the end of
// the process, or an execve, it reads nothing any more. process_vm_readv takes a number that may be another program's by then, but
// reads many pieces in one call. So each reading is made by the number, and believed if the old address space is still there.
type ReadOnly struct {
	*Process
	space *os.File // /proc/PID/mem
	probe uint64   // where something can be read as long as it is there
}

// ErrGone says that the program that was opened is not there any more: it has ended, or replaced itself.
var ErrGone = errors.New("the program is not there any more: it has ended, or replaced itself by another one (execve)")

// OpenReadOnly gives access to the memory of a process that runs already.
func OpenReadOnly(p *plan.Plan, pid int) (*ReadOnly, error) {
	t, err := find(p, pid)
	if err != nil {
		return nil, err
	}
	r := &ReadOnly{Process: t, probe: p.Text[0] + t.bias}
	if r.space, err = os.Open(fmt.Sprintf("/proc/%d/mem", pid)); err != nil {
		return nil, &NotPermitted{What: fmt.Sprintf("reading the memory of process %d", pid), Err: err}
	}
	if r.Gone() {
		return nil, fmt.Errorf("process %d: %w", pid, ErrGone)
	}
	var denied *NotPermitted
	if err := r.ReadAt(make([]byte, 1), r.probe); errors.As(err, &denied) {
		return nil, err
	}
	return r, nil
}

// Gone returns whether the program that was opened has ended or replaced itself.
func (r *ReadOnly) Gone() bool {
	_, err := r.space.ReadAt(make([]byte, 1), int64(r.probe))
	return errors.Is(err, io.EOF)
}

// Replaced returns whether the process runs another program now, by an execve. One that is ending has no memory any more.
func (r *ReadOnly) Replaced() bool {
	return r.Gone() && !errors.Is(r.Process.ReadAt(make([]byte, 1), r.probe), unix.ESRCH)
}

// ReadAt reads the program's memory.
func (r *ReadOnly) ReadAt(p []byte, addr uint64) error { return r.ReadVec(p, []uint64{addr}, len(p)) }

// ReadVec reads size bytes at each address, one behind the other, into dst. The error is ErrGone where they may be another
// program's.
func (r *ReadOnly) ReadVec(dst []byte, addrs []uint64, size int) error {
	err := r.Process.ReadVec(dst, addrs, size)
	if r.Gone() {
		return ErrGone
	}
	return err
}

// clockTick is the unit of times in proc(5): USER_HZ is 100 on all of Linux.
const clockTick = 10 * time.Millisecond

// Started returns when the process was started, in CLOCK_MONOTONIC. Field 22 of /proc/PID/stat, where that is from, is of the clock
// that goes on while the machine sleeps (CLOCK_BOOTTIME).
func (r *ReadOnly) Started() (time.Duration, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", r.Pid))
	if err != nil {
		return 0, fmt.Errorf("process %d: %w", r.Pid, err)
	}
	fields := bytes.Fields(b[bytes.LastIndexByte(b, ')')+1:]) // the name may hold anything; the first field is number 3
	if len(fields) < 20 {
		return 0, fmt.Errorf("/proc/%d/stat has %d fields", r.Pid, len(fields)+2)
	}
	ticks, err := strconv.ParseInt(string(fields[19]), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("/proc/%d/stat: %w", r.Pid, err)
	}
	var awake, all unix.Timespec
	if err := errors.Join(unix.ClockGettime(unix.CLOCK_MONOTONIC, &awake), unix.ClockGettime(unix.CLOCK_BOOTTIME, &all)); err != nil {
		return 0, err
	}
	now := time.Duration(awake.Nano())
	return min(time.Duration(ticks)*clockTick-time.Duration(all.Nano()-awake.Nano()), now), nil
}
