package runtimestat

import (
	"fmt"
	"slices"
	"time"

	"gotop/hookagent/memory"
	"gotop/hookagent/plan"
)

// GoroutineContext is where a goroutine that no thread runs will go on (g.sched: PC, SP and the frame pointer), and the bounds of its stack.
type GoroutineContext struct{ PC, SP, FP, Lo, Hi uint64 }

// GoroutineContexts reads them from a service that stands still. What to read is worked out before, by Prepare; of the goroutines
// that are new since then only few are looked at.
type GoroutineContexts struct {
	mem                                       memory.Reader
	err                                       error // what the plan lacks
	allgs                                     uint64
	status, wait, startpc, pc, sp, bp, lo, hi uint64 // offsets in g
	from, to                                  uint64 // the part of a g that is read
	outside                                   [256]bool
	known                                     uint64 // gs that the batches hold
	batches                                   []batch
	buf                                       []byte
}

// Bounds of a reading: how many stacks are followed, how many goroutines new since Prepare are looked at, and how many pages are read at once, after
// each of which it is looked at the clock.
const (
	maxGoroutineContexts = 1000
	maxNewGoroutines     = 1000
	contextPages         = 64
)

// NewGoroutineContexts prepares reading.
func NewGoroutineContexts(p *plan.Plan, bias uint64, mem memory.Reader) *GoroutineContexts {
	l := &lookup{plan: p, bias: bias, mem: mem}
	s := &GoroutineContexts{mem: mem, allgs: l.addr("runtime.allgs"), status: l.off("g.atomicstatus"), wait: l.off("g.waitreason"),
		startpc: l.off("g.startpc"), pc: l.off("g.sched.pc"), sp: l.off("g.sched.sp"), bp: l.off("g.sched.bp"),
		lo: l.off("g.stack.lo"), hi: l.off("g.stack.hi")}
	s.from = min(s.status, s.wait, s.startpc, s.pc, s.sp, s.bp, s.lo, s.hi)
	s.to = max(s.status+4, s.wait+1, s.startpc+8, s.pc+8, s.sp+8, s.bp+8, s.lo+8, s.hi+8)
	for _, reason := range p.WaitsOutsideMalloc {
		s.outside[reason] = true
	}
	s.err = l.err()
	return s
}

// Prepare works out where the goroutines are that there are now: while the service runs, so that Read takes less time.
func (s *GoroutineContexts) Prepare() error {
	if s.err != nil {
		return s.err
	}
	gs, err := s.addresses(0)
	if err != nil {
		return err
	}
	slices.Sort(gs)
	for i := 1; i < len(gs); i++ {
		if gs[i]-gs[i-1] < s.to-s.from {
			return fmt.Errorf("runtime.allgs has goroutines at %#x and %#x, which overlap", gs[i-1]-s.from, gs[i]-s.from)
		}
	}
	s.known, s.batches = uint64(len(gs)), batches(gs, s.to-s.from, contextPages)
	return nil
}

// addresses returns where the part of interest is of each g that allgs has behind the first so many. No g ever leaves it (runtime/proc.go allgadd).
func (s *GoroutineContexts) addresses(first uint64) ([]uint64, error) {
	var slice [16]byte
	if err := s.mem.ReadAt(slice[:], s.allgs); err != nil {
		return nil, fmt.Errorf("reading runtime.allgs: %w", err)
	}
	array, n := u64(slice[:], 0), u64(slice[:], 8)
	if n > maxGoroutines || n < first {
		return nil, fmt.Errorf("runtime.allgs has %d goroutines", int64(n))
	}
	b := make([]byte, 8*(n-first))
	if n > first {
		if err := s.mem.ReadAt(b, array+8*first); err != nil {
			return nil, fmt.Errorf("reading runtime.allgs: %w", err)
		}
	}
	gs := make([]uint64, n-first)
	for i := range gs {
		if gs[i] = u64(b, uint64(8*i)) + s.from; gs[i] > maxBytes {
			return nil, fmt.Errorf("runtime.allgs[%d] is %#x", first+uint64(i), gs[i]-s.from)
		}
	}
	return gs, nil
}

// Read returns the contexts of the goroutines that may stand inside the allocator, and how many there was no time to look at.
func (s *GoroutineContexts) Read(atMost time.Duration) (list []GoroutineContext, unseen int, err error) {
	if s.err != nil {
		return nil, 0, s.err
	}
	begin := time.Now()
	added, err := s.addresses(s.known)
	if err != nil {
		return nil, 0, err
	}
	unseen = max(0, len(added)-maxNewGoroutines)
	for _, part := range s.batches {
		if time.Since(begin) > atMost {
			unseen += len(part.gs)
			continue
		}
		if err := s.readPages(part.pages); err != nil {
			return nil, 0, fmt.Errorf("reading the goroutines: %w", err)
		}
		for _, at := range part.gs {
			list = s.add(list, s.buf[at:uint64(at)+s.to-s.from])
		}
	}
	added = added[:min(len(added), maxNewGoroutines)]
	s.buf = sized(s.buf, int(s.to-s.from)*len(added))
	if err := s.mem.ReadVec(s.buf, added, int(s.to-s.from)); err != nil {
		return nil, 0, fmt.Errorf("reading the goroutines: %w", err)
	}
	for b := s.buf; len(b) > 0; b = b[s.to-s.from:] {
		list = s.add(list, b)
	}
	if n := len(list); n > maxGoroutineContexts {
		list, unseen = list[:maxGoroutineContexts], unseen+n-maxGoroutineContexts
	}
	return list, unseen, nil
}

// readPages reads pages into the buffer: at once where they are side by side, which takes half the time.
func (s *GoroutineContexts) readPages(pages []uint64) error {
	first, size := pages[0], page*len(pages)
	s.buf = sized(s.buf, size)
	if pages[len(pages)-1]-first == uint64(size-page) {
		return s.mem.ReadAt(s.buf, first)
	}
	return s.mem.ReadVec(s.buf, pages, page)
}

// add adds a goroutine whose g these bytes are a part of to those that may stand inside the allocator. One that is runnable and has not run yet
// (runtime/proc.go newproc1, gostartcallfn) does not, nor does one that waits for a reason for which the allocator never does.
func (s *GoroutineContexts) add(list []GoroutineContext, b []byte) []GoroutineContext {
	c := GoroutineContext{u64(b, s.pc-s.from), u64(b, s.sp-s.from), u64(b, s.bp-s.from), u64(b, s.lo-s.from), u64(b, s.hi-s.from)}
	switch u32(b, s.status-s.from) &^ gScan {
	case gRunnable:
		if c.PC == u64(b, s.startpc-s.from) {
			return list
		}
	case gWaiting:
		if s.outside[b[s.wait-s.from]] {
			return list
		}
	case gPreempted:
	default:
		return list
	}
	return append(list, c)
}
