package runtimestat

import (
	"math/rand/v2"
	"testing"
)

// TestFunctionsGarbage: whatever memory holds, naming ends, and names nothing that is too long.
func TestFunctionsGarbage(t *testing.T) {
	offsets := map[string]uint64{}
	for i, name := range []string{"next", "text", "minpc", "maxpc", "funcnametab", "cutab", "filetab", "pctab", "pclntable", "ftab"} {
		offsets[name] = uint64(24 * i)
	}
	fields := map[string]uint64{"entryOff": 0, "nameOff": 4, "pcfile": 20, "pcln": 24, "cuOffset": 32}
	for i := range 300 {
		random := rand.New(rand.NewPCG(11, uint64(i)))
		f := &Functions{mem: &garbage{rand: random, kind: i % 4}, first: 1, last: 1, md: offsets, fn: fields, room: 1 << 16}
		found, _ := f.At(random.Uint64())
		if len(found.Name) > maxFunction || len(found.File) > maxFunction {
			t.Fatalf("named %d and %d bytes", len(found.Name), len(found.File))
		}
		m := &module{text: 0x1000, low: 0x1000, high: 0x9000}
		for _, table := range []*[]byte{&m.names, &m.cus, &m.files, &m.pcs, &m.funcs, &m.ftab} {
			*table = make([]byte, random.IntN(200)&^7)
			for k := range *table {
				(*table)[k] = byte(random.Uint32() >> random.IntN(25))
			}
		}
		for pc := uint64(0x0f00); pc < 0x1400; pc += 7 {
			m.at(pc, fields)
		}
	}
}

// TestFunctionsOfAModule: a table made by hand, as the linker makes them.
func TestFunctionsOfAModule(t *testing.T) {
	m := &module{
		text: 0x1000, low: 0x1000, high: 0x1100,
		names: []byte("\x00plug.first\x00plug.second\x00"),
		files: []byte("a.go\x00b.go\x00"),
		cus:   []byte{0, 0, 0, 0, 5, 0, 0, 0},
		pcs:   []byte{0, 2, 0x80, 1, 0, 16, 0x10, 4, 0x70, 0}, // file 0 for 128 bytes; line 7 for 16 bytes, 9 for 112
		funcs: make([]byte, 96),
		ftab:  []byte{0, 0, 0, 0, 0, 0, 0, 0, 0x80, 0, 0, 0, 44, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0},
	}
	put := func(at int, entry, name, cu byte) {
		m.funcs[at], m.funcs[at+4], m.funcs[at+20], m.funcs[at+24], m.funcs[at+32] = entry, name, 1, 5, cu
	}
	put(0, 0, 1, 0)
	put(44, 0x80, 12, 1)
	fields := map[string]uint64{"entryOff": 0, "nameOff": 4, "pcfile": 20, "pcln": 24, "cuOffset": 32}
	for pc, want := range map[uint64]Function{
		0x1000: {"plug.first", "a.go", 7}, 0x100f: {"plug.first", "a.go", 7}, 0x1010: {"plug.first", "a.go", 9}, 0x1084: {"plug.second", "b.go", 7},
	} {
		if got, known := m.at(pc, fields); !known || got != want {
			t.Errorf("%#x is %+v (%v), not %+v", pc, got, known, want)
		}
	}
	for _, pc := range []uint64{0xfff, 0x1100, 0x2000} {
		if got, known := m.at(pc, fields); known {
			t.Errorf("%#x is %+v", pc, got)
		}
	}
}
