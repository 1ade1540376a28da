package runtimestat

import (
	"fmt"

	"gotop/hookagent/memory"
)

// sched reads what the scheduler counts.
type sched struct {
	mem     memory.Reader
	ps      *procs
	addr    uint64 // of runtime.sched
	size    uint64
	allglen uint64 // address of the number of gs ever made: runtime.allglen, or the length in runtime.allgs

	free                  []uint64 // lengths of the global lists of dead goroutines
	ngsys, mnext, nmfreed uint64
	buf                   []byte
}

func newSched(l *lookup, ps *procs) *sched {
	s := &sched{
		mem:     l.mem,
		ps:      ps,
		addr:    l.addr("runtime.sched"),
		ngsys:   l.off("schedt.ngsys"),
		mnext:   l.off("schedt.mnext"),
		nmfreed: l.off("schedt.nmfreed"),
	}
	if n, ok := l.plan.Layout["schedt.gFree.n"]; ok { // until 1.24
		s.free = []uint64{min(n, maxStruct)}
	} else {
		s.free = []uint64{l.off("schedt.gFree.stack.size"), l.off("schedt.gFree.noStack.size")}
	}
	s.size = max(s.ngsys+4, s.mnext+8, s.nmfreed+8)
	for _, f := range s.free {
		s.size = max(s.size, f+4)
	}
	if s.allglen = l.optional("runtime.allglen"); s.allglen == 0 {
		s.allglen = l.addr("runtime.allgs") + 8 // len of the slice
	}
	return s
}

func (s *sched) figures(f *Figures) error {
	s.buf = sized(s.buf, int(s.size))
	if err := s.mem.ReadAt(s.buf, s.addr); err != nil {
		return fmt.Errorf("reading runtime.sched: %w", err)
	}
	// runtime/proc.go mcount
	threads := u64(s.buf, s.mnext) - u64(s.buf, s.nmfreed)
	if threads == 0 || threads > 1<<22 {
		return fmt.Errorf("runtime.sched counts %d threads", int64(threads))
	}
	f.Threads = &threads
	n, err := s.goroutines()
	if err == nil {
		f.Goroutines = &n
	}
	return err
}

// goroutines is runtime/proc.go gcount: those ever made, without the dead ones kept for reuse and the runtime's own. Its parts
// change independently; as in the runtime, the sum may be off by those that are just being made.
func (s *sched) goroutines() (uint64, error) {
	made, err := memory.Word(s.mem, s.allglen)
	if err != nil {
		return 0, fmt.Errorf("reading runtime.allglen: %w", err)
	}
	if made == 0 || made > 1<<40 {
		return 0, fmt.Errorf("runtime.allglen is %d", int64(made))
	}
	n := int64(made) - i32(s.buf, s.ngsys)
	for _, f := range s.free {
		n -= i32(s.buf, f)
	}
	ps, err := s.ps.read()
	if err != nil {
		return 0, err
	}
	for _, p := range ps {
		n -= p.gFree
	}
	if n > int64(made) {
		return 0, fmt.Errorf("%d goroutines of %d ever made", n, made)
	}
	return uint64(max(n, 1)), nil
}
