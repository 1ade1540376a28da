package runtimestat

import (
	"fmt"
	"slices"

	"gotop/hookagent/memory"
)

// pGCStop is runtime/runtime2.go _Pgcstop: the world is stopped, or about to be.
const pGCStop = 3

// unflushed sums what the Ps' mcaches hold back.
//
// A flush under way shows in what it has changed already, in the order of runtime/mcache.go:
//
//	refill      the span's sweepgen gets even (mcentral.uncacheSpan); counts are added, tiny ones as well; tinyAllocs is cleared;
//	            allocCountBeforeCache is cleared; another span takes the slot
//	releaseAll  for each slot: allocCountBeforeCache is cleared; counts are added; the sweepgen gets even, or mheap_.sweepgen − 1
//	            and then even where a collection has passed, the span being swept; runtime.emptymspan takes the slot.
//	            Then tiny counts are added and tinyAllocs is cleared
//
// releaseAll runs in a stopped world (ReadMemStats), or for a P that has not yet followed mheap_.sweepgen (prepareForSweep).
// P.statsSeq is odd while counts are added.
func (h *heap) unflushed() (t heapTotals, err error) {
	t = h.totals()
	cs, err := h.mcaches()
	if err != nil {
		return t, err
	}
	sweepgen, err := memory.Uint32(h.mem, h.sweepgen)
	if err != nil {
		return t, fmt.Errorf("reading mheap_.sweepgen: %w", err)
	}
	adding, err := h.ps.adding(cs.ps) // before tinyAllocs
	if err != nil {
		return t, err
	}
	if h.caches, err = h.readMcaches(h.caches, cs.addrs); err != nil {
		return t, err
	}
	c := &h.cache
	spans := make([]uint64, 0, len(cs.addrs)*h.slots())
	for i := range cs.addrs {
		b := h.caches[i*int(c.cacheSize):]
		tiny := u64(b, c.tiny)
		t.mallocs += tiny
		t.frees += tiny
		t.classes.Tiny += tiny
		if adding[i] {
			t.doubt += tiny
		}
		for k := range uint64(h.slots()) {
			s := u64(b, c.alloc+8*k)
			if s == 0 {
				return t, fmt.Errorf("the mcache of P %d has no span of class %d", i, k)
			}
			spans = append(spans, s+c.lo)
		}
	}
	h.spans = sized(h.spans, len(spans)*int(c.spanBytes))
	if err := h.mem.ReadVec(h.spans, spans, int(c.spanBytes)); err != nil {
		return t, fmt.Errorf("reading the mcaches' spans: %w", err)
	}
	flushing, err := h.flushing(cs, sweepgen)
	if err != nil {
		return t, err
	}
	return t, h.addSpans(&t, spans, flushing)
}

// slots returns runtime/mheap.go numSpanClasses, the length of mcache.alloc: each size class with and without pointers.
func (h *heap) slots() int { return 2 * len(h.classes) }

// caches are the mcaches, and the Ps they belong to; during bootstrap none.
type caches struct {
	addrs []uint64
	ps    []proc
}

// mcaches finds all mcaches; before there are Ps, that of runtime.mcache0 (runtime/mcache.go getMCache).
func (h *heap) mcaches() (cs caches, err error) {
	if cs.ps, err = h.ps.read(); err != nil {
		return cs, err
	}
	if len(cs.ps) == 0 {
		cs.addrs, err = h.bootstrapMcache()
		return cs, err
	}
	cs.addrs = make([]uint64, len(cs.ps))
	for i, p := range cs.ps {
		if cs.addrs[i] = p.mcache; p.mcache == 0 {
			return cs, fmt.Errorf("runtime.allp[%d] has no mcache", i)
		}
	}
	return cs, nil
}

func (h *heap) bootstrapMcache() ([]uint64, error) {
	if h.mcache0 == 0 {
		return nil, errBootstrap
	}
	c, err := memory.Word(h.mem, h.mcache0)
	if err != nil {
		return nil, fmt.Errorf("reading runtime.mcache0: %w", err)
	}
	if c == 0 {
		return nil, nil // before runtime.mallocinit: nothing has been allocated
	}
	return []uint64{c}, nil
}

func (h *heap) readMcaches(buf []byte, addrs []uint64) ([]byte, error) {
	buf = sized(buf, len(addrs)*int(h.cache.cacheSize))
	if err := h.mem.ReadVec(buf, addrs, int(h.cache.cacheSize)); err != nil {
		return buf, fmt.Errorf("reading the Ps' mcaches: %w", err)
	}
	return buf, nil
}

// flushing returns, after the spans have been read, for which mcaches releaseAll may be running, or may have run meanwhile.
func (h *heap) flushing(cs caches, sweepgen uint64) (yes []bool, err error) {
	if h.again, err = h.readMcaches(h.again, cs.addrs); err != nil {
		return nil, err
	}
	ps, err := h.ps.read()
	if err != nil {
		return nil, err
	}
	if now, err := memory.Uint32(h.mem, h.sweepgen); err != nil || now != sweepgen || len(ps) != len(cs.ps) {
		return nil, fmt.Errorf("the world was stopped: %w", orMoved(err))
	}
	stopped := false
	for i := range ps {
		stopped = stopped || ps[i].status == pGCStop || cs.ps[i].status == pGCStop
	}
	yes = make([]bool, len(cs.addrs))
	for i := range ps {
		b := h.again[i*int(h.cache.cacheSize):]
		yes[i] = stopped || u32(b, h.cache.flushGen) != sweepgen
	}
	return yes, nil
}

// addSpans adds what was allocated from the spans since they were cached, and what of it may be in the generations already. addrs
// are those of the spans' interesting part.
//
// sweepgen is odd in spans that are cached (runtime/mheap.go mspan.sweepgen: h+1 or h+3, h being even), or are being swept (h−1).
// That of runtime.emptymspan, which fills free slots, is 0, as are its counts.
func (h *heap) addSpans(t *heapTotals, addrs []uint64, flushing []bool) error {
	c := &h.cache
	seen, anyFlushing := make(map[uint64]bool), slices.Contains(flushing, true)
	for i, addr := range addrs {
		b := h.spans[i*int(c.spanBytes):]
		gen, count, before := u32(b, c.sweepgen-c.lo), u16(b, c.count-c.lo), u16(b, c.before-c.lo)
		if count < before {
			return fmt.Errorf("a span has %d objects, %d before it was cached: %w", count, before, errMoved)
		}
		cache, slot := i/h.slots(), i%h.slots()
		unknown := flushing[cache] && before == 0
		if u64(h.again[cache*int(c.cacheSize):], c.alloc+8*uint64(slot))+c.lo != addr {
			unknown = true // before it left the slot, it may have been in any state
		}
		if anyFlushing && gen != 0 {
			if seen[addr] { // given back by one P, taken by another, and still in both mcaches
				return fmt.Errorf("two Ps have cached a span: %w", errMoved)
			}
			seen[addr] = true
		}
		switch {
		case gen%2 == 0: // refill
			t.doubt += count - before
			t.doubtBytes += (count - before) * u64(b, c.elemsize-c.lo)
		default:
			t.mallocs += count - before
			t.bytes += (count - before) * u64(b, c.elemsize-c.lo)
			t.classes.Classes[slot/2].Mallocs += count - before // runtime/mheap.go spanClass
			if unknown {
				t.doubt += count
				t.doubtBytes += count * u64(b, c.elemsize-c.lo)
			}
		}
	}
	return nil
}
