package runtimestat

import (
	"cmp"
	"fmt"
	"slices"

	"gotop/hookagent/memory"
	"gotop/hookagent/plan"
)

// Goroutines is one reading of all goroutines (runtime.allgs). While it is made, some start, end and grow: what is said of each
// goroutine was true of it at one moment, but not for all at the same one.
type Goroutines struct {
	Rows []GoroutineRow // most stack bytes first
	Live uint64         // all but the dead, the runtime's own among them

	// Dead goroutines are kept for reuse, some with their stacks (runtime/proc.go gfput). The gs that the runtime holds for
	// threads that C made count here, too, as long as none is using them.
	Dead, DeadBytes uint64
	// System is how many of the runtime's own there are: Live − System is runtime.NumGoroutine. Nil: not known.
	System *uint64
}

// GoroutineKey is what goroutines are counted by. Addresses are the service's own.
type GoroutineKey struct {
	Go     uint64 // return address of the go statement, as in a stack; 0: none
	Start  uint64 // entry of the function it was started with
	Status uint8  // runtime/runtime2.go _Gidle, _Grunnable, … without _Gscan
	Wait   uint8  // runtime.waitReason, where it waits, otherwise 0
}

// GoroutineRow is how many there are of one key, and the bytes of stack that they hold.
type GoroutineRow struct {
	GoroutineKey
	Count, StackBytes uint64
}

// Bounds of a reading.
const (
	maxGoroutines = 1 << 24
	maxStack      = 1 << 40
	page          = 4096
	batchPages    = 1 << 10
)

// Status of a goroutine, runtime/runtime2.go.
const (
	gRunnable  = 1
	gWaiting   = 4
	gDead      = 6
	gPreempted = 9
	gDeadExtra = 11 // from Go 1.26 on; before, these are gDead, too
	gScan      = 0x1000
)

// GoroutineReader reads the goroutines of one service. It is not safe for use from several goroutines.
//
// A g never moves and is never freed, so what to read is worked out anew only when there are more. Whole pages are read: gs lie side by
// side, and a page costs less than the many gs in it. Each page has a part of a g that is of interest, so all are mapped.
type GoroutineReader struct {
	mem           memory.Reader
	err           error // what the plan lacks
	allgs         uint64
	allglen       uint64
	allgptr       uint64
	ngsys         uint64 // address; 0: not known
	lo, hi        uint64 // offsets in g
	status, wait  uint64
	gopc, startpc uint64
	from, to      uint64 // the part of a g that is read
	known         int    // gs that the batches hold
	batches       []batch
	buf           []byte
}

// batch is what is read at once.
type batch struct {
	pages []uint64
	gs    []uint32 // where in the bytes read they begin
}

// NewGoroutines prepares reading.
func NewGoroutines(p *plan.Plan, bias uint64, mem memory.Reader) *GoroutineReader {
	l := &lookup{plan: p, bias: bias, mem: mem}
	r := &GoroutineReader{
		mem: mem, lo: l.off("g.stack.lo"), hi: l.off("g.stack.hi"), status: l.off("g.atomicstatus"), wait: l.off("g.waitreason"),
		gopc: l.off("g.gopc"), startpc: l.off("g.startpc"), allglen: l.optional("runtime.allglen"), allgptr: l.optional("runtime.allgptr"),
	}
	if r.allglen == 0 || r.allgptr == 0 {
		r.allgs = l.addr("runtime.allgs")
	}
	r.from = min(r.lo, r.hi, r.status, r.wait, r.gopc, r.startpc)
	r.to = max(r.lo+8, r.hi+8, r.status+4, r.wait+1, r.gopc+8, r.startpc+8)
	r.err = l.err()
	if sched := l.optional("runtime.sched"); sched != 0 {
		if off := l.off("schedt.ngsys"); l.err() == nil {
			r.ngsys = sched + off
		}
	}
	return r
}

// Read reads all goroutines.
func (r *GoroutineReader) Read() (*Goroutines, error) {
	if r.err != nil {
		return nil, r.err
	}
	if err := r.renew(); err != nil {
		return nil, err
	}
	g := &Goroutines{System: r.system()}
	rows := make(map[GoroutineKey]*GoroutineRow)
	for i := range r.batches {
		b := &r.batches[i]
		r.buf = sized(r.buf, page*len(b.pages))
		if err := r.mem.ReadVec(r.buf, b.pages, page); err != nil {
			return nil, fmt.Errorf("reading the goroutines: %w", err)
		}
		r.count(b, g, rows)
	}
	for _, row := range rows {
		g.Rows = append(g.Rows, *row)
	}
	slices.SortFunc(g.Rows, func(a, b GoroutineRow) int {
		return cmp.Or(cmp.Compare(b.StackBytes, a.StackBytes), cmp.Compare(b.Count, a.Count), cmp.Compare(a.Go, b.Go),
			cmp.Compare(a.Start, b.Start), cmp.Compare(a.Status, b.Status), cmp.Compare(a.Wait, b.Wait))
	})
	return g, nil
}

