package hook

import (
	"errors"
	"fmt"
	"os"
	"runtime"

	"golang.org/x/sys/unix"

	"gotop/hookagent/plan"
	"gotop/hookagent/table"
)

// mappings makes the code page and the tables, or empties those of an earlier installation.
func mappings(t Tracee, p *plan.Plan, found *Recovered) (h *Hooks, at, base uint64, err error) {
	if found.reusable() {
		return found.Hooks, found.Header.Code, found.base, unix.Madvise(found.Hooks.Mem, unix.MADV_REMOVE)
	}
	h = new(Hooks)
	if at, err = mapCode(t, p); err != nil {
		return nil, 0, 0, err
	}
	base, err = h.mapTables(t, at)
	return h, at, base, err
}

// mapCode gives the service pages within reach of its text, readable and executable, and returns their address.
func mapCode(t Tracee, p *plan.Plan) (uint64, error) {
	const flags = unix.MAP_PRIVATE | unix.MAP_ANONYMOUS | unix.MAP_FIXED_NOREPLACE
	for _, want := range codeAddresses(p.Text[0]+t.Bias(), t.TextEnd()) {
		got, err := t.Syscall(unix.SYS_MMAP, want, codeSize, unix.PROT_READ|unix.PROT_EXEC, flags, ^uint64(0), 0)
		if err == nil && got == want {
			return got, nil
		}
		if err == nil { // a kernel before 4.17 takes the address for a hint
			_, _ = t.Syscall(unix.SYS_MUNMAP, got, codeSize)
		} else if !errors.Is(err, unix.EEXIST) && !errors.Is(err, unix.EPERM) {
			return 0, fmt.Errorf("mapping a code page in the service: %w", err)
		}
	}
	return 0, errors.New("no free address range within " + codeReach + " of the service's text for the injected code")
}

// tablesName is what the tables are called in /proc/PID/maps.
const tablesName = "gotop-tables"

// keptFD is the least number of the tables' descriptor in the service: above what programs are known to take for granted.
const keptFD = 1000

// mapTables makes a memfd in the service, maps it there and here, and seals its size. It returns its address in the service.
func (h *Hooks) mapTables(t Tracee, scratch uint64) (uint64, error) {
	if err := t.WriteAt(append([]byte(tablesName), 0), scratch); err != nil {
		return 0, fmt.Errorf("writing to the service's memory: %w", err)
	}
	fd, err := t.Syscall(unix.SYS_MEMFD_CREATE, scratch, unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	if err != nil {
		return 0, fmt.Errorf("memfd_create in the service: %w", err)
	}
	defer func() {
		// One descriptor stays, out of the way: without it only a privileged agent could take over (target.Mapping).
		_, _ = t.Syscall(unix.SYS_FCNTL, fd, unix.F_DUPFD_CLOEXEC, keptFD)
		_, _ = t.Syscall(unix.SYS_CLOSE, fd)
	}()
	f, err := t.OpenFile(fd)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	var base uint64
	for _, ps := range []int{shardsFor(runtime.NumCPU()), runtime.NumCPU()} {
		if base, err = h.mapSize(t, f, fd, ps); err == nil {
			break
		}
	}
	if err != nil {
		return 0, err
	}
	if _, err := unix.FcntlInt(f.Fd(), unix.F_ADD_SEALS, unix.F_SEAL_SHRINK|unix.F_SEAL_GROW|unix.F_SEAL_SEAL); err != nil {
		return 0, fmt.Errorf("sealing the shared tables: %w", err)
	}
	return base, nil
}

// shardsFor leaves room for GOMAXPROCS being raised; shards cost memory only once they are used.
func shardsFor(cpus int) int { return min(1024, max(64, 4*cpus)) }

// mapSize gives the memfd the size for so many Ps and maps it in the service, where it is fd, and here, where it is f.
func (h *Hooks) mapSize(t Tracee, f *os.File, fd uint64, ps int) (uint64, error) {
	size := table.Size(ps)
	if err := f.Truncate(size); err != nil {
		return 0, fmt.Errorf("sizing the shared tables: %w", err)
	}
	base, err := t.Syscall(unix.SYS_MMAP, 0, uint64(size), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED|unix.MAP_NORESERVE, fd, 0)
	if err != nil {
		return 0, fmt.Errorf("mapping %d MiB of address space in the service: %w (is its address space limited, ulimit -v?)", size>>20, err)
	}
	// Keep the tables out of core dumps: they are large, and say nothing that the dump does not.
	_, _ = t.Syscall(unix.SYS_MADVISE, base, uint64(size), unix.MADV_DONTDUMP)
	h.Mem, err = unix.Mmap(int(f.Fd()), 0, int(size), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED|unix.MAP_NORESERVE)
	if err != nil {
		return 0, fmt.Errorf("mapping the shared tables: %w", err)
	}
	return base, nil
}
