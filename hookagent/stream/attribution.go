package stream

import (
	"gotop/hookagent/monitor"
	"gotop/hookagent/table"
)

// Attributes define who allocates, once a viewer and before their first use.
type Attributes struct {
	T    string         `msgpack:"t"`
	Defs []AttributeDef `msgpack:"defs"`
}

// AttributeDef is a goroutine's creator, a link-time address, and its labels.
type AttributeDef struct {
	//lint:ignore U1000 it tells msgpack to write a list
	_msgpack struct{} `msgpack:",as_array"`

	ID      int
	Creator uint64
	Labels  []Label
	More    int // labels that are not listed
	Kept    int8
}

// Values of AttributeDef.Kept.
const (
	LabelsKept    = 0
	LabelsDropped = 1 // stands for all sets of labels of this creator that found no place
	LabelsUnread  = 2 // there are labels that cannot be read
)

// Label is a pprof label.
type Label struct {
	//lint:ignore U1000 it tells msgpack to write a list
	_msgpack struct{} `msgpack:",as_array"`

	Key, Value string
}

// Attribution is what changed by creator and labels since this viewer's last one of the same Since; of another one, all.
type Attribution struct {
	T       string `msgpack:"t"`
	At      int64  `msgpack:"at"`
	Since   int64  `msgpack:"since"`  // it was switched on
	Deltas  Ints   `msgpack:"deltas"` // id, count, bytes, …
	Lost    Ints   `msgpack:"lost"`   // count and bytes, since then, of what found no place
	Missing string `msgpack:"missing"`
}

// maxAttributeDefs is how many attributes one message defines: 16 MiB hold more even if all labels are as long as they may be.
const maxAttributeDefs = 8192

// attributed is what a viewer was last sent of what is counted by creator and labels.
type attributed struct {
	since  int64
	counts []table.Counters // by attribute id; its length is the number of attributes defined
}

// advance makes the increment to a reading, and the reading the baseline. Counters only grow as long as they count from one instant.
func (b *attributed) advance(s *monitor.State, r *monitor.AttributionReading) (defs []AttributeDef, a *Attribution) {
	a = &Attribution{T: "attribution", At: s.At, Since: r.Since, Deltas: Ints{}, Lost: Ints{r.Lost.Count, r.Lost.Bytes}, Missing: r.Missing}
	if b.since != r.Since {
		b.since = r.Since
		clear(b.counts)
	}
	for id, c := range r.Counts {
		if id == len(b.counts) {
			defs = append(defs, attributeDef(id, s.Attribute(id)))
			b.counts = append(b.counts, table.Counters{})
		}
		if old := &b.counts[id]; c.Count > old.Count {
			a.Deltas = append(a.Deltas, uint64(id), c.Count-old.Count, c.Bytes-old.Bytes)
			*old = c
		}
	}
	return defs, a
}

func attributeDef(id int, a table.Attribute) AttributeDef {
	def := AttributeDef{ID: id, Creator: a.Creator, Labels: make([]Label, len(a.Labels)), More: a.More}
	for i, l := range a.Labels {
		def.Labels[i] = Label{Key: l.Key, Value: l.Value}
	}
	switch {
	case a.Dropped:
		def.Kept = LabelsDropped
	case a.Unread:
		def.Kept = LabelsUnread
	}
	return def
}

func attributionMessages(defs []AttributeDef, a *Attribution) (list []any) {
	for len(defs) > 0 {
		n := min(len(defs), maxAttributeDefs)
		list = append(list, Attributes{T: "attributes", Defs: defs[:n]})
		defs = defs[n:]
	}
	if a != nil {
		list = append(list, *a)
	}
	return list
}
