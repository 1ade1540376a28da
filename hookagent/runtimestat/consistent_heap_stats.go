package runtimestat

import (
	"fmt"
	"slices"

	"gotop/hookagent/memory"
)

// generations is len(consistentHeapStats.stats).
const generations = 3

// flushed sums the generations as runtime/mstats.go unsafeRead does.
//
// All Ps add to generation gen. Who wants to know the sum (consistentHeapStats.read, for runtime/metrics) moves gen on by one,
// and when all Ps have noticed adds the generation before to the one they have left, and clears it. So but for that time
// the generation after gen is empty: where it is not, some of it may be in the sum twice.
func (h *heap) flushed() (t heapTotals, err error) {
	t = h.totals()
	h.buf = sized(h.buf, int(generations*h.delta.size))
	gen, err := memory.Uint32(h.mem, h.gen)
	if err != nil || gen >= generations {
		return t, fmt.Errorf("memstats.heapStats.gen is %d: %w", gen, orMoved(err))
	}
	if err := h.mem.ReadAt(h.buf, h.stats); err != nil {
		return t, fmt.Errorf("reading runtime.memstats.heapStats: %w", err)
	}
	now, err := memory.Uint32(h.mem, h.gen)
	next := (gen + 1) % generations * h.delta.size
	if err != nil || now != gen || slices.ContainsFunc(h.buf[next:next+h.delta.size], func(b byte) bool { return b != 0 }) {
		return t, fmt.Errorf("the generations of memstats.heapStats are being merged: %w", orMoved(err))
	}
	for g := range uint64(generations) {
		b, d := h.buf[g*h.delta.size:], &h.delta
		tiny := u64(b, d.tiny) // counted as freed, too: readmemstats_m
		t.mallocs += tiny + u64(b, d.largeCount)
		t.frees += tiny + u64(b, d.largeFreeCount)
		t.bytes += u64(b, d.large)
		t.inStacks += int64(u64(b, d.inStacks))
		t.classes.Tiny += tiny
		t.classes.Large += u64(b, d.largeCount)
		t.classes.LargeBytes += u64(b, d.large)
		t.classes.LargeFrees += u64(b, d.largeFreeCount)
		t.classes.LargeFreed += u64(b, d.largeFree)
		for i, size := range h.classes {
			n := u64(b, d.small+8*uint64(i))
			t.mallocs += n
			t.bytes += n * size
			freed := u64(b, d.smallFree+8*uint64(i))
			t.frees += freed
			t.classes.Classes[i].Mallocs += n
			t.classes.Classes[i].Frees += freed
		}
	}
	return t, nil
}
