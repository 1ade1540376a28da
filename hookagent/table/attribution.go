package table

import (
	"crypto/rand"
	"encoding/binary"
	"slices"
	"strings"
	"unicode/utf8"
)

// Attribution counts heap allocations by who made them: the goroutine's creator (g.gopc) and its pprof labels (g.labels). It has
// tables of its own in each shard: identities, a direct-mapped cache {creator, address of the labels, generation, reference to the
// counters}; slots {key, reference to the record}, open addressing; and chunks of records, each of which begins with its counters.
//
// A label object's address says what it holds for as long as it cannot have been freed: until the next sweep, which raises
// mheap_.sweepgen (runtime/mgc.go gcSweep). So an identity holds for one generation; without one, labels are read, and equal ones
// of whatever object have one key and one record.
const (
	AtIdentityBits = 9
	AtIdentitySize = 32
	AtIdCreator    = 0x00
	AtIdLabels     = 0x08
	AtIdGeneration = 0x10 // sweepgen, which is even, with the lowest bit set: never that of an empty slot
	AtIdCounters   = 0x18

	AtSlotBits = 13
	AtSlotSize = 16 // {key, reference to the record}; the key is written last
	AtProbes   = 256
	AtSets     = 3 << AtSlotBits / 4 // sets of labels that are kept: creators alone, of which there are few, find a place when sets do not

	AtSlots      = AtIdentitySize << AtIdentityBits // behind the identities
	AtTablesSize = AtSlots + AtSlotSize<<AtSlotBits
	AtChunkSize  = 1 << 15
	AtChunkFull  = AtChunkSize - AtReserve
	AtReserve    = AtRecStrings + MaxLabels*2*(8+LabelBytes) // room a record may need while it is being made
)

// What is kept of labels; the rest is cut off, which is said.
const (
	MaxLabels  = 8
	LabelBytes = 64 // of a key or value
)

// Record of attribution. After the header come the labels, key and value in turn: {u32 bytes, u32 1: cut} and the bytes, filled up
// with zeros to a multiple of eight.
const (
	AtRecCount   = 0x00
	AtRecBytes   = 0x08
	AtRecCreator = 0x10 // see Attribute.Creator
	AtRecKept    = 0x18 // u8 labels that follow
	AtRecFlags   = 0x19 // u8 AtDropped, AtUnread
	AtRecLabels  = 0x1a // u16 labels that there are
	AtRecLength  = 0x1c // u32 bytes of the record
	AtRecStrings = 0x20

	AtDropped = 1 // stands for all sets of labels of this creator that found no place
	AtUnread  = 2 // there are labels, but in a form that is not known
)

// Creators that are no return address.
const (
	CreatorNone   = 0 // no goroutine: the runtime itself
	CreatorThread = 1 // a goroutine of a thread that C has made (g.gopc is 0, runtime/proc.go oneNewExtraM)
)

// Configuration of attribution, offsets from HdrAttribute.
const (
	AtGopc     = 0x00 // offset of g.gopc
	AtLabels   = 0x08 // offset of g.labels
	AtSweepgen = 0x10 // address of mheap_.sweepgen in the service
	AtKind     = 0x18 // how labels are stored, see LabelKind
	AtMix      = 0x20 // a random odd number: nobody can make labels whose keys are the same
	AtZero     = 0x28 // a word that is always 0
	AtStride   = 0x30 // from one label's key to the next one's, bytes
	AtValue    = 0x38 // from a label's key to its value
)

// LabelKind says how the object at g.labels holds its labels (runtime/pprof/label.go labelMap).
type LabelKind uint64

// Kinds of labels.
const (
	LabelsUnknown LabelKind = 0
	LabelsList    LabelKind = 1 // []struct{key, value string}, from Go 1.24 on
	LabelsMap     LabelKind = 2 // map[string]string, before; of up to eight labels it is one bucket (runtime/map.go hmap, bmap)
)

// Attribution is what the injected code needs to know for it.
type Attribution struct {
	Gopc, Labels uint64 // offsets in runtime.g
	Sweepgen     uint64 // the service's address of mheap_.sweepgen; 0: not known, and labels are not read
	Kind         LabelKind
}

func (a Attribution) put(mem []byte, base uint64) {
	put := func(off int, v uint64) { binary.LittleEndian.PutUint64(mem[HdrAttribute+off:], v) }
	if a.Sweepgen == 0 {
		a.Kind, a.Sweepgen = LabelsUnknown, base+HdrAttribute+AtZero
	}
	put(AtGopc, a.Gopc)
	put(AtLabels, a.Labels)
	put(AtSweepgen, a.Sweepgen)
	put(AtKind, uint64(a.Kind))
	var random [8]byte
	_, _ = rand.Read(random[:]) // never fails (crypto/rand)
	put(AtMix, binary.LittleEndian.Uint64(random[:])|1)
	switch a.Kind {
	case LabelsList:
		put(AtStride, 32)
		put(AtValue, 16)
	case LabelsMap:
		put(AtStride, 16)
		put(AtValue, 16*MaxLabels)
	}
}

// Label is a pprof label, as far as it is kept: what was cut off is an ellipsis.
type Label struct{ Key, Value string }

