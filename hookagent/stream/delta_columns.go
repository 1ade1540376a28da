package stream

import (
	"encoding/binary"
	"math/bits"
)

// minColumns is how many stacks make columns, and maxSpread how many ids there may be to one that changed: where fewer did, a list
// is shorter and as fast to read.
const (
	minColumns = 64
	maxSpread  = 3
)

// DeltaColumns is what changed of consecutive stacks, for viewers that want it: of thousands of stacks that all count, a list of as many
// integers is what costs a viewer most. Each column has Length values, little-endian, of as many bytes each as the largest of them
// needs: 0 where all are 0.
type DeltaColumns struct {
	//lint:ignore U1000 it tells msgpack to write a list
	_msgpack struct{} `msgpack:",as_array"`

	First, Length        uint64
	Counts, Bytes, Waste []byte
}

// packDeltas makes columns of the tick's deltas where they are close together.
func (t *Tick) packDeltas() {
	n := uint64(len(t.Deltas) / 4)
	if n < minColumns {
		return
	}
	first, last := t.Deltas[0], t.Deltas[0]
	var largest [3]uint64 // or'ed: it has as many bytes as the largest
	for d := t.Deltas; len(d) > 0; d = d[4:] {
		first, last = min(first, d[0]), max(last, d[0])
		for i := range largest {
			largest[i] |= d[1+i]
		}
	}
	length := last - first + 1
	if length > maxSpread*n {
		return
	}
	columns := [3][]byte{}
	for i, l := range largest {
		columns[i] = column(t.Deltas, 1+i, first, length, width(l))
	}
	t.Columns = &DeltaColumns{First: first, Length: length, Counts: columns[0], Bytes: columns[1], Waste: columns[2]}
	t.Deltas = Ints{}
}

// column makes the column of one value: by id, 0 for those that are not listed.
func column(deltas Ints, value int, first, length uint64, width int) []byte {
	c := make([]byte, length*uint64(width))
	var whole [8]byte
	for d := deltas; len(d) > 0; d = d[4:] {
		binary.LittleEndian.PutUint64(whole[:], d[value])
		copy(c[(d[0]-first)*uint64(width):], whole[:width])
	}
	return c
}

// width returns how many bytes a value needs.
func width(v uint64) int { return (bits.Len64(v) + 7) / 8 }
