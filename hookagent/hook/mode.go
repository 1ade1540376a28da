package hook

import (
	"errors"
	"fmt"

	"gotop/hookagent/table"
)

// Mode says what is recorded of a heap allocation.
type Mode string

const (
	Exact        Mode = "exact"         // type and full stack
	Sites        Mode = "sites"         // type and site: the first code outside the runtime
	SitesSampled Mode = "sites+sampled" // type and site, and of a sample the full stack as well
	Sampled      Mode = "sampled"       // number and bytes, and of a sample type and full stack
	Count        Mode = "count"         // number and bytes
	Off          Mode = "off"           // nothing: the service has its own code, see Suspend
)

// sitesDepth is how many frames of a stack mode Sites looks at for the first one outside the runtime, and keeps of what is no allocation.
const sitesDepth = 32

// leastKept is how many frames are kept of a stack where there is little room, at least; more where its site is farther out.
const leastKept = 8

// SetMode switches what is recorded from now on, while the service runs.
func (h *Hooks) SetMode(m Mode, depth int) error {
	if h.bodies[bodyExact] == 0 {
		return errors.New("the code in the service is of another version of gotop: its mode cannot be changed")
	}
	switch m {
	case Exact:
		table.SetSites(h.Mem, false)
		table.SetDepth(h.Mem, depth)
		h.setBody(bodyExact)
	case Sites:
		table.SetSites(h.Mem, true)
		if table.Wholes(h.Mem) == 0 {
			depth = sitesDepth
		}
		table.SetDepth(h.Mem, depth)
		h.setBody(bodySites)
	case SitesSampled:
		table.SetSites(h.Mem, true)
		table.SetDepth(h.Mem, depth)
		h.setBody(bodySitesSampled)
	case Sampled:
		table.SetSites(h.Mem, false)
		table.SetDepth(h.Mem, depth)
		h.setBody(bodySampled)
	case Count:
		h.setBody(bodyCount)
	default:
		return fmt.Errorf("mode %q is not known; it is one of %s, %s, %s, %s, %s", m, Exact, SitesSampled, Sites, Sampled, Count)
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
