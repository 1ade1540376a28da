package runtimestat

import (
	"errors"
	"fmt"

	"gotop/hookagent/memory"
)

// maxProcs bounds GOMAXPROCS: far above any machine, far below what garbage would say.
const maxProcs = 1 << 14

// procs reads runtime.allp.
type procs struct {
	mem              memory.Reader
	allp, gomaxprocs uint64
	id, mcache, free uint64 // offsets in p
	status, statsSeq uint64
	size             uint64 // bytes of p that are read
	err              error  // what the plan lacks
	buf              []byte
}

func newProcs(l *lookup) *procs {
	p := &procs{
		mem:        l.mem,
		allp:       l.addr("runtime.allp"),
		gomaxprocs: l.addr("runtime.gomaxprocs"),
		id:         l.off("p.id"),
		mcache:     l.off("p.mcache"),
		free:       l.off("p.gFree.size", "p.gFree.n"), // 1.25 put the length into gList
		status:     l.off("p.status"),
		statsSeq:   l.off("p.statsSeq"),
	}
	p.size = max(p.id+4, p.mcache+8, p.free+4, p.status+4) // without statsSeq, which is far away
	return p
}

// proc is one P: its address, that of its mcache, the number of dead goroutines it keeps for reuse and its status.
type proc struct {
	addr, mcache, status uint64
	gFree                int64
}

// read returns the Ps in order; none during bootstrap (before runtime.schedinit has called procresize).
func (p *procs) read() ([]proc, error) {
	if p.err != nil {
		return nil, p.err
	}
	n, err := p.count()
	if err != nil || n == 0 {
		return nil, err
	}
	array, err := memory.Word(p.mem, p.allp)
	if err != nil {
		return nil, fmt.Errorf("reading runtime.allp: %w", err)
	}
	b := make([]byte, 8*n)
	if err := p.mem.ReadAt(b, array); err != nil {
		return nil, fmt.Errorf("reading the Ps' addresses: %w", err)
	}
	addrs := make([]uint64, n)
	for i := range addrs {
		if addrs[i] = u64(b, uint64(8*i)); addrs[i] == 0 {
			return nil, fmt.Errorf("runtime.allp[%d] is nil: %w", i, errMoved)
		}
	}
	return p.details(addrs)
}

// count returns len(allp), which is GOMAXPROCS but for the moment in which runtime.procresize changes it with the world stopped.
func (p *procs) count() (int, error) {
	n, err := memory.Word(p.mem, p.allp+8)
	if err != nil {
		return 0, fmt.Errorf("reading len(runtime.allp): %w", err)
	}
	if n > maxProcs {
		return 0, fmt.Errorf("len(runtime.allp) is %d", n)
	}
	procs, err := p.procs()
	if err == nil && n != 0 && procs != n {
		err = fmt.Errorf("len(runtime.allp) is %d and runtime.gomaxprocs %d: %w", n, procs, errMoved)
	}
	return int(n), err
}

// procs reads runtime.gomaxprocs.
func (p *procs) procs() (uint64, error) {
	var b [4]byte
	if err := p.mem.ReadAt(b[:], p.gomaxprocs); err != nil {
		return 0, fmt.Errorf("reading runtime.gomaxprocs: %w", err)
	}
	n := i32(b[:], 0)
	if n < 0 || n > maxProcs {
		return 0, fmt.Errorf("runtime.gomaxprocs is %d", n)
	}
	return uint64(n), nil
}

func (p *procs) details(addrs []uint64) ([]proc, error) {
	p.buf = sized(p.buf, len(addrs)*int(p.size))
	if err := p.mem.ReadVec(p.buf, addrs, int(p.size)); err != nil {
		return nil, fmt.Errorf("reading the Ps: %w", err)
	}
	ps := make([]proc, len(addrs))
	for i := range ps {
		b := p.buf[i*int(p.size):]
		if id := i32(b, p.id); id != int64(i) {
			return nil, fmt.Errorf("runtime.allp[%d] has id %d", i, id)
		}
		ps[i] = proc{addr: addrs[i], mcache: u64(b, p.mcache), status: u32(b, p.status), gFree: i32(b, p.free)}
	}
	return ps, nil
}

// adding returns which Ps are adding to the counts of memstats.heapStats (runtime/mstats.go consistentHeapStats.acquire).
func (p *procs) adding(ps []proc) ([]bool, error) {
	addrs := make([]uint64, len(ps))
	for i := range ps {
		addrs[i] = ps[i].addr + p.statsSeq
	}
	b := make([]byte, 4*len(ps)+4) // not empty
	if err := p.mem.ReadVec(b, addrs, 4); err != nil {
		return nil, fmt.Errorf("reading the Ps' statsSeq: %w", err)
	}
	adding := make([]bool, max(1, len(ps))) // an mcache without a P, during bootstrap, is not
	for i := range ps {
		adding[i] = u32(b, uint64(4*i))%2 != 0
	}
	return adding, nil
}

// figures reads GOMAXPROCS. 0: bootstrap.
func (p *procs) figures(f *Figures) error {
	n, err := p.procs()
	if err != nil {
		return err
	}
	if n == 0 {
		return errBootstrap
	}
	f.GOMAXPROCS = &n
	return nil
}

var errBootstrap = errors.New("the runtime has not set itself up yet")
