package room

import (
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// groups are the directories of the memory cgroups that a process is in, of version 1 and 2, each with all above it that can be seen.
func (s System) groups(pid int) (dirs []string) {
	one, two := s.mounts()
	for line := range s.lines("proc/" + strconv.Itoa(pid) + "/cgroup") {
		fields := strings.SplitN(line, ":", 3) // number:controllers:path (cgroups(7))
		if len(fields) != 3 {
			continue
		}
		mounts := two
		if fields[0] != "0" || fields[1] != "" {
			if !slices.Contains(strings.Split(fields[1], ","), "memory") {
				continue
			}
			mounts = one
		}
		for _, m := range mounts {
			dirs = append(dirs, m.upwards(fields[2])...)
		}
	}
	return dirs
}

// mount is where a part of a hierarchy of cgroups is seen: what is below root there, at dir here.
type mount struct{ root, dir string }

// upwards are the directories of a group and those above it. A group that is not below the root is another namespace's: what is
// mounted is the nearest that is known of it.
func (m mount) upwards(group string) (dirs []string) {
	below, err := filepath.Rel(m.root, group)
	if err != nil || below == ".." || strings.HasPrefix(below, "../") {
		below = "."
	}
	for dir := filepath.Join(m.dir, below); ; dir = filepath.Dir(dir) {
		dirs = append(dirs, dir)
		if len(dir) <= len(m.dir) {
			return dirs
		}
	}
}

// mounts are those of memory cgroups of version 1, and of version 2.
func (s System) mounts() (one, two []mount) {
	for line := range s.lines("proc/self/mountinfo") {
		// 36 35 0:30 ROOT DIR OPTIONS … - TYPE SOURCE OPTIONS (proc_pid_mountinfo(5))
		before, after, ok := strings.Cut(line, " - ")
		where, what := strings.Fields(before), strings.Fields(after)
		if !ok || len(where) < 5 || len(what) < 3 {
			continue
		}
		m := mount{unescape(where[3]), unescape(where[4])}
		switch {
		case what[0] == "cgroup2":
			two = append(two, m)
		case what[0] == "cgroup" && slices.Contains(strings.Split(what[2], ","), "memory"):
			one = append(one, m)
		}
	}
	return one, two
}

// unescape undoes mountinfo's octal escapes of spaces and the like.
func unescape(s string) string {
	return strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`).Replace(s)
}

// unlimited is what version 1 has for no limit, or more (a multiple of the page size just below 2⁶³).
const unlimited = 1 << 60

// free is a group's limit and what is left of it; false: it has none. What is in files and not in use is given up before anybody is
// killed, so it is free.
func (s System) free(dir string) (limit, free uint64, ok bool) {
	limit = unlimited
	for _, name := range []string{"memory.max", "memory.high", "memory.limit_in_bytes"} {
		if n, found := s.number(dir, name); found && n < limit {
			limit, ok = n, true
		}
	}
	used, found := s.number(dir, "memory.current")
	if !found {
		used, found = s.number(dir, "memory.usage_in_bytes")
	}
	if !ok || !found {
		return 0, 0, false
	}
	var inFiles uint64
	for line := range s.lines(filepath.Join(dir, "memory.stat")) {
		name, value, _ := strings.Cut(line, " ")
		if name == "inactive_file" || name == "total_inactive_file" { // version 1 has both, the second with those of the groups below
			n, _ := strconv.ParseUint(value, 10, 64)
			inFiles = max(inFiles, n)
		}
	}
	used = less(used, inFiles)
	return limit, less(limit, used), true
}

// number is what a file of a group holds; false: no such file, or "max".
func (s System) number(dir, name string) (uint64, bool) {
	f, err := s.Open(filepath.Join(dir, name))
	if err != nil {
		return 0, false
	}
	defer f.Close()
	b, err := io.ReadAll(f)
	if err != nil {
		return 0, false
	}
	n, err := strconv.ParseUint(strings.TrimSpace(string(b)), 10, 64)
	return n, err == nil
}
