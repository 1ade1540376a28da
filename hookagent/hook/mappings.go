package hook

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"

	"gotop/hookagent/plan"
	"gotop/hookagent/table"
)

// mapped is what an installation has in the service: code page, tables and their descriptor.
type mapped struct {
	code, tables uint64 // addresses; 0: none
	fd           int    // -1: none
}

// mappings makes the code page and the tables, or empties those of an earlier installation. What was made is in m, also on error.
func mappings(t Tracee, p *plan.Plan, o Options, found *Recovered) (h *Hooks, m *mapped, err error) {
	if found.reusable() {
		h = found.Hooks
		h.pool.pid, h.pool.procs = o.Pid, min(o.Procs, table.MaxPs)
		fd, _ := table.FD(h.Mem) // none is ^0, which is -1
		m = &mapped{code: found.Header.Code, tables: found.base, fd: int(fd)}
		return h, m, unix.Madvise(h.Mem, unix.MADV_REMOVE)
	}
	h, m = new(Hooks), &mapped{fd: -1}
	h.pool.pid, h.pool.procs = o.Pid, min(o.Procs, table.MaxPs)
	size := o.Length
	if size == 0 {
		if size, err = tablesLength(o.Pid, false); err != nil {
			return h, m, err
		}
	}
	if m.code, err = mapCode(t, p); err != nil {
		return h, m, err
	}
	return h, m, h.makeTables(t, m, size)
}

// Room returns how many bytes of address space the tables are to have in a service, for Options. It fails where there is too little, be it of address
// space or memory. fresh: the service has not begun.
func Room(pid int, fresh bool) (length uint64, err error) { return tablesLength(pid, fresh) }

// Flags of the mappings.
const (
	codeFlags   = unix.MAP_PRIVATE | unix.MAP_ANONYMOUS | unix.MAP_FIXED_NOREPLACE
	tablesFlags = unix.MAP_SHARED | unix.MAP_NORESERVE
)

// mapCode gives the service pages within reach of its text, readable and executable, and returns their address.
func mapCode(t Tracee, p *plan.Plan) (uint64, error) {
	for _, want := range codeAddresses(p.Text[0]+t.Bias(), t.TextEnd()) {
		got, err := t.Syscall(unix.SYS_MMAP, want, codeSize, unix.PROT_READ|unix.PROT_EXEC, codeFlags, ^uint64(0), 0)
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

// keptFDs are the least numbers of the tables' descriptor in the service, the best first: above what programs are known to take for
// granted, and below the limit (ulimit -n).
var keptFDs = []uint64{1000, 500, 200, 100}

// makeTables makes a memfd in the service, maps it there and here, and leaves it so that it can only grow. What is made is noted in m,
// so that it can be undone wherever this ends. The file is still empty: nothing that locks the service's memory has to populate it.
func (h *Hooks) makeTables(t Tracee, m *mapped, length uint64) error {
	if err := t.WriteAt(append([]byte(tablesName), 0), m.code); err != nil {
		return fmt.Errorf("writing to the service's memory: %w", err)
	}
	fd, err := t.Syscall(unix.SYS_MEMFD_CREATE, m.code, unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	if err != nil {
		return fmt.Errorf("memfd_create in the service: %w", err)
	}
	m.fd = int(fd)
	f, err := t.OpenFile(fd)
	if err != nil {
		return err
	}
	defer f.Close()
	if h.pool.fd, err = unix.FcntlInt(f.Fd(), unix.F_DUPFD_CLOEXEC, 0); err != nil {
		return fmt.Errorf("the agent's descriptor of the shared tables: %w", err)
	}
	// One descriptor stays, out of the way: without it only a privileged agent could take over (target.Mapping).
	for _, number := range keptFDs {
		kept, err := t.Syscall(unix.SYS_FCNTL, fd, unix.F_DUPFD_CLOEXEC, number)
		if err == nil {
			m.fd = int(kept)
			_, _ = t.Syscall(unix.SYS_CLOSE, fd)
			break
		}
	}
	m.tables, err = t.Syscall(unix.SYS_MMAP, 0, length, unix.PROT_READ|unix.PROT_WRITE, tablesFlags, uint64(m.fd), 0)
	if err != nil {
		m.tables = 0
		return fmt.Errorf("mapping %d MB of address space in the service: %w (is its address space or the memory that it may lock limited, ulimit -v and -l?)", length/1e6, err)
	}
	// Keep the tables out of core dumps: they say nothing that the dump does not.
	_, _ = t.Syscall(unix.SYS_MADVISE, m.tables, length, unix.MADV_DONTDUMP)
	h.Mem, err = unix.Mmap(h.pool.fd, 0, int(length), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED|unix.MAP_NORESERVE)
	if err != nil {
		return fmt.Errorf("mapping the shared tables: %w", err)
	}
	if _, err := unix.FcntlInt(uintptr(h.pool.fd), unix.F_ADD_SEALS, unix.F_SEAL_SHRINK|unix.F_SEAL_SEAL); err != nil {
		return fmt.Errorf("sealing the shared tables: %w", err)
	}
	return nil
}

// unmap takes it out of the stopped service, as far as it is there.
func (m *mapped) unmap(t Tracee, length uint64) error {
	var errs []error
	call := func(what string, nr uintptr, args ...uint64) {
		if _, err := t.Syscall(nr, args...); err != nil {
			errs = append(errs, fmt.Errorf("%s in the service: %w", what, err))
		}
	}
	if m.tables != 0 {
		call("unmapping the shared tables", unix.SYS_MUNMAP, m.tables, length)
	}
	if m.fd >= 0 {
		call("closing the shared tables", unix.SYS_CLOSE, uint64(m.fd))
	}
	if m.code != 0 {
		call("unmapping the code page", unix.SYS_MUNMAP, m.code, codeSize)
	}
	*m = mapped{fd: -1}
	return errors.Join(errs...)
}

// Unmap takes code page, tables and their descriptor out of the stopped service. The hooks must be out, and no thread in the injected
// code (Injected). The agent's own mapping stays, with the last counts.
func (h *Hooks) Unmap(t Tracee) error {
	h.pool.stopGrowing()
	if h.Replaced(t) {
		return ErrReplaced
	}
	m := mapped{code: table.Code(h.Mem), tables: table.Address(h.Mem), fd: -1}
	if fd, ok := table.FD(h.Mem); ok && h.isOurs(t, fd) {
		m.fd = int(fd)
	}
	return m.unmap(t, uint64(len(h.Mem)))
}

// isOurs says whether the service's descriptor is still that of the tables: it may have closed it and have another by that number.
func (h *Hooks) isOurs(t Tracee, fd uint64) bool {
	f, err := t.OpenFile(fd)
	if err != nil {
		return false
	}
	defer f.Close()
	var theirs, ours unix.Stat_t
	return unix.Fstat(int(f.Fd()), &theirs) == nil && unix.Fstat(h.pool.fd, &ours) == nil && theirs.Dev == ours.Dev && theirs.Ino == ours.Ino
}

// close gives back what the agent has of the tables.
func (h *Hooks) close() (err error) {
	h.pool.stopGrowing()
	if h.Mem != nil {
		err = unix.Munmap(h.Mem)
		h.Mem = nil
	}
	if h.pool.fd > 0 {
		err = errors.Join(err, unix.Close(h.pool.fd))
		h.pool.fd = 0
	}
	return err
}
