package target

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Obstacle says what kept the service from being held for a moment. It may pass.
type Obstacle struct {
	code string
	text string
}

func (e *Obstacle) Code() string  { return e.code }
func (e *Obstacle) Error() string { return e.text }

// traced says that somebody else traces a thread.
func (t *Process) traced(tid, tracer int) error {
	name, _ := os.ReadFile(fmt.Sprintf("/proc/%d/comm", tracer))
	return &Obstacle{"traced", fmt.Sprintf("process %d is traced by process %d (%s), such as a debugger, strace or another gotop: only one can. "+
		"It was left as it is. End that one, or read samples: gotop attach %d --sample-only", t.Pid, tracer, bytes.TrimSpace(name), t.Pid)}
}

// stuck says that a thread does not stop, and why as far as that can be seen.
func (t *Process) stuck(tid int) error {
	th, ok := readThread(t.Pid, tid)
	if !ok {
		th = thread{tid: tid, state: '?'}
	}
	wchan, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/wchan", t.Pid, tid))
	why := "is in state " + string(th.state)
	switch at := string(wchan); {
	case t.frozen() || at == "do_freezer_trap" || strings.Contains(at, "refrigerator"):
		return &Obstacle{"frozen", fmt.Sprintf("process %d is frozen (by its cgroup's freezer, as with docker pause), so that nothing can be done in it. "+
			"It was left as it is. Try again when it goes on", t.Pid)}
	case th.state == 'D':
		why = "waits uninterruptibly in the kernel (state D"
		if at != "" && at != "0" {
			why += ", in " + at
		}
		why += "), as for a disk or file system that does not answer, or for a child of vfork"
	}
	return &Obstacle{"stuck", fmt.Sprintf("thread %d (%s) of process %d does not stop: it %s. All others would have to wait for it, so the process was let go on "+
		"and left as it is. Try again when that is over, or read samples: gotop attach %d --sample-only", tid, th.name, t.Pid, why, t.Pid)}
}

// frozen says whether the process's cgroup is frozen, where that can be seen: in version 2 (cgroup.events) and version 1
// (freezer.state). Frozen by the latter its threads are in state D; by the former, in S.
func (t *Process) frozen() bool {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/cgroup", t.Pid))
	if err != nil {
		return false
	}
	mounts := cgroupMounts()
	for line := range strings.Lines(string(b)) {
		f := strings.SplitN(strings.TrimSpace(line), ":", 3) // hierarchy:controllers:path
		if len(f) != 3 {
			continue
		}
		for _, m := range mounts {
			dir := filepath.Join(m.place, strings.TrimPrefix(f[2], strings.TrimSuffix(m.root, "/")))
			switch {
			case f[1] == "" && m.version == 2:
				events, _ := os.ReadFile(filepath.Join(dir, "cgroup.events"))
				if bytes.Contains(events, []byte("frozen 1")) {
					return true
				}
			case m.version == 1 && slices.Contains(strings.Split(f[1], ","), "freezer"):
				state, _ := os.ReadFile(filepath.Join(dir, "freezer.state"))
				if s := string(bytes.TrimSpace(state)); s == "FROZEN" || s == "FREEZING" {
					return true
				}
			}
		}
	}
	return false
}

// cgroupMount is a mounted hierarchy of cgroups; of version 1, that of the freezer.
type cgroupMount struct {
	version     int
	root, place string
}

// cgroupMounts reads them from /proc/self/mountinfo (proc_pid_mountinfo(5)).
func cgroupMounts() (found []cgroupMount) {
	f, err := os.Open("/proc/self/mountinfo")
	if err != nil {
		return nil
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		mount, source, ok := strings.Cut(lines.Text(), " - ")
		fields, kind := strings.Fields(mount), strings.Fields(source)
		switch {
		case !ok || len(fields) < 5 || len(kind) < 3:
		case kind[0] == "cgroup2":
			found = append(found, cgroupMount{2, fields[3], fields[4]})
		case kind[0] == "cgroup" && slices.Contains(strings.Split(kind[2], ","), "freezer"):
			found = append(found, cgroupMount{1, fields[3], fields[4]})
		}
	}
	return found
}
