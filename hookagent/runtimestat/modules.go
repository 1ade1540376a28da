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
	next, names, path, id uint64 // offsets: of slices and strings, of their address
	last                  uint64 // module of the list that was read
	count                 int
	said                  []string
}

func newModules(l *lookup) *modules {
	first := l.addr("runtime.firstmoduledata")
	return &modules{
		mem: l.mem, last: first,
		next: l.off("moduledata.next"), names: l.off("moduledata.funcnametab"),
		path: l.off("moduledata.pluginpath"), id: l.off("moduledata.modulename"),
	}
}

// Bounds of what is believed of the list.
const (
	maxModules   = 100_000
	maxSaid      = 20
	maxNameTable = 64 << 20
	maxPath      = 1 << 10
)

// figures adds a sentence for each module with an allocator of its own. The list only grows at its end (runtime/symtab.go addmoduledata).
func (m *modules) figures(f *Figures) error {
	at, err := memory.Word(m.mem, m.last+m.next)
	for err == nil && at != 0 && m.count < maxModules {
		m.last = at
		m.count++
		if said := m.describe(at); said != "" && len(m.said) < maxSaid {
			m.said = append(m.said, said)
		}
		at, err = memory.Word(m.mem, at+m.next)
	}
	f.Unhooked = m.said
	if err != nil {
		return fmt.Errorf("reading the list of loaded code: %w", err)
	}
	return nil
}

// describe returns what is to be said of a module, "" where it has no allocator.
func (m *modules) describe(at uint64) string {
	names, err := readSlice(m.mem, at+m.names, 1, maxNameTable)
	if err == nil && !bytes.Contains(names, []byte("\x00runtime.mallocgc\x00")) {
		return ""
	}
	path, _ := readSlice(m.mem, at+m.path, 1, maxPath)
	if len(path) == 0 {
		path, _ = readSlice(m.mem, at+m.id, 1, maxPath)
	}
	return fmt.Sprintf("The plugin %q has an allocator of its own, which gotop does not hook: what its code allocates is missing in sites "+
		"and totals. The runtime's own samples have it: gotop attach --sample-only; or link that code into the program", path)
}
