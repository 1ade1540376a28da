package runtimestat

import (
	"debug/dwarf"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"

	"gotop/hookagent/plan"
)

// planOf makes the plan for an unstripped binary from what its own compiler wrote into it: an oracle independent of the
// layouts that ship with gotop.
func planOf(t testing.TB, exe string) *plan.Plan {
	t.Helper()
	f, err := elf.Open(exe)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	p := &plan.Plan{Exe: exe, Entry: f.Entry, Layout: map[string]uint64{}, Vars: map[string]uint64{}}
	symbols, err := f.Symbols()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range symbols {
		if strings.HasPrefix(s.Name, "runtime.") {
			p.Vars[s.Name] = s.Value
		}
		if s.Name == "runtime.class_to_size" || s.Name == "internal/runtime/gc.SizeClassToSize" {
			p.SizeClasses = sizeClasses(t, f, s)
		}
	}
	d, err := f.DWARF()
	if err != nil {
		t.Fatal(err)
	}
	if err := addStructs(d, p.Layout); err != nil {
		t.Fatal(err)
	}
	return p
}

func sizeClasses(t testing.TB, f *elf.File, s elf.Symbol) []uint64 {
	t.Helper()
	section := f.Sections[s.Section]
	b := make([]byte, s.Size)
	if _, err := section.ReadAt(b, int64(s.Value-section.Addr)); err != nil {
		t.Fatal(err)
	}
	classes := make([]uint64, len(b)/2)
	for i := range classes {
		classes[i] = uint64(binary.LittleEndian.Uint16(b[2*i:]))
	}
	return classes
}

var wanted = map[string]bool{
	"p": true, "mcache": true, "mspan": true, "schedt": true, "mstats": true, "consistentHeapStats": true,
	"heapStatsDelta": true, "gcControllerState": true, "moduledata": true, "g": true,
	"mheap": true,
}

// addStructs adds "struct.field" of the wanted structures of package runtime, nested ones with dots.
func addStructs(d *dwarf.Data, layout map[string]uint64) error {
	r, found := d.Reader(), 0
	for {
		e, err := r.Next()
		if err != nil {
			return err
		}
		if e == nil {
			break
		}
		if e.Tag == dwarf.TagSubprogram {
			r.SkipChildren()
		}
		name, _ := e.Val(dwarf.AttrName).(string)
		short, ok := strings.CutPrefix(name, "runtime.")
		if e.Tag != dwarf.TagStructType || !ok || !wanted[short] {
			continue
		}
		typ, err := d.Type(e.Offset)
		if err != nil {
			return fmt.Errorf("reading the type %s: %w", name, err)
		}
		s, ok := typ.(*dwarf.StructType)
		if !ok {
			return errors.New(name + " is not a structure")
		}
		layout["sizeof."+short] = uint64(s.Size())
		addFields(layout, short, 0, s)
		found++
	}
	if found < len(wanted) {
		return fmt.Errorf("%d of %d structures in the binary's DWARF", found, len(wanted))
	}
	return nil
}

func addFields(layout map[string]uint64, prefix string, base uint64, s *dwarf.StructType) {
	for _, f := range s.Field {
		off := base + uint64(f.ByteOffset)
		layout[prefix+"."+f.Name] = off
		typ := f.Type
		if td, ok := typ.(*dwarf.TypedefType); ok {
			typ = td.Type
		}
		if inner, ok := typ.(*dwarf.StructType); ok {
			addFields(layout, prefix+"."+f.Name, off, inner)
		}
	}
}
