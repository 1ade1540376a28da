package hook

import (
	"bytes"
	"errors"
	"os"
	"slices"

	"golang.org/x/sys/unix"

	"gotop/hookagent/memory"
	"gotop/hookagent/plan"
	"gotop/hookagent/table"
)

// Leftovers is what agents left in a service that were killed while they attached or left, and that no tables tell of: an agent maps the
// code first, then makes the tables, and fills them in last; it takes them out in the order tables, descriptor, code.
type Leftovers struct {
	codes  []uint64    // addresses of code pages
	tables [][2]uint64 // where tables are mapped, from and to
	fds    []int
}

// Holder is a service in which they are looked for; it need not stand still.
type Holder interface {
	Mapper
	TextEnd() uint64
	Memfds(name string) ([]memory.Memfd, error)
	OpenMemfd(name string, m memory.Memfd) (*os.File, error)
	PrivateCode(size uint64) ([]uint64, error)
}

// FindLeftovers looks for them. Nothing of keep's belongs to them; nil: nothing is in use. What is not certain to be gotop's, or may be in
// use, is not among them.
func FindLeftovers(t Holder, p *plan.Plan, keep *Hooks) (*Leftovers, error) {
	l := new(Leftovers)
	held, err := t.Memfds(tablesName)
	if err != nil {
		return nil, err
	}
	used := []uint64{} // code pages that tables tell of which stay
	var kept uint64
	if keep != nil {
		used = append(used, table.Code(keep.Mem))
		if kept, err = keep.inode(); err != nil {
			return nil, err
		}
	}
	free := make(map[uint64]bool) // by the tables' inode, whether they are nobody's
	for _, h := range held {
		if _, known := free[h.Inode]; known || h.Inode == kept && keep != nil {
			continue
		}
		code, unused := unusedTables(t, h)
		if free[h.Inode] = unused; !unused {
			used = append(used, code)
		}
	}
	for _, h := range held {
		switch {
		case !free[h.Inode]:
		case h.FD >= 0:
			l.fds = append(l.fds, h.FD)
		default:
			l.tables = append(l.tables, [2]uint64{h.Begin, h.End})
		}
	}
	l.codes, err = codePages(t, p, used)
	return l, err
}

// inode returns the number of the tables' file.
func (h *Hooks) inode() (uint64, error) {
	var st unix.Stat_t
	err := unix.Fstat(h.pool.fd, &st)
	return st.Ino, err
}

// unusedTables says whether tables have no hook that leads to them; where they say what code they belong to, that is returned.
func unusedTables(t Holder, held memory.Memfd) (code uint64, unused bool) {
	f, err := t.OpenMemfd(tablesName, held)
	if err != nil {
		return 0, false
	}
	st, err := f.Stat()
	if err != nil {
		f.Close()
		return 0, false
	}
	if seals, err := unix.FcntlInt(f.Fd(), unix.F_GET_SEALS, 0); err != nil || seals&unix.F_SEAL_SHRINK == 0 {
		f.Close()
		return 0, err == nil && st.Size() == 0 // as it is before it is sealed; nobody can use an empty file
	}
	found, err := recoverFrom(t, held.Begin, f) // which closes f
	if err != nil {
		return 0, errors.Is(err, table.ErrBlank)
	}
	code, unused = found.Header.Code, len(found.Hooks.patches) == 0
	return code, unused && found.Hooks.close() == nil
}

// codePages returns the pages of injected code but for those in use: where gotop maps them, and with what it writes there.
func codePages(t Holder, p *plan.Plan, used []uint64) (list []uint64, err error) {
	found, err := t.PrivateCode(codeSize)
	if err != nil {
		return nil, err
	}
	places := codeAddresses(p.Text[0]+t.Bias(), t.TextEnd())
	for _, at := range found {
		if !slices.Contains(places, at) || slices.Contains(used, at) {
			continue
		}
		page := make([]byte, codeSize)
		if err := t.ReadAt(page, at); err == nil && isInjected(page) {
			list = append(list, at)
		}
	}
	return list, nil
}

// isInjected says whether a page that may be read and executed was mapped for injected code: as it is at first, with the tables' name only,
// with the beginning of this agent's code, or with the traps behind that of any.
func isInjected(page []byte) bool {
	text, _, err := injectedCode()
	if err != nil {
		return false
	}
	const kernelPage = 4096 // what is written at once
	head := min(len(text), kernelPage)
	tail := page[len(page)-kernelPage:]
	unwritten := bytes.TrimPrefix(page, append([]byte(tablesName), 0))
	return all(unwritten, 0) || bytes.Equal(page[:head], text[:head]) || all(tail, trap)
}

// all returns whether every byte is that one.
func all(b []byte, want byte) bool {
	return !slices.ContainsFunc(b, func(each byte) bool { return each != want })
}

// Empty returns whether there are none.
func (l *Leftovers) Empty() bool { return len(l.codes)+len(l.tables)+len(l.fds) == 0 }

// Ranges returns where no thread may stand when they are removed.
func (l *Leftovers) Ranges(t Tracee) *CodeRanges {
	r := &CodeRanges{mem: t}
	for _, code := range l.codes {
		r.ranges = append(r.ranges, injectedRange(code))
	}
	return r
}

// Remove takes them out of the stopped service, if all hook points have the service's own code, or lead to keep's.
func (l *Leftovers) Remove(t Tracee, p *plan.Plan, keep *Hooks) error {
	for _, hk := range p.Hooks {
		at, there := hk.At+t.Bias(), make([]byte, len(hk.Expect))
		if err := t.ReadAt(there, at); err != nil {
			return err
		}
		if !bytes.Equal(there, hk.Expect) && !keep.hasPlaced(at, there) {
			return &BytesDiffer{Name: hk.Name, Want: hk.Expect, Got: there}
		}
	}
	var errs []error
	for _, each := range l.tables {
		m := mapped{tables: each[0], fd: -1}
		errs = append(errs, m.unmap(t, each[1]-each[0]))
	}
	for _, fd := range l.fds {
		m := mapped{fd: fd}
		errs = append(errs, m.unmap(t, 0))
	}
	for _, code := range l.codes {
		m := mapped{code: code, fd: -1}
		errs = append(errs, m.unmap(t, 0))
	}
	return errors.Join(errs...)
}

// hasPlaced returns whether these bytes at a hook point are this installation's; without one, none are.
func (h *Hooks) hasPlaced(at uint64, code []byte) bool {
	return h != nil && slices.ContainsFunc(h.patches, func(p patched) bool { return p.at == at && bytes.Equal(p.now, code) })
}
