package target

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"gotop/hookagent/memory"
)

// Memfds returns where the process has memfds of this name, mapped or open.
func (t *Process) Memfds(name string) (list []memory.Memfd, err error) {
	path := memfdPath(name)
	err = t.eachMapping(func(begin, end uint64, _ string, inode uint64, of string) {
		if of == path {
			list = append(list, memory.Memfd{Begin: begin, End: end, FD: -1, Inode: inode})
		}
	})
	if err != nil {
		return nil, err
	}
	fds, _ := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", t.Pid))
	for _, fd := range fds {
		if to, _ := os.Readlink(fd); to != path {
			continue
		}
		var st unix.Stat_t
		if number, err := strconv.Atoi(filepath.Base(fd)); err == nil && unix.Stat(fd, &st) == nil {
			list = append(list, memory.Memfd{FD: number, Inode: st.Ino})
		}
	}
	return list, nil
}

// OpenMemfd opens it for reading and writing.
func (t *Process) OpenMemfd(name string, m memory.Memfd) (*os.File, error) {
	if m.FD >= 0 {
		return t.OpenFile(uint64(m.FD))
	}
	return t.openMapped(memfdPath(name), m.Begin, m.End, m.Inode)
}

// PrivateCode returns where the process has private memory of this size that no file is mapped into, and that may be read and executed
// but not written.
func (t *Process) PrivateCode(size uint64) (list []uint64, err error) {
	err = t.eachMapping(func(begin, end uint64, perms string, inode uint64, of string) {
		if end-begin == size && perms == "r-xp" && inode == 0 && of == "" {
			list = append(list, begin)
		}
	})
	return list, err
}

// eachMapping calls see for each line of the process's maps.
func (t *Process) eachMapping(see func(begin, end uint64, perms string, inode uint64, of string)) error {
	maps, err := os.Open(fmt.Sprintf("/proc/%d/maps", t.Pid))
	if err != nil {
		return fmt.Errorf("process %d: %w", t.Pid, err)
	}
	defer maps.Close()
	lines := bufio.NewScanner(maps)
	for lines.Scan() {
		var begin, end, offset, inode uint64
		var perms, device string
		if _, err := fmt.Sscanf(lines.Text(), "%x-%x %s %x %s %d", &begin, &end, &perms, &offset, &device, &inode); err != nil {
			return fmt.Errorf("process %d: line %q in its maps: %w", t.Pid, lines.Text(), err)
		}
		// Five fields and the path, which begins in a column of its own (fs/proc/task_mmu.c show_vma_header_prefix).
		of := ""
		if fields := strings.SplitN(lines.Text(), " ", 6); len(fields) == 6 {
			of = strings.TrimLeft(fields[5], " ")
		}
		see(begin, end, perms, inode, of)
	}
	return lines.Err()
}
