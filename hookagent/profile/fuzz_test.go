package profile

import (
	"encoding/binary"
	"runtime"
	"testing"

	"gotop/hookagent/internal/testmemory"
	"gotop/hookagent/internal/testplan"
)

// FuzzMemory: whatever a service's memory holds, reading ends, in bounded memory, with an error or with buckets that can be.
func FuzzMemory(f *testing.F) {
	good := make([]byte, 256)
	for at, w := range map[int]uint64{8: 0x1080, 24: 6, 0x80 + 16: memProfile, 0x80 + 32: 16, 0x80 + 40: 1, 0xb8: 3} {
		binary.LittleEndian.PutUint64(good[at:], w)
	}
	f.Add(good, uint64(48), uint64(64))
	f.Add([]byte{1, 0, 0, 0, 0, 0, 0, 0}, uint64(48), uint64(64))
	f.Fuzz(func(t *testing.T, data []byte, head, record uint64) {
		p := testplan.HeapProfile()
		p.Layout["sizeof.bucket"], p.Layout["sizeof.memRecord"] = head, record
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		m := &testmemory.Repeated{Data: data, Budget: 8 << 20}
		r, err := New(p, 0, m)
		if err != nil {
			return
		}
		_, _ = r.Rate()
		for range 2 {
			if b, err := r.Read(); err == nil && len(b) > maxBuckets {
				t.Fatalf("%d buckets", len(b))
			}
		}
		runtime.ReadMemStats(&after)
		if used := after.TotalAlloc - before.TotalAlloc; used > 512<<20 {
			t.Fatalf("%d MiB of memory were needed", used>>20)
		}
	})
}
