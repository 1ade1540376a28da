package monitor

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"gotop/hookagent/table"
)

// scan reads a new state; due is when it should have been read. It returns whether the service has done anything since the last one.
func (m *Monitor) scan(due int64, withRuntime bool) (changed bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s, t := &m.state, m.cfg.Tables
	before, events := s.Totals, s.events.stops.head
	if withRuntime {
		m.readRuntime() // before the scan: no viewer sees totals below the count read with the runtime's
	}
	now := Now()
	t.Scan()
	s.At, s.stacks, s.Counts = now, t.Stacks(), t.Counts()
	unattributed := t.Unattributed()
	s.Totals = totals(s.stacks, s.Counts, unattributed)
	s.Totals.Counted = t.Counted().Count
	s.Stackless = m.stackless(unattributed)
	m.updateAttribution()
	m.nameTypes(0)
	m.clock.resample()
	s.events.lost += t.Events(m.takeEvent)
	m.readCollections()
	t.Heartbeat(time.Duration(Now()))
	s.Agent.LagNS = max(now-due, 0)
	s.Agent.TableBytes = t.UsedBytes()
	m.measureAgent(now)
	return s.Totals != before || s.events.stops.head != events
}

// stackless says why there are things whose stack found no place, in words for people; "" where there are none.
func (m *Monitor) stackless(unattributed [table.Kinds]table.Counters) string {
	why := "there were more new stacks than the tables grew in time for, or no agent to make them grow"
	if m.cfg.TablesFull != nil && m.cfg.TablesFull() != "" {
		why = m.cfg.TablesFull()
	}
	lost := unattributed[table.KindAlloc].Count - min(m.state.Totals.Counted, unattributed[table.KindAlloc].Count)
	others := uint64(0)
	for _, c := range unattributed[table.KindAlloc+1:] {
		others += c.Count
	}
	switch {
	case lost > 0:
		return "some allocations are counted without their stacks: " + why
	case m.short > 0:
		if m.cfg.TablesFull == nil || m.cfg.TablesFull() == "" {
			why = "one P has made more stacks than its tables tell apart, or more than they grew in time for"
		}
		return fmt.Sprintf("%d stacks are kept shorter than they are, which leaves their sites exact: %s. "+
			"--mode sites keeps nothing but the sites, and costs less", m.short, why)
	case others > 0:
		return "some goroutines and stacks that grew are counted without where: " + why
	}
	return ""
}

// totals sums the counters by kind.
func totals(stacks []table.Stack, counts []table.Counters, unattributed [table.Kinds]table.Counters) Totals {
	sums := unattributed
	for id, c := range counts {
		k := stacks[id].Kind
		if int(k) >= len(sums) {
			continue
		}
		sums[k].Count += c.Count
		sums[k].Bytes += c.Bytes
		sums[k].Waste += c.Waste
	}
	a := sums[table.KindAlloc]
	return Totals{
		Allocs: a.Count, Bytes: a.Bytes, Waste: a.Waste,
		Unattributed:      unattributed[table.KindAlloc].Count,
		UnattributedBytes: unattributed[table.KindAlloc].Bytes,
		Gos:               sums[table.KindGo].Count,
		Malgs:             sums[table.KindMalg].Count,
		MalgBytes:         sums[table.KindMalg].Bytes,
		Copies:            sums[table.KindCopyStack].Count,
	}
}

// nameTypes looks up the types of stacks that are new, while the service's memory is there to be read, but not beyond an instant; 0: there
// is time.
func (m *Monitor) nameTypes(until int64) {
	for stacks := m.cfg.Tables.Stacks(); m.typed < len(stacks) && (until == 0 || Now() < until); m.typed++ {
		st := stacks[m.typed]
		if st.Short {
			m.short++
		}
		m.pathOf(m.typed)
		m.nameFunctions(st)
		if !st.Kind.Heap() || st.Type == 0 || m.types[st.Type] || m.cfg.Types == nil {
			continue
		}
		m.types[st.Type] = true
		if name, inBinary := m.cfg.Types.Name(st.Type); !inBinary {
			m.state.Types = append(m.state.Types, TypeName{m.link(st.Type), name, m.cfg.Types.Hash(st.Type)})
		}
	}
}

