package profile

import (
	"encoding/binary"
	"errors"
	"runtime"
	"testing"
)

// repeated is memory in which the same bytes stand again and again, so that every pointer leads somewhere; as much of it as the
// budget allows.
type repeated struct {
	data   []byte
	budget int
}

func (m *repeated) ReadAt(b []byte, addr uint64) error {
	if addr >= 1<<47 || m.budget < len(b) || len(m.data) == 0 {
		return errors.New("not mapped")
	}
	m.budget -= len(b)
	at := int(addr % uint64(len(m.data)))
	for n := copy(b, m.data[at:]); n < len(b); {
		n += copy(b[n:], m.data)
	}
	return nil
}

func (m *repeated) ReadVec(dst []byte, addrs []uint64, size int) error {
	for i, a := range addrs {
		if err := m.ReadAt(dst[i*size:(i+1)*size], a); err != nil {
			return err
		}
	}
	return nil
}

// FuzzMemory: whatever a service's memory holds, reading ends, in bounded memory, with an error or with buckets that can be.
func FuzzMemory(f *testing.F) {
	good := make([]byte, 256)
	for at, w := range map[int]uint64{8: 0x1080, 24: 6, 0x80 + 16: memProfile, 0x80 + 32: 16, 0x80 + 40: 1, 0xb8: 3} {
		binary.LittleEndian.PutUint64(good[at:], w)
	}
	f.Add(good, uint64(48), uint64(64))
	f.Add([]byte{1, 0, 0, 0, 0, 0, 0, 0}, uint64(48), uint64(64))
	f.Fuzz(func(t *testing.T, data []byte, head, record uint64) {
		p := madeUp()
		p.Layout["sizeof.bucket"], p.Layout["sizeof.memRecord"] = head, record
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		m := &repeated{data, 8 << 20}
		r, err := New(p, 0, m)
		if err != nil {
			return
		}
		_, _ = r.Rate()
		for range 2 {
			if b, err := r.Read(); err == nil && len(b) > most {
				t.Fatalf("%d buckets", len(b))
			}
		}
		runtime.ReadMemStats(&after)
		if used := after.TotalAlloc - before.TotalAlloc; used > 512<<20 {
			t.Fatalf("%d MiB of memory were needed", used>>20)
		}
	})
}
