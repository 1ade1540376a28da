package hook

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sync"

	"gotop/hookagent/gccycle"
	"gotop/hookagent/monotonic"
	"gotop/hookagent/plan"
	"gotop/hookagent/table"
)

const _ = uint(table.MaxWholes - plan.MaxWholeStacks)

// Tracee is a service that stands still, or one of whose threads is held. Addresses are the service's.
type Tracee interface {
	Bias() uint64
	ReadAt(p []byte, addr uint64) error
	ReadVec(dst []byte, addrs []uint64, size int) error
	WriteAt(p []byte, addr uint64) error // also into read-only text
	Syscall(nr uintptr, args ...uint64) (uint64, error)
	OpenFile(fd uint64) (*os.File, error) // what the service has open as fd
	TextEnd() uint64                      // end of the executable's mapping, with what it may grow by
}

// Options of Install.
type Options struct {
	Mode  Mode
	Depth int    // frames kept in modes Exact, SitesSampled and Sampled
	Rate  uint64 // bytes between samples in mode Sampled, on average

	Attribution bool // count by creator and labels as well, from the first allocation on

	Base *table.Base // what the service's runtime has counted; nil: not known

	Pid    int    // the service's, for its limits; 0: this process's are taken for them
	Length uint64 // address space of the tables, from Room; 0: it is asked here
	Procs  int    // Ps that the service will have at once
}

// Hooks is an installation in a service. The shared tables stay readable when the service has ended.
type Hooks struct {
	Mem     []byte // the shared tables, with the address space they may grow into: only There() bytes exist
	pool    pool
	mu      sync.Mutex // held while the body is switched
	bodies  [bodies]uint64
	made    bool     // by this agent
	image   []byte   // the injected code
	stubs   []uint64 // where it has a stub for each hook
	patches []patched
}

// patched is one replaced instruction, at the service's address.
type patched struct {
	at       uint64
	was, now []byte
}

// codeSize of the mapping near the service's text: bodies and stubs.
const (
	codeSize  = 0x4000
	stubsOff  = 0x2400
	stubAlign = 64
)

// Install hooks a stopped service. What Recover found there is used again where it can be. On error the service's code is as it was.
func Install(t Tracee, p *plan.Plan, o Options, found *Recovered) (*Hooks, error) {
	if err := found.Undo(t); err != nil {
		return nil, err
	}
	h, err := Prepare(t, p, o, found)
	if err != nil {
		return nil, err
	}
	if err := h.Place(t, p, o.Base); err != nil {
		return nil, errors.Join(err, h.Discard(t))
	}
	return h, nil
}

// Prepare makes all that hooks need in the service, code and tables, but does not place them. The service may run, for it does not reach
// any of it, but Syscall must be possible (Calls). Where what Recover found is used again, nobody may stand in it. On error the service is
// as it was.
func Prepare(t Tracee, p *plan.Plan, o Options, found *Recovered) (*Hooks, error) {
	text, entry, err := injectedCode()
	if err != nil {
		return nil, err
	}
	if err := check(t, p); err != nil {
		return nil, err
	}
	h, m, err := mappings(t, p, o, found)
	if err == nil {
		err = h.fill(t, p, o, m, text, entry)
	}
	h.made = !found.reusable()
	switch {
	case err == nil:
		return h, nil
	case !h.made: // what was there before stays
		return nil, err
	}
	return nil, errors.Join(err, m.unmap(t, uint64(len(h.Mem))), h.close())
}

// fill fills in what is mapped.
func (h *Hooks) fill(t Tracee, p *plan.Plan, o Options, m *mapped, text []byte, entry [bodies]uint64) error {
	if err := h.first(o.Procs); err != nil {
		return err
	}
	if err := h.configure(t, p, m, o); err != nil {
		return err
	}
	table.SetPoolEnd(h.Mem, h.There())
	if err := h.writeCode(t, p, m.code, m.tables+table.HdrConfig, text, entry); err != nil {
		return err
	}
	table.SetRate(h.Mem, o.Rate)
	if err := h.SetMode(o.Mode, o.Depth); err != nil {
		return err
	}
	return h.SetAttribution(o.Attribution)
}

// Place places the hooks in the stopped service, whose runtime has counted base; nil: that is not known. On error the service's code is
// as it was.
func (h *Hooks) Place(t Tracee, p *plan.Plan, base *table.Base) error {
	there := make([]byte, len(h.image))
	if err := t.ReadAt(there, table.Code(h.Mem)); err != nil || !bytes.Equal(there, h.image) || h.Replaced(t) {
		return ErrReplaced
	}
	if err := check(t, p); err != nil {
		return err
	}
	table.MarkStart(h.Mem, monotonic.Now(), base, os.Getpid()) // whoever finds these hooks later knows since when they count
	if err := h.patchAll(t, p); err != nil {
		return errors.Join(err, h.Restore(t))
	}
	return nil
}

// Discard takes out of the service what Prepare has made, if the hooks were never placed. Syscall must be possible.
func (h *Hooks) Discard(t Tracee) error {
	if !h.made {
		return nil // it was there before
	}
	return errors.Join(h.Unmap(t), h.close())
}

