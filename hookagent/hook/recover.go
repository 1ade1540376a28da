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

// Placed returns how many hooks are in place.
func (h *Hooks) Placed() int { return len(h.patches) }

// Recovered is what an earlier agent left in a service: hooks that still count, or only code and tables that nobody uses any more.
type Recovered struct {
	Hooks  *Hooks
	Plan   *plan.Plan
	Header table.Header
	base   uint64 // of the tables in the service
}

// Counting returns whether all hooks are in place.
func (f *Recovered) Counting() bool { return f != nil && len(f.Hooks.patches) == len(f.Plan.Hooks) }

// Undo takes out of the stopped service what an agent has left that was killed while it was placing or removing hooks.
func (f *Recovered) Undo(t Tracee) error {
	if f == nil || len(f.Hooks.patches) == 0 {
		return nil
	}
	return f.Hooks.Restore(t)
}

// reusable returns whether a new installation can take the mappings over, so that attaching again and again does not pile them up.
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
			if err := found.Hooks.close(); err != nil {
				return nil, err
			}
		}
	}
}

// recoverFrom reads the tables in f, which the service has mapped at base.
func recoverFrom(t Mapper, base uint64, f *os.File) (*Recovered, error) {
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return nil, err
	}
	h := new(Hooks)
	if h.pool.fd, err = unix.FcntlInt(f.Fd(), unix.F_DUPFD_CLOEXEC, 0); err != nil {
		return nil, fmt.Errorf("the agent's descriptor of the shared tables: %w", err)
	}
	found, err := h.recover(t, st.Size())
	if err != nil {
		return nil, errors.Join(err, h.close())
	}
	found.base = base
	return found, nil
}

// recover maps tables of which size bytes are there, and reads what they say of themselves.
func (h *Hooks) recover(t Mapper, size int64) (_ *Recovered, err error) {
	length, err := table.Length(h.pool.fd, size)
	if err != nil {
		return nil, err
	}
	if h.Mem, err = unix.Mmap(h.pool.fd, 0, int(length), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED|unix.MAP_NORESERVE); err != nil {
		return nil, fmt.Errorf("mapping the shared tables: %w", err)
	}
	h.pool.there.Store(min(uint64(size), length))
	header, err := table.ReadHeader(h.Mem, h.There)
	if err != nil {
		return nil, err
	}
	f := &Recovered{Hooks: h, Header: header}
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
