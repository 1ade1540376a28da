package runtimestat

import (
	"fmt"

	"gotop/hookagent/memory"
)

// pacer reads runtime.gcController.
type pacer struct {
	mem  memory.Reader
	addr uint64
	size uint64
	off  pacerLayout
	buf  []byte
}

// pacerLayout holds offsets in gcControllerState.
type pacerLayout struct {
	memoryLimit, live, marked, percentGoal, sweepMin, triggered, heapFree, totalAlloc, totalFree, mappedReady uint64
}

func newPacer(l *lookup) *pacer {
	const s = "gcControllerState."
	o := pacerLayout{
		memoryLimit: l.off(s + "memoryLimit"),
		live:        l.off(s + "heapLive"),
		marked:      l.off(s + "heapMarked"),
		percentGoal: l.off(s + "gcPercentHeapGoal"),
		sweepMin:    l.off(s + "sweepDistMinTrigger"),
		triggered:   l.off(s + "triggered"),
		heapFree:    l.off(s + "heapFree"),
		totalAlloc:  l.off(s + "totalAlloc"),
		totalFree:   l.off(s + "totalFree"),
		mappedReady: l.off(s + "mappedReady"),
	}
	size := 8 + max(o.memoryLimit, o.live, o.marked, o.percentGoal, o.sweepMin, o.triggered, o.heapFree, o.totalAlloc, o.totalFree, o.mappedReady)
	return &pacer{mem: l.mem, addr: l.addr("runtime.gcController"), size: size, off: o}
}

func (p *pacer) figures(f *Figures) error {
	for range attempts {
		if err := p.read(); err != nil {
			return err
		}
		live, marked := p.get(p.off.live), p.get(p.off.marked)
		if live > maxBytes || marked > maxBytes {
			return fmt.Errorf("runtime.gcController has %d bytes live, %d marked", int64(live), int64(marked))
		}
		f.HeapLive, f.HeapMarked = &live, &marked
		if goal, ok := p.goal(); ok {
			f.HeapGoal = &goal
			return nil
		}
	}
	return fmt.Errorf("heap_goal: %w", errMoved)
}

func (p *pacer) read() error {
	p.buf = sized(p.buf, int(p.size))
	if err := p.mem.ReadAt(p.buf, p.addr); err != nil {
		return fmt.Errorf("reading runtime.gcController: %w", err)
	}
	return nil
}

func (p *pacer) get(off uint64) uint64 { return u64(p.buf, off) }

// Constants of runtime/mgcpacer.go, the same from Go 1.19 to 1.27.
const (
	memoryLimitMinHeapGoalHeadroom     = 1 << 20
	memoryLimitHeapGoalHeadroomPercent = 3
	minRunway                          = 64 << 10
)

// goal computes runtime/mgcpacer.go heapGoalInternal; false: the figures it is made of do not fit together and must be read again.
func (p *pacer) goal() (uint64, bool) {
	goal := p.get(p.off.percentGoal)
	limited, ok := p.memoryLimitGoal()
	if !ok {
		return 0, false
	}
	if limited < goal {
		return limited, true
	}
	goal = max(goal, p.get(p.off.sweepMin))
	if t := p.get(p.off.triggered); t != ^uint64(0) && goal < t+minRunway {
		goal = t + minRunway
	}
	return goal, true
}

// memoryLimitGoal computes runtime/mgcpacer.go memoryLimitHeapGoal.
func (p *pacer) memoryLimitGoal() (uint64, bool) {
	var (
		limit       = p.get(p.off.memoryLimit)
		marked      = p.get(p.off.marked)
		heapFree    = p.get(p.off.heapFree)
		heapAlloc   = p.get(p.off.totalAlloc) - p.get(p.off.totalFree)
		mappedReady = p.get(p.off.mappedReady)
	)
	if heapFree+heapAlloc > mappedReady {
		return 0, false // the runtime, too, tries again until they fit
	}
	nonHeap := mappedReady - heapFree - heapAlloc
	var overage uint64
	if mappedReady > limit {
		overage = mappedReady - limit
	}
	if nonHeap+overage >= limit {
		return marked, true
	}
	goal := limit - (nonHeap + overage)
	headroom := max(goal/100*memoryLimitHeapGoalHeadroomPercent, memoryLimitMinHeapGoalHeadroom)
	if goal < headroom || goal-headroom < headroom {
		goal = headroom
	} else {
		goal -= headroom
	}
	return max(goal, marked), true
}

// cycles reads what runtime.memstats says of GC cycles.
type cycles struct {
	mem              memory.Reader
	numgc, pauseTime uint64 // addresses
}

func newCycles(l *lookup) *cycles {
	memstats := l.addr("runtime.memstats")
	return &cycles{mem: l.mem, numgc: memstats + l.off("mstats.numgc"), pauseTime: memstats + l.off("mstats.pause_total_ns")}
}

func (c *cycles) figures(f *Figures) error {
	var b [4]byte
	if err := c.mem.ReadAt(b[:], c.numgc); err != nil {
		return fmt.Errorf("reading runtime.memstats.numgc: %w", err)
	}
	n := u32(b[:], 0)
	ns, err := memory.Word(c.mem, c.pauseTime)
	if err != nil {
		return fmt.Errorf("reading runtime.memstats.pause_total_ns: %w", err)
	}
	f.NumGC, f.PauseTotalNS = &n, &ns
	return nil
}
