package runtimestat

import (
	"bytes"
	"encoding/binary"
	"sort"

	"gotop/hookagent/memory"
	"gotop/hookagent/plan"
)

// Function is where an address is in the source, by its module's own tables.
type Function struct {
	Name, File string
	Line       int
}

// Functions names code that is not in the binary, out of the service's memory: that of plugins, and what programs that compile at run time
// have registered. Inlined calls are not expanded, so that a frame has the physical function's name and the innermost line.
type Functions struct {
	mem       memory.Reader
	first     uint64 // address of runtime.firstmoduledata; 0: nothing can be told
	md, fn    map[string]uint64
	low, high uint64 // the binary's text
	modules   []*module
	last      uint64 // module of the list that was read
	count     int
	room      uint64 // bytes that tables may yet take here
}

// module is one module's tables, as they are in memory.
type module struct {
	text, low, high                     uint64
	names, cus, files, pcs, funcs, ftab []byte
}

// Bounds of what is believed to be tables.
const (
	maxTables   = 128 << 20 // bytes, of all modules together
	maxFunction = 1 << 12
)

// NewFunctions prepares naming; without the needed entries in the plan no function is known.
func NewFunctions(p *plan.Plan, bias uint64, mem memory.Reader) *Functions {
	l := &lookup{plan: p, bias: bias, mem: mem}
	f := &Functions{mem: mem, first: l.addr("runtime.firstmoduledata"), md: make(map[string]uint64), fn: make(map[string]uint64), room: maxTables}
	f.last = f.first
	for _, name := range []string{"next", "text", "minpc", "maxpc", "funcnametab", "cutab", "filetab", "pctab", "pclntable", "ftab"} {
		f.md[name] = l.off("moduledata." + name)
	}
	for _, name := range []string{"entryOff", "nameOff", "pcfile", "pcln", "cuOffset"} {
		f.fn[name] = l.off("_func." + name)
	}
	f.low, f.high = p.Text[0]+bias, p.Text[1]+bias
	if l.err() != nil {
		f.first = 0
	}
	return f
}

// InBinary returns whether an address of code is the binary's own.
func (f *Functions) InBinary(pc uint64) bool { return f.low <= pc && pc < f.high }

// At returns the function of a return address outside of the binary, if it is known to the service's runtime.
func (f *Functions) At(pc uint64) (found Function, known bool) {
	if f.first == 0 {
		return found, false
	}
	m := f.moduleOf(pc)
	if m == nil {
		f.list()
		m = f.moduleOf(pc)
	}
	if m == nil {
		return found, false
	}
	return m.at(pc-1, f.fn)
}

func (f *Functions) moduleOf(pc uint64) *module {
	for _, m := range f.modules {
		if m.low < pc && pc <= m.high {
			return m
		}
	}
	return nil
}

// list reads the modules that are new: the list only grows at its end (runtime/symtab.go addmoduledata).
func (f *Functions) list() {
	at, err := memory.Word(f.mem, f.last+f.md["next"])
	for err == nil && at != 0 && f.count < maxModules {
		f.last = at
		f.count++
		if m := f.read(at); m != nil {
			f.modules = append(f.modules, m)
		}
		at, err = memory.Word(f.mem, at+f.md["next"])
	}
}

// read reads one module's tables; nil where they cannot be read.
func (f *Functions) read(at uint64) *module {
	m := new(module)
	for name, word := range map[string]*uint64{"text": &m.text, "minpc": &m.low, "maxpc": &m.high} {
		var err error
		if *word, err = memory.Word(f.mem, at+f.md[name]); err != nil {
			return nil
		}
	}
	tables := map[string]*[]byte{"funcnametab": &m.names, "filetab": &m.files, "pctab": &m.pcs, "pclntable": &m.funcs}
	for name, table := range tables {
		var err error
		if *table, err = f.table(at+f.md[name], 1); err != nil {
			return nil
		}
	}
	var err1, err2 error
	m.cus, err1 = f.table(at+f.md["cutab"], 4)
	m.ftab, err2 = f.table(at+f.md["ftab"], 8)
	if err1 != nil || err2 != nil || m.low >= m.high {
		return nil
	}
	return m
}

// table reads one table while there is room.
func (f *Functions) table(at, elem uint64) ([]byte, error) {
	b, err := readSlice(f.mem, at, elem, f.room)
	f.room -= uint64(len(b))
	return b, err
}

// readSlice reads the elements of a slice or the bytes of a string.
func readSlice(mem memory.Reader, at, elem, most uint64) ([]byte, error) {
	var head [16]byte
	if err := mem.ReadAt(head[:], at); err != nil {
		return nil, err
	}
	addr, count := u64(head[:], 0), u64(head[:], 8)
	if count > most/elem {
		return nil, errMoved
	}
	b := make([]byte, count*elem)
	if len(b) == 0 {
		return b, nil
	}
	return b, mem.ReadAt(b, addr)
}

// at finds the function of an address of this module (runtime/symtab.go findfunc, funcname, funcline1).
func (m *module) at(pc uint64, fn map[string]uint64) (found Function, known bool) {
	entries := len(m.ftab) / 8
	i := sort.Search(entries, func(i int) bool { return m.text+u32(m.ftab, uint64(8*i)) > pc }) - 1
	if i < 0 || i >= entries-1 { // the last one is the end
		return found, false
	}
	off := u32(m.ftab, uint64(8*i)+4)
	if off+maxField(fn)+4 > uint64(len(m.funcs)) {
		return found, false
	}
	b := m.funcs[off:]
	entry := m.text + u32(b, fn["entryOff"])
	if found.Name, known = text(m.names, u32(b, fn["nameOff"])); !known || found.Name == "" {
		return found, false
	}
	file, line := m.value(u32(b, fn["pcfile"]), entry, pc), m.value(u32(b, fn["pcln"]), entry, pc)
	if file < 0 || line < 0 {
		return found, true
	}
	if cu := 4 * (u32(b, fn["cuOffset"]) + uint64(file)); cu+4 <= uint64(len(m.cus)) {
		found.File, _ = text(m.files, u32(m.cus, cu))
		found.Line = int(line)
	}
	return found, true
}

func maxField(fn map[string]uint64) (most uint64) {
	for _, off := range fn {
		most = max(most, off)
	}
	return most
}

// text reads what ends with a zero in a table.
func text(table []byte, off uint64) (string, bool) {
	if off >= uint64(len(table)) {
		return "", false
	}
	b := table[off:min(uint64(len(table)), off+maxFunction)]
	end := bytes.IndexByte(b, 0)
	if end < 0 {
		return "", false
	}
	return string(b[:end]), true
}

// value looks an address up in a table of values by PC (runtime/symtab.go pcvalue, step); −1: there is none.
func (m *module) value(off, entry, pc uint64) int32 {
	if off == 0 || off >= uint64(len(m.pcs)) {
		return -1
	}
	value, at := int32(-1), entry
	for b := m.pcs[off:]; ; {
		change, n := binary.Uvarint(b)
		if n <= 0 || change == 0 && at != entry {
			return -1
		}
		distance, k := binary.Uvarint(b[n:])
		if k <= 0 {
			return -1
		}
		b = b[n+k:]
		value += int32(uint32(change)>>1) ^ -int32(change&1)
		if at += distance; pc < at {
			return value
		}
		if distance == 0 {
			return -1
		}
	}
}