// check compares the bytes at every hook point with the plan's, before anything is changed.
func check(t Tracee, p *plan.Plan) error {
	for _, hk := range p.Hooks {
		b := make([]byte, len(hk.Expect))
		if err := t.ReadAt(b, hk.At+t.Bias()); err != nil {
			return fmt.Errorf("reading the service's code at %s: %w", hk.Name, err)
		}
		if !bytes.Equal(b, hk.Expect) {
			return &BytesDiffer{Name: hk.Name, Want: hk.Expect, Got: b}
		}
	}
	// The injected code reads these words itself: where there is nothing it would end the service.
	for _, addr := range gccycle.Addresses(p, t.Bias()) {
		if err := t.ReadAt(make([]byte, 8), addr); err != nil {
			return fmt.Errorf("the hook plan is not that of this service: %w; nothing was touched", err)
		}
	}
	return nil
}

// BytesDiffer says that the service's code is not what the plan expects: it was changed since, or somebody else has patched it.
type BytesDiffer struct {
	Name      string
	Want, Got []byte
}

func (e *BytesDiffer) Error() string {
	return fmt.Sprintf("the code of %s in the service's memory is % x, its executable says % x: it was replaced, or is patched already; nothing was touched",
		e.Name, e.Got, e.Want)
}

// configure fills in the tables' header: what the injected code needs to know.
func (h *Hooks) configure(t Tracee, p *plan.Plan, m *mapped, o Options) error {
	kept, err := json.Marshal(p)
	if err != nil {
		return err
	}
	c := table.Config{
		Base: m.tables, Code: m.code, Length: uint64(len(h.Mem)), FD: m.fd, Depth: o.Depth, Plan: kept,
		MP: p.Layout["m.p"], MCurg: p.Layout["m.curg"], MG0: p.Layout["m.g0"], SchedSP: p.Layout["g.sched.sp"], SchedBP: p.Layout["g.sched.bp"],
		MallocHeader: p.MallocHeader, SizeClasses: p.SizeClasses,
		Attribution: attribution(p, t.Bias()), Words: gccycle.Addresses(p, t.Bias()),
	}
	for _, r := range p.WholeStacks {
		c.Wholes = append(c.Wholes, [2]uint64{r[0] + t.Bias(), r[1]})
	}
	for _, r := range p.RuntimeText {
		c.Texts = append(c.Texts, [2]uint64{r[0] + t.Bias(), r[1]})
	}
	if cb := p.Callback; cb != nil {
		c.Back = table.Back{Callback: cb.Callback, Switch: cb.Switch, ToPC: uint32(cb.ToPC), ToFrame: uint32(cb.ToFrame)}
		c.Back.Callback[0] += t.Bias()
		c.Back.Switch[0] += t.Bias()
	}
	for _, hk := range p.Hooks {
		if hk.Kind == plan.Alloc {
			c.MallocEntry, c.MallocSize = hk.Entry+t.Bias(), hk.Size
		}
	}
	return table.Init(h.Mem, c)
}

// writeCode writes the injected code, with its bodies at the offsets entry, and a stub a hook.
func (h *Hooks) writeCode(t Tracee, p *plan.Plan, at, config uint64, text []byte, entry [bodies]uint64) error {
	for i := range entry {
		h.bodies[i] = at + entry[i]
	}
	table.SetRestoreArgs(h.Mem, h.bodies[bodyRestore])
	table.SetResume(h.Mem, h.bodies[bodyResume])
	h.stubs, h.image = nil, bytes.Repeat([]byte{trap}, codeSize)
	copy(h.image, text)
	for i, hk := range p.Hooks {
		off := stubsOff + i*stubAlign
		s, err := stub(at+uint64(off), hk, t.Bias(), config, h.bodies)
		if err != nil {
			return fmt.Errorf("stub for %s: %w", hk.Name, err)
		}
		if len(text) > stubsOff || off+stubAlign > codeSize || len(s) > stubAlign {
			return fmt.Errorf("%d hooks do not fit into the injected code", len(p.Hooks))
		}
		copy(h.image[off:], s)
		h.stubs = append(h.stubs, at+uint64(off))
	}
	if err := t.WriteAt(h.image, at); err != nil {
		return fmt.Errorf("writing the injected code: %w", err)
	}
	return nil
}

// patchAll replaces the instruction at every hook point; h.patches then has those that were, also on error.
func (h *Hooks) patchAll(t Tracee, p *plan.Plan) error {
	for i, hk := range p.Hooks {
		b, err := patch(hk, t.Bias(), h.stubs[i])
		if err != nil {
			return fmt.Errorf("patching %s: %w", hk.Name, err)
		}
		if err := t.WriteAt(b, hk.At+t.Bias()); err != nil {
			return fmt.Errorf("patching %s: %w", hk.Name, err)
		}
		h.patches = append(h.patches, patched{hk.At + t.Bias(), hk.Expect, b})
	}
	return nil
}
