package target

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// memfdPath is how the kernel shows a memfd of a name, in maps and in the links of descriptors (mm/memfd.c): exactly so. A file can be
// called the same where somebody may write to the root directory; only a memfd can be sealed against shrinking.
func memfdPath(name string) string { return "/memfd:" + name + " (deleted)" }

// Mapping finds the nth memfd of a name that the process has mapped from its beginning, and where: nil if there are no more.
func (t *Process) Mapping(name string, nth int) (base uint64, f *os.File, err error) {
	maps, err := os.Open(fmt.Sprintf("/proc/%d/maps", t.Pid))
	if err != nil {
		return 0, nil, fmt.Errorf("process %d: %w", t.Pid, err)
	}
	defer maps.Close()
	path := memfdPath(name)
	for lines := bufio.NewScanner(maps); lines.Scan(); {
		line := lines.Text()
		// Five fields and the path, which begins in a column of its own (fs/proc/task_mmu.c show_vma_header_prefix).
		head, found := strings.CutSuffix(line, " "+path)
		if !found || len(strings.Fields(head)) != 5 {
			continue
		}
		var end, offset, inode uint64
		var perms, device string
		if _, err := fmt.Sscanf(line, "%x-%x %s %x %s %d", &base, &end, &perms, &offset, &device, &inode); err != nil {
			return 0, nil, fmt.Errorf("process %d: line %q in its maps: %w", t.Pid, line, err)
		}
		if offset != 0 {
			continue
		}
		if nth--; nth >= 0 {
			continue
		}
		f, err := t.openMapped(path, base, end, inode)
		if err == nil && !sealed(f) {
			f.Close()
			nth = 0 // not this one
			continue
		}
		return base, f, err
	}
	return 0, nil, nil
}

// sealed says whether a file is a memfd that cannot become smaller: reading it through a mapping is safe.
func sealed(f *os.File) bool {
	seals, err := unix.FcntlInt(f.Fd(), unix.F_GET_SEALS, 0)
	return err == nil && seals&unix.F_SEAL_SHRINK != 0
}

// openMapped opens what is mapped: through the mapping, which takes CAP_CHECKPOINT_RESTORE, or through the descriptor that the
// process has of it.
func (t *Process) openMapped(path string, base, end, inode uint64) (*os.File, error) {
	f, err := os.OpenFile(fmt.Sprintf("/proc/%d/map_files/%x-%x", t.Pid, base, end), os.O_RDWR, 0)
	if err == nil {
		return f, nil
	}
	fds, _ := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", t.Pid))
	for _, fd := range fds {
		if to, _ := os.Readlink(fd); to != path {
			continue
		}
		var st unix.Stat_t
		if unix.Stat(fd, &st) == nil && st.Ino == inode {
			return os.OpenFile(fd, os.O_RDWR, 0)
		}
	}
	return nil, &NotPermitted{What: fmt.Sprintf("opening the shared tables that process %d has mapped", t.Pid), Err: err}
}
