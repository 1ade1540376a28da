package hook

import (
	"errors"

	"gotop/hookagent/plan"
	"gotop/hookagent/table"
)

// SetAttribution sets whether heap allocations are counted by creator and labels as well, from now on, while the service runs.
func (h *Hooks) SetAttribution(on bool) error {
	if h.bodies[bodyAttribute] == 0 {
		return errors.New("the code in the service is of another version of gotop: allocations cannot be counted by labels and creators")
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if on {
		table.SetAllocBody(h.Mem, h.bodies[bodyAttribute])
	} else {
		table.SetAllocBody(h.Mem, table.ModeBody(h.Mem))
	}
	return nil
}

// attribution returns what the injected code needs to know to find out who allocates.
func attribution(p *plan.Plan, bias uint64) table.Attribution {
	a := table.Attribution{Gopc: p.Layout["g.gopc"], Labels: p.Layout["g.labels"]}
	if heap, ok := p.Vars["runtime.mheap_"]; ok && p.Layout["mheap.sweepgen"] != 0 {
		a.Sweepgen = heap + bias + p.Layout["mheap.sweepgen"]
	}
	switch p.Labels {
	case plan.LabelsList:
		a.Kind = table.LabelsList
	case plan.LabelsMap:
		a.Kind = table.LabelsMap
	}
	return a
}

// LabelsMissing returns why the labels of goroutines cannot be read; "" where they can.
func LabelsMissing(p *plan.Plan) string {
	switch _, heap := p.Vars["runtime.mheap_"]; {
	case p.Labels == "":
		return "it is not known how " + p.GoVersion + " keeps pprof labels: allocations are counted by creator only"
	case !heap || p.Layout["mheap.sweepgen"] == 0:
		return "runtime.mheap_ was not found in this binary: pprof labels cannot be read, allocations are counted by creator only"
	}
	return ""
}
