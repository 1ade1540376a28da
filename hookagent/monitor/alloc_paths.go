package monitor

import "gotop/hookagent/table"

// The paths of an allocation through the allocator (runtime/malloc.go mallocgc).
const (
	PathUnknown     = -1 // no heap allocation, or its type could not be read
	PathTiny        = 0  // shares a block of 16 bytes with others
	PathSmallNoScan = 1  // an object of a size class, without pointers
	PathSmallScan   = 2  // and with
	PathLarge       = 3  // whole pages
)

// path returns the way that a stack's allocations go, by the range of their sizes and whether the type has pointers.
//
// Up to Go 1.21 objects of 32761 to 32768 bytes are small (malloc headers came with 1.22); here they count as large.
func (m *Monitor) path(st table.Stack) int8 {
	switch {
	case !st.Kind.Heap():
		return PathUnknown
	case st.Range == table.RangeLarge:
		return PathLarge
	case st.Range == table.RangeUnknown:
		return PathUnknown
	}
	pointers, known := m.pointers(st.Type)
	switch {
	case !known:
		return PathUnknown
	case pointers:
		return PathSmallScan
	case st.Range == table.RangeTiny:
		return PathTiny
	}
	return PathSmallNoScan
}

// pathOf returns the path of a stack by its id. Ids are those of the tables, which may have more than the last scan has seen.
func (m *Monitor) pathOf(id int) int8 {
	if known := len(m.state.paths); known <= id {
		for _, st := range m.cfg.Tables.Stacks()[known : id+1] {
			m.state.paths = append(m.state.paths, m.path(st))
		}
	}
	return m.state.paths[id]
}

// pointers returns whether a type has pointers. Each type is read once, while the service's memory is there to be read. What has no type has
// no pointers.
func (m *Monitor) pointers(typ uint64) (pointers, known bool) {
	if typ == 0 {
		return false, true
	}
	if pointers, known = m.scanned[typ]; known || m.cfg.Types == nil {
		return pointers, known
	}
	if pointers, known = m.cfg.Types.Pointers(typ); known {
		m.scanned[typ] = pointers
	}
	return pointers, known
}
