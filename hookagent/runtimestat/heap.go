package runtimestat

import (
	"errors"
	"fmt"
)

// heap reads the allocator's counters: runtime/mstats.go readmemstats_m, without stopping the world. What readmemstats_m gets
// into the counters by flushing the mcaches is read from the mcaches instead.
//
// The truth is the sum of three generations of heapStatsDelta (consistentHeapStats: readers rotate them, the sum is kept) and
// of what each P's mcache has not flushed: tinyAllocs, and of each span it holds allocCount − allocCountBeforeCache
// (runtime/mcache.go refill and releaseAll). A flush moves counts from there to here. It is seen by reading the
// generations before and after the mcaches; then everything is read again.
type heap struct {
	mem     Memory
	ps      *procs
	stats   uint64 // address of memstats.heapStats.stats
	mcache0 uint64 // address of runtime.mcache0, the mcache of bootstrap; 0: not known
	delta   deltaLayout
	cache   cacheLayout
	classes []uint64

	buf, caches, spans []byte
}

// deltaLayout is heapStatsDelta: its size, and offsets.
type deltaLayout struct {
	size, inStacks, tiny, large, largeCount, small, largeFree, largeFreeCount, smallFree uint64
}

// cacheLayout holds offsets in mcache and mspan. Of a span only [lo, lo+span) is read.
type cacheLayout struct {
	tiny, alloc              uint64
	sweepgen, count, before  uint64
	elemsize                 uint64
	cacheSize, lo, spanBytes uint64
}

// generations is len(consistentHeapStats.stats).
const generations = 3

// attempts to find the counters at rest; an allocation-bound service flushes a span every few microseconds.
const attempts = 8

func newHeap(l *lookup, ps *procs) *heap {
	h := &heap{mem: l.mem, ps: ps, mcache0: l.optional("runtime.mcache0"), classes: l.plan.SizeClasses}
	h.stats = l.addr("runtime.memstats") + l.off("mstats.heapStats") + l.off("consistentHeapStats.stats")
	h.delta = deltaLayout{
		size:           l.off("sizeof.heapStatsDelta"),
		inStacks:       l.off("heapStatsDelta.inStacks"),
		tiny:           l.off("heapStatsDelta.tinyAllocCount"),
		large:          l.off("heapStatsDelta.largeAlloc"),
		largeCount:     l.off("heapStatsDelta.largeAllocCount"),
		small:          l.off("heapStatsDelta.smallAllocCount"),
		largeFree:      l.off("heapStatsDelta.largeFree"),
		largeFreeCount: l.off("heapStatsDelta.largeFreeCount"),
		smallFree:      l.off("heapStatsDelta.smallFreeCount"),
	}
	h.cache = newCacheLayout(l)
	switch n := len(h.classes); {
	case n < 2 || n > 256 || h.classes[0] != 0:
		l.missing = append(l.missing, "the table of size classes")
	case h.delta.small+8*uint64(n) > h.delta.size || h.delta.smallFree+8*uint64(n) > h.delta.size:
		l.missing = append(l.missing, "smallAllocCount (it does not fit into heapStatsDelta)")
	}
	return h
}

func newCacheLayout(l *lookup) cacheLayout {
	c := cacheLayout{
		tiny:     l.off("mcache.tinyAllocs"),
		alloc:    l.off("mcache.alloc"),
		sweepgen: l.off("mspan.sweepgen"),
		count:    l.off("mspan.allocCount"),
		before:   l.off("mspan.allocCountBeforeCache"),
		elemsize: l.off("mspan.elemsize"),
	}
	// numSpanClasses is twice the number of size classes: with and without pointers (runtime/mheap.go spanClass).
	c.cacheSize = max(c.tiny+8, c.alloc+8*2*uint64(len(l.plan.SizeClasses)))
	c.lo = min(c.sweepgen, c.count, c.before, c.elemsize)
	c.spanBytes = max(c.sweepgen+4, c.count+2, c.before+2, c.elemsize+8) - c.lo
	return c
}

// heapTotals are sums over generations or mcaches.
type heapTotals struct {
	mallocs, frees, bytes uint64
	inStacks              int64
	classes               SizeClasses
}

// SizeClasses is what the runtime counts of each size class. Tiny is how many objects were put into a block of 16 bytes that
// another had begun; the block is an object of its class. Large objects have no class. MemStats.BySize has the same, as far as it goes.
type SizeClasses struct {
	Classes                                   []SizeClass
	Tiny                                      uint64
	Large, LargeBytes, LargeFrees, LargeFreed uint64
}

// SizeClass is one size class: its size and the objects allocated and freed.
type SizeClass struct{ Size, Mallocs, Frees uint64 }

func (h *heap) totals() (t heapTotals) {
	t.classes.Classes = make([]SizeClass, len(h.classes))
	for i, size := range h.classes {
		t.classes.Classes[i].Size = size
	}
	return t
}

// sum is what is flushed and what is not.
func (s SizeClasses) sum(cached SizeClasses) *SizeClasses {
	s.Tiny += cached.Tiny
	for i, c := range cached.Classes {
		s.Classes[i].Mallocs += c.Mallocs
	}
	return &s
}

// figures reads until two readings of the generations, before and after the mcaches, have the same allocations. If that never
// comes about, the last reading that fits stands, with its slack.
func (h *heap) figures(f *Figures) error {
	var last error
	for range attempts {
		moved, err := h.attempt(f)
		switch {
		case err == nil && moved == 0:
			return nil
		case err != nil && !errors.Is(err, errMoved):
			return err
		case err != nil:
			last = err
		}
	}
	if f.Mallocs != nil {
		return nil
	}
	return last
}