// maxNamed is how many addresses outside of the binary are looked up: a service that makes code without end has no names for it.
const maxNamed = 100_000

// nameFunctions looks up code of a stack that is not in the binary.
func (m *Monitor) nameFunctions(st table.Stack) {
	if m.cfg.Functions == nil {
		return
	}
	for _, pc := range st.PCs {
		if m.cfg.Functions.InBinary(pc) || m.named[pc] || len(m.named) >= maxNamed {
			continue
		}
		m.named[pc] = true
		if f, known := m.cfg.Functions.At(pc); known {
			m.state.Functions = append(m.state.Functions, FunctionName{m.link(pc), f})
		}
	}
}

// readRuntime reads the runtime's figures and the hook's count, so that they are of the same moment.
//
// The service runs on meanwhile: the hook's count is taken before and after, and the one between is said to be that of the
// runtime's, which is off by at most half of what was allocated in that time; where nothing was, it is exact.
func (m *Monitor) readRuntime() {
	if m.cfg.Runtime == nil || m.finalTaken {
		return
	}
	r := m.readWithCount()
	for try := 1; try < readTries && r.Mallocs != nil && r.Slack > max(littleSlack, *r.Hooked/1000); try++ {
		if again := m.readWithCount(); again.Mallocs != nil && again.Slack < r.Slack {
			r = again
		}
	}
	m.readAt = Now()
	f := r.Figures
	old := m.state.Runtime
	if old != nil && old.Mallocs != nil && f.Mallocs == nil {
		return // a service that has just ended, however often it is asked: its last reading stands
	}
	if old != nil && len(f.Missing) > len(old.Missing) && !m.doubted {
		m.doubted = true // a service that is just ending: its last good reading is worth more
		return
	}
	m.doubted = false
	r.At = m.readAt
	if m.cfg.Unhooked {
		r.Hooked, r.HookedBytes = nil, nil
	}
	m.setBase(old, r)
	m.state.Runtime = r
}

// A reading is made again where it was unlucky: the collector was just flushing the Ps' caches, or the agent had to wait for a
// processor in the midst of it. littleSlack is what is never worth that.
const (
	readTries   = 3
	littleSlack = 64
)

// readWithCount reads the runtime's figures once, and with them the hook's count and by how much that may be off.
func (m *Monitor) readWithCount() *Reading {
	before := m.allocated()
	f := m.cfg.Runtime.Read()
	r := &Reading{Figures: f}
	m.setHooked(r, before, m.allocated())
	return r
}

// setBase sets what the runtime had counted before the hooks were placed, from the reading before where it is not known otherwise.
func (m *Monitor) setBase(old, r *Reading) {
	switch base := m.cfg.Base; {
	case !m.cfg.Attached || r.Hooked == nil:
	case base != nil:
		r.BaseMallocs, r.BaseAllocBytes = base.Mallocs, base.Bytes
		r.Slack += base.Slack
	case old != nil && old.Mallocs != nil:
		r.BaseMallocs, r.BaseAllocBytes = old.BaseMallocs, old.BaseAllocBytes
	case r.Mallocs != nil:
		counted := m.state.Totals.Bytes + m.state.Totals.Waste
		r.BaseMallocs = *r.Mallocs - min(*r.Hooked, *r.Mallocs)
		r.BaseAllocBytes = *r.AllocBytes - min(counted, *r.AllocBytes)
	}
}

// measureAgent measures the agent itself.
func (m *Monitor) measureAgent(now int64) {
	var u unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &u) == nil {
		m.state.Agent.CPUNS = u.Utime.Nano() + u.Stime.Nano()
	}
	if now-m.rssAt < int64(rssInterval) && m.state.Agent.RSS != 0 {
		return
	}
	m.rssAt = now
	b, err := os.ReadFile("/proc/self/statm") // size resident shared …, in pages (proc(5))
	fields := bytes.Fields(b)
	if err != nil || len(fields) < 2 {
		return
	}
	if pages, err := strconv.ParseUint(string(fields[1]), 10, 64); err == nil {
		m.state.Agent.RSS = pages * uint64(os.Getpagesize())
	}
}
