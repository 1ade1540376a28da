package stream

import (
	"iter"

	"gotop/hookagent/monitor"
	"gotop/hookagent/table"
)

// maxTickStacks is how many stacks one tick may list: 16 MiB hold more even if each needs the most bytes.
const maxTickStacks = 100_000

// maxDefPCs is how many PCs one stacks message may hold, or a little more.
const maxDefPCs = 100_000

// maxNewPCs is how many PCs the stacks may have that are defined with one tick, or a little more: those of a viewer that joins, or of a
// service that has many new stacks, come in pieces, so that neither the agent's memory nor a viewer's patience depends on their number.
const maxNewPCs = 400_000

// baseline is what a viewer was last sent.
type baseline struct {
	counts     []table.Counters // by stack id; its length is the number of stacks defined
	resume     int              // stack to begin with: where the last tick was full
	types      int
	functions  int
	cursor     monitor.Cursor
	goroutines *monitor.GoroutineReading // the last one sent
	attributed attributed
	at         int64
	classesAt  int64 // reading whose size classes were sent last
	seq        uint64
	limit      int // stacks a tick
}

func newBaseline(started int64) *baseline { return &baseline{at: started, limit: maxTickStacks} }

// increment is what a viewer is to be sent, in this order; complete: nothing is left.
type increment struct {
	types      []TypeName
	functions  []FunctionName
	stacks     []StackDef
	events     *monitor.Events
	goroutines *Goroutines
	attributes []AttributeDef
	attributed *Attribution
	classes    *SizeClasses
	tick       Tick
	end        *monitor.End
	complete   bool
}

// advance makes the increment from the baseline to the state, and the state the baseline. It runs with the state locked: it
// copies and does nothing else. Counters only grow; one that seems to have shrunk is left until it has caught up.
func (b *baseline) advance(s *monitor.State, viewers int, attribution bool) *increment {
	u := &increment{tick: tick(s, viewers)}
	for ; b.types < len(s.Types); b.types++ {
		t := s.Types[b.types]
		u.types = append(u.types, TypeName{Addr: t.Addr, Name: t.Name, Hash: t.Hash})
	}
	for ; b.functions < len(s.Functions); b.functions++ {
		f := s.Functions[b.functions]
		u.functions = append(u.functions, FunctionName{Addr: f.Addr, Function: f.Name, File: f.File, Line: f.Line})
	}
	u.complete = b.deltas(s, u)
	u.tick.More = !u.complete
	if e := s.Events(&b.cursor); len(e.Stops) > 0 || len(e.Cycles) > 0 || e.Lost > 0 {
		u.events = &e
	}
	if g := s.Goroutines; g != b.goroutines {
		b.goroutines = g
		u.goroutines = goroutines(s, g)
	}
	if attribution && s.Attribution != nil {
		u.attributes, u.attributed = b.attributed.advance(s, s.Attribution)
	}
	b.sizeClasses(s, u)
	b.seq++
	u.tick.Seq, u.tick.DurNS = b.seq, s.At-b.at
	b.at = s.At
	u.end = s.End
	return u
}

// deltas goes once round all stacks, beginning where the last tick was full, and stops when this one is: then it returns false.
func (b *baseline) deltas(s *monitor.State, u *increment) bool {
	n, changed, pcs := s.Stacks(), 0, 0
	if b.resume >= n {
		b.resume = 0
	}
	start := b.resume
	for k := range n {
		id := (start + k) % n
		if id == len(b.counts) {
			st := s.Stack(id)
			if pcs += len(st.PCs); pcs > maxNewPCs {
				b.resume = id
				return false
			}
			u.stacks = append(u.stacks, StackDef{ID: id, Kind: uint8(st.Kind), Type: st.Type, PCs: st.PCs, Cut: st.Cut, Path: s.Path(id), Short: st.Short})
			b.counts = append(b.counts, table.Counters{})
		}
		old, c := &b.counts[id], s.Counts[id]
		if c == *old || c.Count < old.Count || c.Bytes < old.Bytes || c.Waste < old.Waste {
			continue
		}
		if changed++; changed > b.limit {
			b.resume = id
			return false
		}
		u.tick.Deltas = append(u.tick.Deltas, uint64(id), c.Count-old.Count, c.Bytes-old.Bytes, c.Waste-old.Waste)
		*old = c
	}
	return true
}