// Attribute is who allocates: a goroutine's creator and labels.
type Attribute struct {
	Creator uint64 // return address of the go statement, or one of the Creator constants
	Labels  []Label
	More    int  // labels that are not listed
	Dropped bool // stands for all sets of this creator that found no place
	Unread  bool // there are labels that cannot be read
}

// attributes are a shard's records: each one's offset in the memory and the id of what it is of.
type attributes struct {
	offsets []uint32
	ids     []int32
}

// Attribution, as the reader knows it.
type attribution struct {
	atIDs      map[string]int32
	attributes []Attribute
	atCounts   []Counters
	atLost     Counters
}

// ScanAttribution reads all that is counted by creator and labels. These counters have no waste.
func (r *Reader) ScanAttribution() {
	r.newShards()
	for i := range r.shards {
		s := &r.shards[i]
		r.unread(&s.atRecords, load(s.mem, ShAtChunk), func(at uint64, b []byte) uint64 { return r.takeAttributes(&s.attributes, at, b) })
	}
	clear(r.atCounts)
	r.atLost = Counters{}
	for i := range r.shards {
		s := &r.shards[i]
		for k, off := range s.offsets {
			r.atCounts[s.attributes.ids[k]].add(attributed(r.mem, int(off)))
		}
		r.atLost.add(attributed(s.mem, ShAtLost))
	}
}

func attributed(mem []byte, off int) Counters {
	return Counters{Count: load(mem, off), Bytes: load(mem, off+8)}
}

// takeAttributes takes in the records in b, which is at offset at, as takeRecords does.
func (r *Reader) takeAttributes(s *attributes, at uint64, b []byte) (read uint64) {
	for len(b) > 0 && uint64(len(s.ids)) < r.there()/AtRecStrings {
		if len(b) < AtRecStrings {
			return read
		}
		n := int(binary.LittleEndian.Uint32(b[AtRecLength:]))
		if n < AtRecStrings || n > len(b) || n%8 != 0 {
			return read
		}
		a, ok := parse(b[:n])
		if !ok {
			return read
		}
		s.offsets = append(s.offsets, uint32(at+read))
		s.ids = append(s.ids, r.internAttribute(a))
		read += uint64(n)
		b = b[n:]
	}
	return read
}

// parse reads a record; ok is false where it is none.
func parse(rec []byte) (a Attribute, ok bool) {
	flags := rec[AtRecFlags]
	a = Attribute{Creator: binary.LittleEndian.Uint64(rec[AtRecCreator:]), Dropped: flags&AtDropped != 0, Unread: flags&AtUnread != 0}
	kept := int(rec[AtRecKept])
	a.More = int(binary.LittleEndian.Uint16(rec[AtRecLabels:])) - kept
	texts := make([]string, 2*kept)
	rest := rec[AtRecStrings:]
	for i := range texts {
		if texts[i], rest, ok = text(rest); !ok {
			return a, false
		}
	}
	for i := 0; i < len(texts); i += 2 {
		a.Labels = append(a.Labels, Label{texts[i], texts[i+1]})
	}
	// A map has no order, and what is shown is to have one.
	slices.SortFunc(a.Labels, func(x, y Label) int { return strings.Compare(x.Key, y.Key) })
	return a, len(rest) == 0 && a.More >= 0
}

// text reads a string of a record.
func text(rec []byte) (s string, rest []byte, ok bool) {
	if len(rec) < 8 {
		return "", nil, false
	}
	n, cut := int(binary.LittleEndian.Uint32(rec)), rec[4] != 0
	padded := (n + 7) &^ 7
	if n > LabelBytes || len(rec) < 8+padded {
		return "", nil, false
	}
	s = string(rec[8 : 8+n])
	if cut {
		for i := 0; i < utf8.UTFMax && !utf8.ValidString(s) && len(s) > 0; i++ { // it may have been cut inside a character
			s = s[:len(s)-1]
		}
		s += "…"
	}
	return strings.ToValidUTF8(s, "\uFFFD"), rec[8+padded:], true
}

// internAttribute gives equal attributes of different shards one id.
func (r *Reader) internAttribute(a Attribute) int32 {
	key := binary.LittleEndian.AppendUint64(nil, a.Creator)
	key = binary.LittleEndian.AppendUint64(key, uint64(a.More))
	for _, flag := range []bool{a.Dropped, a.Unread} {
		key = append(key, 0)
		if flag {
			key[len(key)-1] = 1
		}
	}
	for _, l := range a.Labels {
		for _, s := range []string{l.Key, l.Value} {
			key = append(binary.LittleEndian.AppendUint32(key, uint32(len(s))), s...)
		}
	}
	if id, ok := r.attribution.atIDs[string(key)]; ok {
		return id
	}
	id := int32(len(r.attributes))
	r.attribution.atIDs[string(key)] = id
	r.attributes = append(r.attributes, a)
	r.atCounts = append(r.atCounts, Counters{})
	return id
}

// Attributes returns all attributes ever seen; one's index is its id. The slice is append-only.
func (r *Reader) Attributes() []Attribute { return r.attributes }

// Attributed returns the counters by attribute id, and of what found no place, as of the last ScanAttribution; valid until the next.
func (r *Reader) Attributed() (counts []Counters, lost Counters) { return r.atCounts, r.atLost }
