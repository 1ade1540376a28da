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
	next, names, path, id uint64          // offsets: of slices and strings, of their address
	last                  uint64          // module of the list that was read
	seen                  map[uint64]bool // those that were, the executable's among them
	room                  uint64          // bytes of names that are still read, of all modules together
	piece                 []byte          // where they are read, piece by piece
	said                  []string
}

func newModules(l *lookup) *modules {
	first := l.addr("runtime.firstmoduledata")
	return &modules{
		mem: l.mem, last: first, seen: map[uint64]bool{first: true}, room: maxNames,
		next: l.off("moduledata.next"), names: l.off("moduledata.funcnametab"),
		path: l.off("moduledata.pluginpath"), id: l.off("moduledata.modulename"),
	}
}

// Bounds of what is believed of the list.
const (
	maxModules   = 100_000
	maxSaid      = 20
	maxNameTable = 64 << 20
	maxNames     = 1 << 30 // of all modules
	namesPiece   = 1 << 18
	maxPath      = 1 << 10
)

// allocatorName is how the allocator stands among a module's names of functions.
var allocatorName = []byte("\x00runtime.mallocgc\x00")

// figures adds a sentence for each module with an allocator of its own. The list only grows at its end (runtime/symtab.go addmoduledata).
func (m *modules) figures(f *Figures) error {
	at, err := memory.Word(m.mem, m.last+m.next)
	for err == nil && at != 0 && len(m.seen) < maxModules {
		if m.seen[at] {
			err = errMoved // a list does not lead back
			break
		}
		m.last, m.seen[at] = at, true
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
	if has, err := m.hasAllocator(at); err == nil && !has {
		return ""
	}
	path, _ := readSlice(m.mem, at+m.path, 1, maxPath)
	if len(path) == 0 {
		path, _ = readSlice(m.mem, at+m.id, 1, maxPath)
	}
	return fmt.Sprintf("The plugin %q has an allocator of its own, which gotop does not hook: what its code allocates is missing in sites "+
		"and totals. The runtime's own samples have it: gotop attach --sample-only; or link that code into the program", path)
}

// hasAllocator looks for the allocator's name among those of a module's functions, a piece at a time: the table of a module that is none
// may have any length and lie anywhere.
func (m *modules) hasAllocator(at uint64) (bool, error) {
	var head [16]byte
	if err := m.mem.ReadAt(head[:], at+m.names); err != nil {
		return false, err
	}
	addr, left := u64(head[:], 0), u64(head[:], 8)
	if left > min(maxNameTable, m.room) {
		return false, errMoved
	}
	if m.piece == nil {
		m.piece = make([]byte, namesPiece)
	}
	kept := 0 // bytes of the piece before, where a name may have begun
	for left > 0 {
		n := int(min(left, uint64(len(m.piece)-kept)))
		if err := m.mem.ReadAt(m.piece[kept:kept+n], addr); err != nil {
			return false, err
		}
		m.room -= uint64(n)
		if bytes.Contains(m.piece[:kept+n], allocatorName) {
			return true, nil
		}
		addr, left = addr+uint64(n), left-uint64(n)
		tail := min(kept+n, len(allocatorName)-1)
		kept = copy(m.piece, m.piece[kept+n-tail:kept+n])
	}
	return false, nil
}
