package monitor

import (
	"gotop/hookagent/runtimestat"
	"gotop/hookagent/table"
)

// State is what is known after a scan. It may be used only inside the function given to Read.
type State struct {
	At         int64            // instant of the scan
	Counts     []table.Counters // by stack id, cumulative
	Totals     Totals
	Stackless  string   // why there are things whose stack found no place; "" where there are none
	Runtime    *Reading // nil before the first reading; not changed once it is here
	Types      []TypeName
	Functions  []FunctionName
	Goroutines *GoroutineReading // nil before the first; not changed once it is here
	Agent      Agent
	End        *End // nil while the service lives

	Attribution *AttributionReading // nil while nobody wants to see it

	m      *Monitor
	stacks []table.Stack
	paths  []int8 // by stack

	attributes []table.Attribute
	events     eventLog
}

// Totals are cumulative; allocations without a stack of their own are in Allocs, Bytes and Waste, too.
type Totals struct {
	Allocs, Bytes, Waste            uint64
	Unattributed, UnattributedBytes uint64
	Gos, Malgs, MalgBytes, Copies   uint64
	Counted                         uint64 // of Unattributed: those whose stacks the mode does not keep
}

// Reading is one reading of the runtime's figures, with the hook's own count of the same moment.
type Reading struct {
	*runtimestat.Figures
	At                          int64
	Hooked                      *uint64 // nil: nothing is hooked
	HookedBytes                 *uint64 // what compares with AllocBytes; nil: not known
	Slack, SlackBytes           uint64  // Hooked and HookedBytes may be off by this
	BaseMallocs, BaseAllocBytes uint64  // what the runtime counted before the hooks were placed
}

// TypeName is the name of a type that is not in the binary; Addr is as in Stack.
type TypeName struct {
	Addr uint64
	Name string
	Hash uint32 // of the descriptor; 0: could not be read
}

// FunctionName is where an address is whose code is not in the binary; Addr is as in Stack.
type FunctionName struct {
	Addr uint64
	runtimestat.Function
}

// Agent is what the agent itself costs.
type Agent struct {
	CPUNS      int64
	RSS        uint64
	LagNS      int64 // how late the scan was
	TableBytes uint64
}

// Read calls f with the state; it does not change while f runs, so f must neither block nor keep it.
func (m *Monitor) Read(f func(*State)) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	f(&m.state)
}

// Stacks returns the number of stacks: ids are 0 to Stacks−1.
func (s *State) Stacks() int { return len(s.stacks) }

// Stack returns a stack by its id, with link-time addresses: the bias is subtracted modulo 2^64. The PCs are a copy.
func (s *State) Stack(id int) table.Stack {
	st := s.stacks[id]
	pcs := make([]uint64, len(st.PCs))
	for i, pc := range st.PCs {
		pcs[i] = pc - s.m.cfg.Bias
	}
	st.PCs = pcs
	st.Type = s.m.link(st.Type)
	return st
}

// StackedAllocs returns how many heap allocations were counted with their stack, and the frames of these stacks, summed over the
// allocations.
func (s *State) StackedAllocs() (allocs, frames uint64) {
	for id, c := range s.Counts {
		if st := &s.stacks[id]; st.Kind == table.KindAlloc {
			allocs += c.Count
			frames += c.Count * uint64(len(st.PCs))
		}
	}
	return allocs, frames
}

// Path returns the path of a stack's allocations, one of the Path constants.
func (s *State) Path(id int) int8 { return s.paths[id] }

// link makes a run-time address of the service a link-time one; nil stays nil.
func (m *Monitor) link(addr uint64) uint64 {
	if addr == 0 {
		return 0
	}
	return addr - m.cfg.Bias
}

// Link makes a run-time address of the service a link-time one; nil stays nil.
func (s *State) Link(addr uint64) uint64 { return s.m.link(addr) }

// Events returns the events after the cursor and moves it.
func (s *State) Events(c *Cursor) Events { return s.events.since(c) }