// attempt reads once; moved is what was flushed while the mcaches were read.
func (h *heap) attempt(f *Figures) (moved uint64, err error) {
	before, err := h.flushed()
	if err != nil {
		return 0, err
	}
	cached, err := h.unflushed()
	if err != nil {
		return 0, err
	}
	after, err := h.flushed()
	if err != nil {
		return 0, err
	}
	moved = after.mallocs - before.mallocs
	return moved, h.set(f, before, cached, moved)
}

// set fills in what fits together; slack is what was flushed while the mcaches were read.
func (h *heap) set(f *Figures, s, cached heapTotals, slack uint64) error {
	if slack > 1<<40 {
		return fmt.Errorf("the count of objects went back: %w", errMoved) // generations were being merged
	}
	mallocs, frees, bytes := s.mallocs+cached.mallocs, s.frees+cached.frees, s.bytes+cached.bytes
	if mallocs < frees || s.inStacks < 0 || s.inStacks > maxBytes {
		return fmt.Errorf("%d objects allocated, %d freed, %d bytes of stacks: %w", mallocs, frees, s.inStacks, errMoved)
	}
	inStacks := uint64(s.inStacks)
	f.Mallocs, f.Frees, f.AllocBytes, f.StackInuse, f.Slack = &mallocs, &frees, &bytes, &inStacks, slack
	f.SizeClasses = s.classes.sum(cached.classes)
	return nil
}

// flushed sums the generations as runtime/mstats.go unsafeRead does.
func (h *heap) flushed() (t heapTotals, err error) {
	t = h.totals()
	h.buf = sized(h.buf, int(generations*h.delta.size))
	if err := h.mem.ReadAt(h.buf, h.stats); err != nil {
		return t, fmt.Errorf("reading runtime.memstats.heapStats: %w", err)
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

// unflushed sums what the Ps' mcaches hold back.
func (h *heap) unflushed() (t heapTotals, err error) {
	t = h.totals()
	addrs, err := h.mcaches()
	if err != nil {
		return t, err
	}
	c := &h.cache
	h.caches = sized(h.caches, len(addrs)*int(c.cacheSize))
	if err := h.mem.ReadVec(h.caches, addrs, int(c.cacheSize)); err != nil {
		return t, fmt.Errorf("reading the Ps' mcaches: %w", err)
	}
	spans := make([]uint64, 0, len(addrs)*2*len(h.classes))
	for i := range addrs {
		b := h.caches[i*int(c.cacheSize):]
		t.mallocs += u64(b, c.tiny)
		t.frees += u64(b, c.tiny)
		t.classes.Tiny += u64(b, c.tiny)
		for k := range uint64(2 * len(h.classes)) {
			s := u64(b, c.alloc+8*k)
			if s == 0 {
				return t, fmt.Errorf("the mcache of P %d has no span of class %d", i, k)
			}
			spans = append(spans, s+c.lo)
		}
	}
	return t, h.addSpans(&t, spans)
}

// mcaches are the addresses of all mcaches; before there are Ps, that of runtime.mcache0 (runtime/mcache.go getMCache).
func (h *heap) mcaches() ([]uint64, error) {
	ps, err := h.ps.read()
	if err != nil {
		return nil, err
	}
	if len(ps) == 0 {
		return h.bootstrapMcache()
	}
	addrs := make([]uint64, len(ps))
	for i, p := range ps {
		if addrs[i] = p.mcache; p.mcache == 0 {
			return nil, fmt.Errorf("runtime.allp[%d] has no mcache", i)
		}
	}
	return addrs, nil
}

func (h *heap) bootstrapMcache() ([]uint64, error) {
	if h.mcache0 == 0 {
		return nil, errBootstrap
	}
	c, err := word(h.mem, h.mcache0)
	if err != nil {
		return nil, fmt.Errorf("reading runtime.mcache0: %w", err)
	}
	if c == 0 {
		return nil, nil // before runtime.mallocinit: nothing has been allocated
	}
	return []uint64{c}, nil
}

// addSpans adds what was allocated from the spans since they were cached. addrs are those of the spans' interesting part.
//
// A span that refill has given back but not yet replaced has been flushed already, and its allocCountBeforeCache is 0: it must
// not be counted again. It is told by its sweepgen: odd while it is cached (runtime/mheap.go mspan.sweepgen: h+1 or h+3, h
// being even), even afterwards. The shared runtime.emptymspan has 0.
func (h *heap) addSpans(t *heapTotals, addrs []uint64) error {
	c := &h.cache
	h.spans = sized(h.spans, len(addrs)*int(c.spanBytes))
	if err := h.mem.ReadVec(h.spans, addrs, int(c.spanBytes)); err != nil {
		return fmt.Errorf("reading the mcaches' spans: %w", err)
	}
	for i := range addrs {
		b := h.spans[i*int(c.spanBytes):]
		if u32(b, c.sweepgen-c.lo)%2 == 0 {
			continue
		}
		count, before := u16(b, c.count-c.lo), u16(b, c.before-c.lo)
		if count < before {
			return fmt.Errorf("a span has %d objects, %d before it was cached: %w", count, before, errMoved)
		}
		t.mallocs += count - before
		t.bytes += (count - before) * u64(b, c.elemsize-c.lo)
		t.classes.Classes[i%(2*len(h.classes))/2].Mallocs += count - before // runtime/mheap.go spanClass
	}
	return nil
}
