package runtimestat

import (
	"encoding/binary"
	"errors"

	"gotop/hookagent/plan"
)

// simulated is a runtime of two Ps and two size classes, whose allocator goes on by single stores: what runtime/mcache.go and
// mstats.go do in Go 1.21 to 1.27, in their order. It goes on by pace stores before each reading of its memory.
type simulated struct {
	mem   [0x2000]byte
	truth uint64 // objects allocated
	steps []func()
	done  int
	pace  int

	resting bool // nothing is being flushed
}

// Where things are in the simulated memory, and offsets in structures.
const (
	simMemstats, simHeap, simAllp, simGomaxprocs, simAllpArray = 0x100, 0x400, 0x500, 0x520, 0x540
	simP, simCache, simSpan, simEmpty                          = 0x600, 0x800, 0x1000, 0x1f00

	deltaSize, deltaTiny, deltaSmall = 0x80, 0x18, 0x20
	pStatus, pMcache, pSeq           = 4, 8, 24
	cacheTiny, cacheFlush, cacheSlot = 0, 8, 16
	spanGen, spanCount, spanBefore   = 0, 8, 10
)

func simPlan() *plan.Plan {
	return &plan.Plan{SizeClasses: []uint64{0, 8}, Layout: map[string]uint64{
		"p.id": 0, "p.status": pStatus, "p.mcache": pMcache, "p.gFree.n": 16, "p.statsSeq": pSeq,
		"mstats.heapStats": 0, "consistentHeapStats.stats": 0, "consistentHeapStats.gen": 3 * deltaSize, "mheap.sweepgen": 0,
		"sizeof.heapStatsDelta": deltaSize, "heapStatsDelta.inStacks": 0, "heapStatsDelta.largeAlloc": 8, "heapStatsDelta.largeAllocCount": 16,
		"heapStatsDelta.tinyAllocCount": deltaTiny, "heapStatsDelta.smallAllocCount": deltaSmall, "heapStatsDelta.largeFree": 0x40,
		"heapStatsDelta.largeFreeCount": 0x48, "heapStatsDelta.smallFreeCount": 0x50,
		"mcache.tinyAllocs": cacheTiny, "mcache.flushGen": cacheFlush, "mcache.alloc": cacheSlot,
		"mspan.sweepgen": spanGen, "mspan.allocCount": spanCount, "mspan.allocCountBeforeCache": spanBefore, "mspan.elemsize": 16,
	}, Vars: map[string]uint64{"runtime.memstats": simMemstats, "runtime.mheap_": simHeap, "runtime.allp": simAllp, "runtime.gomaxprocs": simGomaxprocs}}
}

func (s *simulated) ReadAt(b []byte, addr uint64) error { return s.ReadVec(b, []uint64{addr}, len(b)) }

func (s *simulated) ReadVec(dst []byte, addrs []uint64, size int) error {
	for range s.pace {
		s.step()
	}
	for i, a := range addrs {
		if a+uint64(size) > uint64(len(s.mem)) {
			return errors.New("no such memory")
		}
		copy(dst[i*size:(i+1)*size], s.mem[a:])
	}
	return nil
}

func (s *simulated) step() {
	if s.done < len(s.steps) {
		s.steps[s.done]()
		s.done++
	}
}

func (s *simulated) get(addr uint64) uint64 { return binary.LittleEndian.Uint64(s.mem[addr:]) }
func (s *simulated) set(addr, v uint64)     { binary.LittleEndian.PutUint64(s.mem[addr:], v) }
func (s *simulated) set32(addr, v uint64)   { binary.LittleEndian.PutUint32(s.mem[addr:], uint32(v)) }
func (s *simulated) get32(addr uint64) uint64 {
	return uint64(binary.LittleEndian.Uint32(s.mem[addr:]))
}
func (s *simulated) get16(addr uint64) uint64 {
	return uint64(binary.LittleEndian.Uint16(s.mem[addr:]))
}
func (s *simulated) set16(addr, v uint64) { binary.LittleEndian.PutUint16(s.mem[addr:], uint16(v)) }
func (s *simulated) do(step func())       { s.steps = append(s.steps, step) }
func (s *simulated) sweepgen() uint64     { return s.get32(simHeap) }
func (s *simulated) slot(p, slot int) uint64 {
	return simCache + 0x100*uint64(p) + cacheSlot + 8*uint64(slot)
}
func (s *simulated) cached(p, slot int) uint64 { return s.get(s.slot(p, slot)) }
func (s *simulated) delta(off uint64) uint64 {
	return simMemstats + deltaSize*s.get32(simMemstats+3*deltaSize) + off
}
func simPAddr(p int) uint64 { return simP + 0x100*uint64(p) }

// Two Ps with a span in each of the slots that are used, 2 and 3: class 1 with and without pointers.
func newSimulated() *simulated {
	s := new(simulated)
	s.set32(simHeap, 4)
	s.set(simAllp, simAllpArray)
	s.set(simAllp+8, 2)
	s.set32(simGomaxprocs, 2)
	for p := range 2 {
		s.set(simAllpArray+8*uint64(p), simPAddr(p))
		s.set32(simPAddr(p), uint64(p))
		s.set(simPAddr(p)+pMcache, simCache+0x100*uint64(p))
		s.set32(simCache+0x100*uint64(p)+cacheFlush, 4)
		for slot := range 4 {
			s.set(s.slot(p, slot), simEmpty)
		}
		for slot := 2; slot < 4; slot++ {
			// The slot's second span had objects before.
			s.fill(p, slot, simSpan+0x200*uint64(p)+0x40*uint64(slot), uint64(10*(slot-2)))
		}
	}
	return s
}