func tick(s *monitor.State, viewers int) Tick {
	t := Tick{T: "tick", At: s.At, Deltas: Ints{}}
	o := s.Totals
	t.Totals = Totals{
		Allocs: o.Allocs, Bytes: o.Bytes, Waste: o.Waste, Unattributed: o.Unattributed, UnattributedBytes: o.UnattributedBytes, Counted: o.Counted,
		Stacks: s.Stacks(), Gos: o.Gos, Malgs: o.Malgs, MalgBytes: o.MalgBytes, Copies: o.Copies,
	}
	if s.Runtime != nil {
		t.Runtime = runtimeFigures(s.Runtime)
		if s.Stackless != "" {
			t.Runtime.Missing = append(t.Runtime.Missing, s.Stackless)
		}
	}
	a := s.Agent
	t.Agent = Agent{CPUNS: a.CPUNS, RSS: a.RSS, LagMS: float64(a.LagNS) / 1e6, Viewers: viewers, TableBytes: a.TableBytes}
	return t
}

func runtimeFigures(r *monitor.Reading) *Runtime {
	return &Runtime{
		At: r.At, Mallocs: r.Mallocs, Frees: r.Frees, AllocBytes: r.AllocBytes, BaseMallocs: r.BaseMallocs,
		BaseAllocBytes: r.BaseAllocBytes, Hooked: r.Hooked, Slack: r.Slack, HookedBytes: r.HookedBytes, SlackBytes: r.SlackBytes, HeapLive: r.HeapLive, HeapGoal: r.HeapGoal,
		HeapMarked: r.HeapMarked, NumGC: r.NumGC, PauseTotalNS: r.PauseTotalNS, Goroutines: r.Goroutines, Threads: r.Threads,
		GOMAXPROCS: r.GOMAXPROCS, StackInuse: r.StackInuse, Missing: missing(r),
	}
}

// missing returns what is missing in a reading, and in the hooks' count of the same moment.
func missing(r *monitor.Reading) []string {
	all := append([]string{}, r.Missing...)
	if r.Hooked != nil {
		all = append(all, r.Unhooked...)
	}
	return all
}

// maxGoroutineRows is how many rows one message lists; those with the least stack are folded together.
const maxGoroutineRows = 10_000

func goroutines(s *monitor.State, r *monitor.GoroutineReading) *Goroutines {
	m := &Goroutines{T: "goroutines", At: r.At, TookNS: r.TookNS, Rows: []GoroutineRow{}}
	if r.Err != nil {
		m.Missing = r.Err.Error()
		return m
	}
	m.Live, m.System, m.Dead, m.DeadBytes = r.Live, r.System, r.Dead, r.DeadBytes
	for i, row := range r.Rows {
		if i >= maxGoroutineRows {
			m.Folded++
			m.FoldedCount += row.Count
			m.FoldedBytes += row.StackBytes
			continue
		}
		m.Rows = append(m.Rows, GoroutineRow{
			Go: s.Link(row.Go), Start: s.Link(row.Start), Status: row.Status, Wait: row.Wait, Count: row.Count, StackBytes: row.StackBytes,
		})
	}
	return m
}

// classesInterval is how often size classes are sent, in ns.
const classesInterval = 1e9

// sizeClasses adds those of the last reading, if there was one and they are due.
func (b *baseline) sizeClasses(s *monitor.State, u *increment) {
	r := s.Runtime
	if r == nil || r.SizeClasses == nil || r.At == b.classesAt || r.At-b.classesAt < classesInterval && s.End == nil {
		return
	}
	b.classesAt = r.At
	c := r.SizeClasses
	u.classes = &SizeClasses{T: "size_classes", At: r.At, Tiny: c.Tiny, Large: Ints{c.Large, c.LargeBytes, c.LargeFrees, c.LargeFreed}}
	for _, k := range c.Classes {
		u.classes.Classes = append(u.classes.Classes, k.Size, k.Mallocs, k.Frees)
	}
}

// messages yields the increment's messages, each made when it is to be sent.
func (u *increment) messages() iter.Seq[any] {
	return func(yield func(any) bool) {
		if len(u.functions) > 0 && !yield(Functions{T: "functions", Names: u.functions}) {
			return
		}
		if len(u.types) > 0 && !yield(Types{T: "types", Names: u.types}) {
			return
		}
		for defs := u.stacks; len(defs) > 0; {
			n, pcs := 0, 0
			for n < len(defs) && pcs < maxDefPCs {
				pcs += len(defs[n].PCs) + 1
				n++
			}
			if !yield(Stacks{T: "stacks", Defs: defs[:n]}) {
				return
			}
			defs = defs[n:]
		}
		if u.events != nil {
			for m := range eventMessages(*u.events) {
				if !yield(m) {
					return
				}
			}
		}
		for _, m := range u.others() {
			if !yield(m) {
				return
			}
		}
	}
}

// others makes the messages of which there is one at most, and the tick.
func (u *increment) others() (list []any) {
	if u.goroutines != nil {
		list = append(list, *u.goroutines)
	}
	list = append(list, attributionMessages(u.attributes, u.attributed)...)
	if u.classes != nil {
		list = append(list, *u.classes)
	}
	return append(list, u.tick)
}