// count adds up a batch that has been read.
func (r *GoroutineReader) count(b *batch, g *Goroutines, rows map[GoroutineKey]*GoroutineRow) {
	var last *GoroutineRow // neighbours are often alike
	for _, at := range b.gs {
		m := r.buf[at : uint64(at)+r.to-r.from]
		size := u64(m, r.hi-r.from) - u64(m, r.lo-r.from)
		if size > maxStack {
			size = 0 // its stack is being replaced at this moment
		}
		status := u32(m, r.status-r.from) &^ gScan
		if status == gDead || status == gDeadExtra {
			g.Dead++
			g.DeadBytes += size
			continue
		}
		key := GoroutineKey{Go: u64(m, r.gopc-r.from), Start: u64(m, r.startpc-r.from), Status: uint8(status)}
		if status == gWaiting {
			key.Wait = m[r.wait-r.from]
		}
		if last == nil || last.GoroutineKey != key {
			if last = rows[key]; last == nil {
				last = &GoroutineRow{GoroutineKey: key}
				rows[key] = last
			}
		}
		last.Count++
		last.StackBytes += size
		g.Live++
	}
}

// system reads runtime.sched.ngsys: how many goroutines are the runtime's own.
func (r *GoroutineReader) system() *uint64 {
	var b [4]byte
	if r.ngsys == 0 || r.mem.ReadAt(b[:], r.ngsys) != nil || i32(b[:], 0) < 0 {
		return nil
	}
	n := u32(b[:], 0)
	return &n
}

// renew takes in the gs that are new. The length is read before the array: runtime/proc.go allgadd publishes them the other way round.
func (r *GoroutineReader) renew() error {
	lenAt, ptrAt := r.allglen, r.allgptr
	if r.allgs != 0 {
		lenAt, ptrAt = r.allgs+8, r.allgs
	}
	n, err := memory.Word(r.mem, lenAt)
	if err != nil {
		return fmt.Errorf("reading runtime.allglen: %w", err)
	}
	if n > maxGoroutines {
		return fmt.Errorf("runtime.allglen is %d", int64(n))
	}
	if int(n) == r.known {
		return nil
	}
	array, err := memory.Word(r.mem, ptrAt)
	if err != nil {
		return fmt.Errorf("reading runtime.allgptr: %w", err)
	}
	b := make([]byte, 8*n)
	if n > 0 {
		if err := r.mem.ReadAt(b, array); err != nil {
			return fmt.Errorf("reading runtime.allgs: %w", err)
		}
	}
	gs := make([]uint64, n)
	for i := range gs {
		if gs[i] = u64(b, uint64(8*i)) + r.from; gs[i] > maxBytes {
			return fmt.Errorf("runtime.allgs[%d] is %#x", i, gs[i]-r.from)
		}
	}
	slices.Sort(gs)
	for i := 1; i < len(gs); i++ {
		if gs[i]-gs[i-1] < r.to-r.from {
			return fmt.Errorf("runtime.allgs has goroutines at %#x and %#x, which overlap", gs[i-1]-r.from, gs[i]-r.from)
		}
	}
	r.known, r.batches = int(n), batches(gs, r.to-r.from, batchPages)
	return nil
}

// batches works out which pages hold size bytes at each of the addresses, which are sorted. What goes over a page's end is whole in
// the buffer, for the next page is the next in it. A batch is full with so many pages.
func batches(addrs []uint64, size uint64, full int) (list []batch) {
	var b batch
	for _, a := range addrs {
		if len(b.pages) >= full {
			list, b = append(list, b), batch{}
		}
		first, last := a/page, (a+size-1)/page
		if n := len(b.pages); n == 0 || b.pages[n-1] < first*page {
			b.pages = append(b.pages, first*page)
		}
		// The last page is the g's first one: gs are in order and no two overlap.
		b.gs = append(b.gs, uint32(uint64(len(b.pages)-1)*page+a%page))
		for p := first + 1; p <= last; p++ {
			b.pages = append(b.pages, p*page)
		}
	}
	if len(b.gs) > 0 {
		list = append(list, b)
	}
	return list
}
