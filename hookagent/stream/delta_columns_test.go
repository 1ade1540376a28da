package stream

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"gotop/hookagent/monitor"
	"gotop/hookagent/table"
)

// deltas are the same in a list, without what did not change.
func (r *DeltaColumns) deltas() (d Ints) {
	value := func(column []byte, i uint64) uint64 {
		var whole [8]byte
		w := uint64(len(column)) / r.Length
		copy(whole[:], column[i*w:(i+1)*w])
		return binary.LittleEndian.Uint64(whole[:])
	}
	for i := range r.Length {
		c, b, w := value(r.Counts, i), value(r.Bytes, i), value(r.Waste, i)
		if c|b|w != 0 {
			d = append(d, r.First+i, c, b, w)
		}
	}
	return d
}

// TestColumnsHoldWhatTheListHeld, of any density and with values of any size.
func TestColumnsHoldWhatTheListHeld(t *testing.T) {
	chance := rand.New(rand.NewPCG(1, 2))
	packed := 0
	for range 2000 {
		first, length := chance.Uint64N(1000), 1+chance.Uint64N(500)
		density, bits := chance.Float64(), 1+chance.IntN(64)
		var list Ints
		for id := first; id < first+length; id++ {
			if chance.Float64() < density {
				value := func() uint64 { return chance.Uint64() >> (64 - bits) * chance.Uint64N(2) }
				list = append(list, id, 1+value()/2, value(), value())
			}
		}
		tick := Tick{Deltas: slices.Clone(list)}
		tick.packDeltas()
		if tick.Columns == nil {
			if n := uint64(len(list) / 4); n >= minColumns && list[len(list)-4]-list[0] < maxSpread*n {
				t.Fatalf("%d of %d ids are not packed", n, length)
			}
			continue
		}
		packed++
		if got := tick.Columns.deltas(); !slices.Equal(got, list) || len(tick.Deltas) != 0 {
			t.Fatalf("%v became %v", list, got)
		}
	}
	if packed < 1000 {
		t.Errorf("only %d were packed", packed)
	}
}

// TestColumnsOfAnyOrder: a tick may begin in the midst of the ids.
func TestColumnsOfAnyOrder(t *testing.T) {
	tick := Tick{}
	for id := range uint64(100) {
		tick.Deltas = append(tick.Deltas, (id+70)%100, 1, math.MaxUint64, 0)
	}
	tick.packDeltas()
	if r := tick.Columns; r == nil || r.First != 0 || r.Length != 100 || len(r.Counts) != 100 || len(r.Bytes) != 800 || len(r.Waste) != 0 {
		t.Errorf("the run is %+v", r)
	}
}

// TestColumnsForWhoWantsThem: who says so gets them, who does not never does, and both add up to the same.
func TestColumnsForWhoWantsThem(t *testing.T) {
	a := newAgent(t, nil)
	for range 300 {
		a.define(1)
	}
	runs := a.greet(map[string]any{"interval_ms": 20, "runs": true})
	list := a.join(20*time.Millisecond, false)
	for round := range 5 {
		for id := range 300 {
			a.tables.Count(id, table.Counters{Count: uint64(round + id), Bytes: uint64(id) << 20})
		}
		runs.until("all of them", func() bool { return runs.same(a) })
		a.tables.Count(150, table.Counters{Count: 1}) // a single one
		runs.until("the one", func() bool { return runs.same(a) })
	}
	list.until("all of it", func() bool { return list.same(a) })
	if runs.runs == 0 || runs.runs == len(runs.ticks) || list.runs != 0 {
		t.Errorf("%d of %d ticks had runs, and %d of the other viewer's", runs.runs, len(runs.ticks), list.runs)
	}
	a.m.ReportEnd(monitor.End{})
	runs.mustEnd(a)
	list.mustEnd(a)
}
