package target

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Mapping finds the file that the process has mapped under a name, such as a memfd's, and where: nil if there is none.
func (t *Process) Mapping(name string) (base uint64, f *os.File, err error) {
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
		var end uint64
		if _, err := fmt.Sscanf(line, "%x-%x", &base, &end); err != nil {
			return 0, nil, fmt.Errorf("process %d: line %q in its maps: %w", t.Pid, line, err)
		}
		f, err := t.openMapped(name, base, end)
		return base, f, err
	}
	return 0, nil, nil
}

// openMapped opens what is mapped: through the mapping, which takes CAP_CHECKPOINT_RESTORE, or through the descriptor that the
// process has of it.
func (t *Process) openMapped(name string, base, end uint64) (*os.File, error) {
	f, err := os.OpenFile(fmt.Sprintf("/proc/%d/map_files/%x-%x", t.Pid, base, end), os.O_RDWR, 0)
	if err == nil {
		return f, nil
	}
	fds, _ := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", t.Pid))
	for _, fd := range fds {
		if to, _ := os.Readlink(fd); strings.Contains(to, name) {
			return os.OpenFile(fd, os.O_RDWR, 0)
		}
	}
	return nil, &NotPermitted{What: fmt.Sprintf("opening the shared tables that process %d has mapped", t.Pid), Err: err}
}
