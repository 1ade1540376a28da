package target

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// thread is what /proc/PID/task/TID/status says of a thread.
type thread struct {
	tid      int
	name     string
	state    byte   // R, S, D, T, t, Z, X (proc_pid_status(5))
	tracer   int    // the thread that traces it, 0: nobody
	inner    uint64 // its number in its own PID namespace
	seccomp  int    // mode
	filters  int    // how many seccomp filters it has
	switches uint64 // how often it has stopped running, so: unchanged, it has not run in between
}

// ended says whether the thread is there only for somebody to wait for it.
func (th thread) ended() bool { return th.state == 'Z' || th.state == 'X' }

func readThread(pid, tid int) (thread, bool) {
	// Thousands of them are read one after the other: os.ReadFile would take twice as long.
	fd, err := unix.Open(fmt.Sprintf("/proc/%d/task/%d/status", pid, tid), unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return thread{}, false
	}
	defer unix.Close(fd)
	b := make([]byte, 4096)
	n, err := unix.Read(fd, b)
	if err != nil {
		return thread{}, false // it has ended
	}
	th := thread{tid: tid, inner: uint64(tid)}
	for line := range strings.Lines(string(b[:n])) {
		key, value, _ := strings.Cut(line, ":")
		value = strings.TrimSpace(value)
		number := func() int { n, _ := strconv.Atoi(value); return n }
		switch key {
		case "Name":
			th.name = value
		case "State":
			if value != "" {
				th.state = value[0]
			}
		case "TracerPid":
			th.tracer = number()
		case "NSpid":
			fields := strings.Fields(value)
			th.inner, _ = strconv.ParseUint(fields[len(fields)-1], 10, 64)
		case "Seccomp":
			th.seccomp = number()
		case "Seccomp_filters":
			th.filters = number()
		case "voluntary_ctxt_switches", "nonvoluntary_ctxt_switches":
			th.switches += uint64(number())
		}
	}
	return th, th.state != 0
}

// tids are the numbers of the process's threads.
func (t *Process) tids() ([]int, error) {
	d, err := os.Open(fmt.Sprintf("/proc/%d/task", t.Pid))
	if err != nil {
		return nil, fmt.Errorf("process %d: %w", t.Pid, err)
	}
	defer d.Close()
	names, err := d.Readdirnames(-1)
	if err != nil {
		return nil, fmt.Errorf("process %d: %w", t.Pid, err)
	}
	tids := make([]int, 0, len(names))
	for _, name := range names {
		if tid, err := strconv.Atoi(name); err == nil {
			tids = append(tids, tid)
		}
	}
	return tids, nil
}

// lookAround reads what /proc says of all threads.
func (t *Process) lookAround() (map[int]thread, error) {
	tids, err := t.tids()
	if err != nil {
		return nil, err
	}
	seen := make(map[int]thread, len(tids))
	for _, tid := range tids {
		if th, ok := readThread(t.Pid, tid); ok {
			seen[tid] = th
		}
	}
	return seen, nil
}

// threadCount is how many threads the process has, with those that have ended and that nobody has waited for. /proc/PID/stat has that
// number, too, but looks at every thread first: a millisecond for thousands, in which the service stands still.
func (t *Process) threadCount() int {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", t.Pid))
	_, after, _ := bytes.Cut(b, []byte("\nThreads:"))
	line, _, _ := bytes.Cut(after, []byte("\n"))
	n, _ := strconv.Atoi(string(bytes.TrimSpace(line)))
	return n
}

// Running says whether a process has not ended; one that only nobody has waited for yet has.
func Running(pid int) bool {
	th, ok := readThread(pid, pid)
	return ok && !th.ended()
}

// Confined says whether the calling process has seccomp filters.
func Confined() bool {
	th, ok := readThread(os.Getpid(), os.Getpid())
	return ok && th.seccomp != 0
}
