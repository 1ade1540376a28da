package hook

import (
	"bytes"
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"gotop/hookagent/plan"
	"gotop/hookagent/table"
)

// Restore puts the service's own code back. Code and tables stay mapped: a thread may stand in them.
func (h *Hooks) Restore(t Tracee) error {
	err := h.Suspend(t)
	h.patches = nil
	return err
}

// Suspend puts the stopped service's own code back for a while; Resume hooks it again.
func (h *Hooks) Suspend(t Tracee) error { return h.write(t, func(d patched) []byte { return d.was }) }

// Resume undoes Suspend.
func (h *Hooks) Resume(t Tracee) error { return h.write(t, func(d patched) []byte { return d.now }) }

func (h *Hooks) write(t Tracee, code func(patched) []byte) error {
	if h.Replaced(t) {
		return ErrReplaced
	}
	var errs []error
	for _, d := range h.patches {
		errs = append(errs, t.WriteAt(code(d), d.at))
	}
	return errors.Join(errs...)
}

// ErrReplaced says that there is nothing of ours in the service any more.
var ErrReplaced = errors.New("the service has replaced itself by another program (execve), which is not monitored")

// Replaced says whether the service has become another program, without our code and tables. It need not stand still.
func (h *Hooks) Replaced(t interface {
	ReadAt(p []byte, addr uint64) error
}) bool {
	there := make([]byte, table.HdrStarted)
	err := t.ReadAt(there, table.Address(h.Mem))
	return errors.Is(err, unix.EFAULT) || err == nil && !bytes.Equal(there, h.Mem[:len(there)])
}

// Recovered is what an earlier agent left in a service: hooks that still count, or only code and tables that nobody uses any more.
type Recovered struct {
	Hooks  *Hooks
	Plan   *plan.Plan
	Header table.Header
	base   uint64 // of the tables in the service
}

// Counting says whether the hooks are in place: all of them.
func (f *Recovered) Counting() bool { return f != nil && len(f.Hooks.patches) == len(f.Plan.Hooks) }

// Undo takes out of the stopped service what an agent has left that was killed while it was placing or removing hooks.
func (f *Recovered) Undo(t Tracee) error {
	if f == nil || f.Counting() || len(f.Hooks.patches) == 0 {
		return nil
	}
	return f.Hooks.Restore(t)
}

// reusable says whether a new installation can take the mappings over, so that attaching again and again does not pile them up.
func (f *Recovered) reusable() bool {
	return f != nil && !f.Counting() && f.Hooks.bodies[bodyExact] != 0
}

// Mapper is a service whose mappings can be looked at; it need not stand still.
type Mapper interface {
	Bias() uint64
	ReadAt(p []byte, addr uint64) error
	Mapping(name string, nth int) (base uint64, f *os.File, err error)
}

// Recover looks for what an earlier agent left in the service; nil if there is nothing. Agents that were killed may have left several
// tables: those that are in use count, else the youngest; what was never filled in is nothing.
func Recover(t Mapper) (best *Recovered, err error) {
	for nth := 0; ; nth++ {
		base, f, err := t.Mapping(tablesName, nth)
		if err != nil || f == nil {
			return best, err
		}
		found, err := recoverFrom(t, base, f)
		switch {
		case errors.Is(err, table.ErrBlank):
			continue
		case err != nil:
			return nil, err
		case best == nil || len(found.Hooks.patches) >= len(best.Hooks.patches):
			best, found = found, best
		}
		if found != nil {
			if err := unix.Munmap(found.Hooks.Mem); err != nil {
				return nil, err
			}
		}
	}
}

func recoverFrom(t Mapper, base uint64, f *os.File) (*Recovered, error) {
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return nil, err
	}
	mem, err := unix.Mmap(int(f.Fd()), 0, int(st.Size()), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED|unix.MAP_NORESERVE)
	if err != nil {
		return nil, fmt.Errorf("mapping the shared tables: %w", err)
	}
	found, err := readRecovered(t, mem)
	if err != nil {
		return nil, errors.Join(err, unix.Munmap(mem))
	}
	found.base = base
	return found, nil
}

func readRecovered(t Mapper, mem []byte) (*Recovered, error) {
	header, err := table.ReadHeader(mem)
	if err != nil {
		return nil, err
	}
	f := &Recovered{Hooks: &Hooks{Mem: mem}, Header: header}
	if f.Plan, err = plan.Parse(header.Plan); err != nil {
		return nil, fmt.Errorf("the hook plan in the shared tables: %w", err)
	}
	if err := f.Hooks.recognisePatches(t, f.Plan, header.Code); err != nil {
		return nil, err
	}
	return f, nil
}

// recognisePatches notes the hook points that lead to the stubs at code, so that they can be restored.
func (h *Hooks) recognisePatches(t Mapper, p *plan.Plan, code64 uint64) error {
	text, entry, err := injectedCode()
	if err != nil {
		return err
	}
	there := make([]byte, len(text))
	if err := t.ReadAt(there, code64); err != nil {
		return fmt.Errorf("reading the injected code: %w", err)
	}
	if bytes.Equal(text, there) { // otherwise of another build: it counts, but its modes cannot be switched
		for i := range entry {
			h.bodies[i] = code64 + entry[i]
		}
	}
	for i, hk := range p.Hooks {
		want, err := patch(hk, t.Bias(), code64+uint64(stubsOff+i*stubAlign))
		if err != nil {
			return err
		}
		got := make([]byte, len(want))
		if err := t.ReadAt(got, hk.At+t.Bias()); err != nil {
			return fmt.Errorf("reading the service's code at %s: %w", hk.Name, err)
		}
		if bytes.Equal(got, want) {
			h.patches = append(h.patches, patched{hk.At + t.Bias(), hk.Expect, want})
		}
	}
	return nil
}

// FreeTables gives back the memory of tables that nobody writes any more, but for what a thread may still be about to write.
func (h *Hooks) FreeTables() error {
	return unix.Madvise(h.Mem[table.ShardsOff:], unix.MADV_REMOVE)
}
