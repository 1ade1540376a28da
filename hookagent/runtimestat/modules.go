package runtimestat

import (
	"bytes"
	"fmt"

	"gotop/hookagent/memory"
)

// modules finds Go code that was loaded while the service ran: plugins, and what programs that compile at run time register. The runtime
// keeps a list of what it knows (runtime/symtab.go moduledata.next), of which the executable is the first.
//
// A plugin has a copy of the allocator of its own, which nothing has hooked: it is linked into it, and called without the dynamic linker.
type modules struct {
	mem                   memory.Reader
	first                 uint64 // address of runtime.firstmoduledata
	next, names, path, id uint64 // offsets: of slices and strings, of their address
	known                 map[uint64]string
}

func newModules(l *lookup) *modules {
	return &modules{
		mem: l.mem, first: l.addr("runtime.firstmoduledata"), known: make(map[uint64]string),
		next: l.off("moduledata.next"), names: l.off("moduledata.funcnametab"),
		path: l.off("moduledata.pluginpath"), id: l.off("moduledata.modulename"),
	}
}

// Bounds of what is believed of the list.
const (
	maxModules   = 1000
	maxNameTable = 64 << 20
	maxPath      = 1 << 10
)

// figures adds a sentence for each module with an allocator of its own.
func (m *modules) figures(f *Figures) error {
	at, err := memory.Word(m.mem, m.first+m.next)
	for n := 0; err == nil && at != 0 && n < maxModules; n++ {
		said, ok := m.known[at]
		if !ok {
			said = m.describe(at)
			m.known[at] = said
		}
		if said != "" {
			f.Unhooked = append(f.Unhooked, said)
		}
		at, err = memory.Word(m.mem, at+m.next)
	}
	if err != nil {
		return fmt.Errorf("reading the list of loaded code: %w", err)
	}
	return nil
}

// describe returns what is to be said of a module, "" where it has no allocator.
func (m *modules) describe(at uint64) string {
	names, err := m.bytes(at+m.names, maxNameTable)
	if err == nil && !bytes.Contains(names, []byte("\x00runtime.mallocgc\x00")) {
		return ""
	}
	path, _ := m.bytes(at+m.path, maxPath)
	if len(path) == 0 {
		path, _ = m.bytes(at+m.id, maxPath)
	}
	return fmt.Sprintf("The plugin %q has an allocator of its own, which gotop does not hook: what its code allocates is missing in sites "+
		"and totals. The runtime's own samples have it: gotop attach --sample-only; or link that code into the program", path)
}

// bytes reads what a slice or string at an address holds.
func (m *modules) bytes(at, most uint64) ([]byte, error) {
	var head [16]byte
	if err := m.mem.ReadAt(head[:], at); err != nil {
		return nil, err
	}
	addr, size := u64(head[:], 0), u64(head[:], 8)
	if size > most {
		return nil, errMoved
	}
	b := make([]byte, size)
	if size == 0 {
		return b, nil
	}
	return b, m.mem.ReadAt(b, addr)
}
