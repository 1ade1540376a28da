package hook

import (
	"bytes"
	"errors"

	"golang.org/x/sys/unix"

	"gotop/hookagent/table"
)

// Restore puts the service's own code back. Code and tables stay mapped: a thread may stand in them.
func (h *Hooks) Restore(t Tracee) error {
	err := h.Suspend(t)
	if err == nil {
		h.patches = nil
	}
	return err
}

// Suspend puts the stopped service's own code back for a while; Resume hooks it again.
func (h *Hooks) Suspend(t Tracee) error { return h.write(t, func(d patched) []byte { return d.was }) }

// Resume undoes Suspend.
func (h *Hooks) Resume(t Tracee) error { return h.write(t, func(d patched) []byte { return d.now }) }

// write puts code at all hook points that were patched.
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

// ErrReplaced says that the service has become another program.
var ErrReplaced = errors.New("the service has replaced itself by another program (execve), which is not monitored")

// Replaced returns whether the service has become another program, without our code and tables. It need not stand still.
func (h *Hooks) Replaced(t interface {
	ReadAt(p []byte, addr uint64) error
}) bool {
	there := make([]byte, table.HdrStarted)
	err := t.ReadAt(there, table.Address(h.Mem))
	return errors.Is(err, unix.EFAULT) || err == nil && !bytes.Equal(there, h.Mem[:len(there)])
}

// FreeTables gives back the memory of tables that nobody writes any more, but for what a thread may still be about to write.
func (h *Hooks) FreeTables() error {
	h.pool.stopGrowing()
	return unix.Madvise(h.Mem[table.ShardsOff:], unix.MADV_REMOVE)
}
