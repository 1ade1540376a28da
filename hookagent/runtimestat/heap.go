package runtimestat

import (
	"errors"
	"fmt"

	"gotop/hookagent/memory"
)

// heap reads the allocator's counters: runtime/mstats.go readmemstats_m, without stopping the world. What readmemstats_m gets
// into the counters by flushing the mcaches is read from the mcaches instead.
//
// The truth is the sum of three generations of heapStatsDelta (consistent_heap_stats.go) and of what each P's mcache has not flushed
// (mcaches.go). A flush moves counts from there to here. One that happens in between is seen by reading the generations before
// and after the mcaches. One that is under way, of a thread that may not go on for long, is seen in the state that it leaves
// the mcache in: what it may have moved already is the mcache's doubt. Either way everything is read again, and what is left
// of both after some attempts is the reading's slack.
type heap struct {
	mem      memory.Reader
	ps       *procs
	stats    uint64 // address of memstats.heapStats.stats
	gen      uint64 // address of memstats.heapStats.gen
	sweepgen uint64 // address of mheap_.sweepgen
	mcache0  uint64 // address of runtime.mcache0, the mcache of bootstrap; 0: not known
	delta    deltaLayout
	cache    cacheLayout
	classes  []uint64

	buf, caches, again, spans []byte
}

// deltaLayout is heapStatsDelta: its size, and offsets.
type deltaLayout struct {
	size, inStacks, tiny, large, largeCount, small, largeFree, largeFreeCount, smallFree uint64
}

// cacheLayout holds offsets in mcache and mspan. Of a span only [lo, lo+spanBytes) is read.
type cacheLayout struct {
	tiny, alloc, flushGen    uint64
	sweepgen, count, before  uint64
	elemsize                 uint64
	cacheSize, lo, spanBytes uint64
}

// attempts to find the counters at rest; an allocation-bound service flushes a span every few microseconds.
const attempts = 8

func newHeap(l *lookup, ps *procs) *heap {
	h := &heap{mem: l.mem, ps: ps, mcache0: l.optional("runtime.mcache0"), classes: l.plan.SizeClasses}
	heapStats := l.addr("runtime.memstats") + l.off("mstats.heapStats")
	h.stats, h.gen = heapStats+l.off("consistentHeapStats.stats"), heapStats+l.off("consistentHeapStats.gen")
	h.sweepgen = l.addr("runtime.mheap_") + l.off("mheap.sweepgen")
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
		flushGen: l.off("mcache.flushGen"),
		sweepgen: l.off("mspan.sweepgen"),
		count:    l.off("mspan.allocCount"),
		before:   l.off("mspan.allocCountBeforeCache"),
		elemsize: l.off("mspan.elemsize"),
	}
	// numSpanClasses is twice the number of size classes: with and without pointers (runtime/mheap.go spanClass).
	c.cacheSize = max(c.tiny+8, c.flushGen+4, c.alloc+8*2*uint64(len(l.plan.SizeClasses)))
	c.lo = min(c.sweepgen, c.count, c.before, c.elemsize)
	c.spanBytes = max(c.sweepgen+4, c.count+2, c.before+2, c.elemsize+8) - c.lo
	return c
}

// heapTotals are sums over generations or mcaches; doubt is how many of the mallocs, and of the bytes, may have moved from these to those
// already.
type heapTotals struct {
	mallocs, frees, bytes uint64
	doubt, doubtBytes     uint64
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

// sum adds what the Ps have flushed and what they have not.
func (s SizeClasses) sum(cached SizeClasses) *SizeClasses {
	s.Tiny += cached.Tiny
	for i, c := range cached.Classes {
		s.Classes[i].Mallocs += c.Mallocs
	}
	return &s
}

// figures reads until nothing was being flushed. If that never comes about, the reading with the least slack stands.
func (h *heap) figures(f *Figures) error {
	var last error
	for range attempts {
		err := h.attempt(f)
		switch {
		case err == nil && f.Slack == 0:
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

// attempt reads once, and keeps what it has read where nothing better was read before.
func (h *heap) attempt(f *Figures) error {
	before, err := h.flushed()
	if err != nil {
		return err
	}
	cached, err := h.unflushed()
	if err != nil {
		return err
	}
	after, err := h.flushed()
	if err != nil {
		return err
	}
	slack := after.mallocs - before.mallocs + cached.doubt
	if slack > maxSlack {
		return fmt.Errorf("the count of objects went from %d to %d: %w", before.mallocs, after.mallocs, errMoved)
	}
	if f.Mallocs != nil && f.Slack <= slack {
		return nil
	}
	f.SlackBytes = max(after.bytes, before.bytes) - before.bytes + cached.doubtBytes
	return h.set(f, before, cached, slack)
}

// maxSlack is more than can be allocated during a reading: a count that went back.
const maxSlack = 1 << 40

// set fills in what fits together.
func (h *heap) set(f *Figures, s, cached heapTotals, slack uint64) error {
	mallocs, frees, bytes := s.mallocs+cached.mallocs, s.frees+cached.frees, s.bytes+cached.bytes
	if mallocs < frees || s.inStacks < 0 || s.inStacks > maxBytes {
		return fmt.Errorf("%d objects allocated, %d freed, %d bytes of stacks: %w", mallocs, frees, s.inStacks, errMoved)
	}
	inStacks := uint64(s.inStacks)
	f.Mallocs, f.Frees, f.AllocBytes, f.StackInuse, f.Slack = &mallocs, &frees, &bytes, &inStacks, slack
	f.SizeClasses = s.classes.sum(cached.classes)
	return nil
}