// fill is the end of refill, and of the first one on a slot.
func (s *simulated) fill(p, slot int, span, had uint64) {
	s.set16(span+spanCount, had)
	s.set32(span+spanGen, s.sweepgen()+3)
	s.set16(span+spanBefore, had)
	s.set(s.slot(p, slot), span)
}

func (s *simulated) rest(n int) {
	for range n {
		s.do(func() { s.resting = true })
		s.do(func() { s.resting = false })
	}
}

func (s *simulated) alloc(p, slot, n int) {
	for range n {
		s.do(func() { a := s.cached(p, slot) + spanCount; s.set16(a, s.get16(a)+1); s.truth++ })
	}
}

func (s *simulated) tiny(p, n int) {
	for range n {
		s.do(func() { a := simCache + 0x100*uint64(p) + cacheTiny; s.set(a, s.get(a)+1); s.truth++ })
	}
}

// adding is consistentHeapStats.acquire and release.
func (s *simulated) adding(p int, steps func()) {
	seq := func() { a := simPAddr(p) + pSeq; s.set32(a, s.get32(a)+1) }
	s.do(seq)
	steps()
	s.do(seq)
}

func (s *simulated) flushTiny(p int) {
	a := simCache + 0x100*uint64(p) + cacheTiny
	s.do(func() { d := s.delta(deltaTiny); s.set(d, s.get(d)+s.get(a)) })
	s.do(func() { s.set(a, 0) })
}

// flushSmall adds what was allocated; used is what slotsUsed is computed from, before anything is cleared.
func (s *simulated) flushSmall(used *uint64) {
	s.do(func() { d := s.delta(deltaSmall + 8); s.set(d, s.get(d)+*used) })
}

func (s *simulated) refill(p, slot int, next, had uint64) {
	var span, used uint64
	s.do(func() { span = s.cached(p, slot); s.set32(span+spanGen, s.sweepgen()) })
	s.do(func() { used = s.get16(span+spanCount) - s.get16(span+spanBefore) })
	s.adding(p, func() {
		s.flushSmall(&used)
		s.flushTiny(p)
	})
	s.do(func() { s.set16(span+spanBefore, 0) })
	s.do(func() { s.set16(next+spanCount, had) }) // cacheSpan
	s.do(func() { s.set32(next+spanGen, s.sweepgen()+3) })
	s.do(func() { s.set16(next+spanBefore, had) })
	s.do(func() { s.set(s.slot(p, slot), next) })
}

// releaseAll by the thread of P by; stale: a collection has passed, which left every span a third of its objects.
func (s *simulated) releaseAll(p, by int, stale bool) {
	for slot := range 4 {
		var span, used uint64
		s.do(func() {
			if span = s.cached(p, slot); span != simEmpty {
				used = s.get16(span+spanCount) - s.get16(span+spanBefore)
				s.set16(span+spanBefore, 0)
			}
		})
		full := func(step func()) func() {
			return func() {
				if span != simEmpty {
					step()
				}
			}
		}
		s.adding(by, func() { s.do(full(func() { d := s.delta(deltaSmall + 8); s.set(d, s.get(d)+used) })) })
		if stale {
			s.do(full(func() { s.set32(span+spanGen, s.sweepgen()-1) }))
			s.do(full(func() { s.set16(span+spanCount, s.get16(span+spanCount)/3) }))
		}
		s.do(full(func() { s.set32(span+spanGen, s.sweepgen()) }))
		if stale && slot == 3 && p == 1 { // the other P, which has given its own back, takes it from the list of partly free ones
			s.do(func() { s.fill(1-p, 0, span, s.get16(span+spanCount)) })
			s.alloc(1-p, 0, 2)
		}
		s.do(full(func() { s.set(s.slot(p, slot), simEmpty) }))
	}
	s.adding(by, func() { s.flushTiny(p) })
}

// collect is the end of a collection: the world is stopped, sweepgen raised, and each P gives its spans back when it goes on.
func (s *simulated) collect() {
	s.stopped(func() { s.do(func() { s.set32(simHeap, s.sweepgen()+2) }) })
	for p := range 2 {
		s.releaseAll(p, p, true)
		s.do(func() { s.set32(simCache+0x100*uint64(p)+cacheFlush, s.sweepgen()) })
	}
}

func (s *simulated) stopped(steps func()) {
	for p := range 2 {
		s.do(func() { s.set32(simPAddr(p)+pStatus, pGCStop) })
	}
	steps()
	for p := range 2 {
		s.do(func() { s.set32(simPAddr(p)+pStatus, 1) })
	}
}

// metrics is consistentHeapStats.read.
func (s *simulated) metrics() {
	var curr, prev uint64
	s.do(func() {
		curr = s.get32(simMemstats + 3*deltaSize)
		prev = (curr + 2) % 3
		s.set32(simMemstats+3*deltaSize, (curr+1)%3)
	})
	for off := uint64(0); off < deltaSize; off += 8 {
		s.do(func() {
			a := simMemstats + curr*deltaSize + off
			s.set(a, s.get(a)+s.get(simMemstats+prev*deltaSize+off))
		})
	}
	for off := uint64(0); off < deltaSize; off += 8 {
		s.do(func() { s.set(simMemstats+prev*deltaSize+off, 0) })
	}
}
