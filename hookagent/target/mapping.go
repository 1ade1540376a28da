package target

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// Mapping finds the nth file that the process has mapped under a name, such as a memfd's, and where: nil if there are no more.
func (t *Process) Mapping(name string, nth int) (base uint64, f *os.File, err error) {
	maps, err := os.Open(fmt.Sprintf("/proc/%d/maps", t.Pid))
	if err != nil {
		return 0, nil, fmt.Errorf("process %d: %w", t.Pid, err)
	}
	defer maps.Close()
	for lines := bufio.NewScanner(maps); lines.Scan(); {
		line := lines.Text()
		if !strings.Contains(line, name) {
			continue
		}
		if nth--; nth >= 0 {
			continue
		}
		var end, inode uint64
		var perms, offset, device string
		if _, err := fmt.Sscanf(line, "%x-%x %s %s %s %d", &base, &end, &perms, &offset, &device, &inode); err != nil {
			return 0, nil, fmt.Errorf("process %d: line %q in its maps: %w", t.Pid, line, err)
		}
		f, err := t.openMapped(name, base, end, inode)
		return base, f, err
	}
	return 0, nil, nil
}

// openMapped opens what is mapped: through the mapping, which takes CAP_CHECKPOINT_RESTORE, or through the descriptor that the
// process has of it.
func (t *Process) openMapped(name string, base, end, inode uint64) (*os.File, error) {
	f, err := os.OpenFile(fmt.Sprintf("/proc/%d/map_files/%x-%x", t.Pid, base, end), os.O_RDWR, 0)
	if err == nil {
		return f, nil
	}
	fds, _ := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", t.Pid))
	for _, fd := range fds {
		if to, _ := os.Readlink(fd); !strings.Contains(to, name) {
			continue
		}
		var st unix.Stat_t
		if unix.Stat(fd, &st) == nil && st.Ino == inode {
			return os.OpenFile(fd, os.O_RDWR, 0)
		}
	}
	return nil, &NotPermitted{What: fmt.Sprintf("opening the shared tables that process %d has mapped", t.Pid), Err: err}
}
