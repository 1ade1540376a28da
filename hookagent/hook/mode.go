package hook

import (
	"errors"
	"fmt"

	"gotop/hookagent/table"
)

// Mode says what is recorded of a heap allocation.
type Mode string

const (
	Exact   Mode = "exact"   // type and full stack
	Sites   Mode = "sites"   // type and the innermost few frames
	Sampled Mode = "sampled" // number and bytes, and of a sample type and full stack
	Count   Mode = "count"   // number and bytes
	Off     Mode = "off"     // nothing: the service has its own code, see Suspend
)

// sitesDepth is how many frames mode Sites keeps: enough to get out of package runtime in nearly all cases.
const sitesDepth = 6

// SetMode switches what is recorded from now on, while the service runs.
func (h *Hooks) SetMode(m Mode, depth int) error {
	if h.bodies[bodyExact] == 0 {
		return errors.New("the code in the service is of another version of gotop: its mode cannot be changed")
	}
	switch m {
	case Exact:
		table.SetDepth(h.Mem, depth)
		h.setBody(bodyExact)
	case Sites:
		table.SetDepth(h.Mem, sitesDepth)
		h.setBody(bodyExact)
	case Sampled:
		table.SetDepth(h.Mem, depth)
		h.setBody(bodySampled)
	case Count:
		h.setBody(bodyCount)
	default:
		return fmt.Errorf("mode %q is not known; it is one of %s, %s, %s, %s", m, Exact, Sites, Sampled, Count)
	}
	return nil
}

// setBody switches what heap allocations run, after attribution where that is on.
func (h *Hooks) setBody(b body) {
	h.mu.Lock()
	defer h.mu.Unlock()
	on := table.AllocBody(h.Mem) == h.bodies[bodyAttribute]
	table.SetModeBody(h.Mem, h.bodies[b])
	if !on {
		table.SetAllocBody(h.Mem, h.bodies[b])
	}
}
