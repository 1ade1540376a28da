package table

import (
	"encoding/binary"
	"strings"
	"testing"
)

// attribute is a record of attribution with a label, as the injected code writes it.
func attribute(key, value string, count uint64) []byte {
	le := binary.LittleEndian
	rec := make([]byte, AtRecStrings)
	le.PutUint64(rec[AtRecCount:], count)
	le.PutUint64(rec[AtRecCreator:], 0x401000)
	rec[AtRecKept], rec[AtRecLabels] = 1, 1
	for _, s := range []string{key, value} {
		kept, cut := s[:min(len(s), LabelBytes)], uint32(0)
		if len(s) > LabelBytes {
			cut = 1
		}
		rec = le.AppendUint32(le.AppendUint32(rec, uint32(len(kept))), cut)
		rec = append(rec, kept...)
		rec = append(rec, make([]byte, -len(kept)&7)...)
	}
	le.PutUint32(rec[AtRecLength:], uint32(len(rec)))
	return rec
}

// put is what a P's records of attribution are; it returns where their chunk is.
func put(mem []byte, p int, data []byte) int {
	c := newest(mem, shardOff(p)+ShAtChunk)
	copy(mem[c+ChRecords:], data)
	binary.LittleEndian.PutUint64(mem[c+ChUsed:], ChRecords+uint64(len(data)))
	return c
}

func TestAttributesOfTwoShardsAreOne(t *testing.T) {
	mem := tables(t)
	long := strings.Repeat("x", 63) + "ü"
	put(mem, 0, append(attribute("path", "/a", 3), attribute("k", long, 5)...))
	put(mem, 1, attribute("path", "/a", 4))
	r := look(t, mem)
	counts, _ := r.Attributed()
	if a := r.Attributes(); len(a) != 2 || counts[0].Count != 7 || counts[1].Count != 5 || a[0].Labels[0].Value != "/a" || a[1].Labels[0].Value != long[:63]+"…" {
		t.Errorf("%+v %+v", a, counts)
	}
}

// FuzzAttributes: whatever a service writes into its tables, reading them ends.
func FuzzAttributes(f *testing.F) {
	f.Add(attribute("path", "/a", 3), uint64(ChRecords+AtRecStrings))
	f.Add(attribute("", strings.Repeat("y", 100), 3), uint64(1<<62))
	f.Add(make([]byte, 100), uint64(9))
	f.Add([]byte{}, uint64(ChunkSize))
	mem := tables(f)
	c := put(mem, 0, nil)
	f.Fuzz(func(t *testing.T, data []byte, used uint64) {
		room := mem[c+ChRecords:][:ChunkSize-ChRecords]
		n := copy(room, data)
		binary.LittleEndian.PutUint64(mem[c+ChUsed:], used)
		look(t, mem)
		clear(room[:n])
	})
}
