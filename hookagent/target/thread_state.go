package target

import (
	"errors"
	"fmt"
	"os"
	"regexp"

	"golang.org/x/sys/unix"
)

// Values of si_code in siginfo_t for SIGCHLD (sigaction(2)).
const (
	cldNone = iota
	cldExited
	cldKilled
	cldDumped
)

// waitThread calls waitid(2) for one thread and returns si_code: cldNone where WNOHANG found nothing.
func waitThread(tid, options int) (code int32, err error) {
	for {
		var info unix.Siginfo
		err = unix.Waitid(unix.P_PID, tid, &info, options|unix.WALL, nil)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if info.Signo == 0 {
			return cldNone, err
		}
		return info.Code, err
	}
}

// ended returns whether waitThread has found the end of a thread.
func ended(code int32, err error) bool {
	return err == nil && (code == cldExited || code == cldKilled || code == cldDumped)
}

// Running returns whether a process has not ended. A zombie has.
func Running(pid int) bool {
	t := Process{Pid: pid}
	state, _ := t.threadState(pid)
	return state != "" && state != "Z" && state != "X"
}

var statusFields = regexp.MustCompile(`(?s)State:\s+(\w).*TracerPid:\s+(\d+)`)

// threadState returns a thread's state and the number of its tracer, "0" for none (proc_pid_status(5)); empty where there is no such
// thread.
func (t *Process) threadState(tid int) (state, tracer string) {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/status", t.Pid, tid)) // gone: nothing is found in it
	if m := statusFields.FindSubmatch(b); m != nil {
		return string(m[1]), string(m[2])
	}
	return "", ""
}
