package gccycle

import (
	"math"

	"gotop/hookagent/table"
)

// Reasons of a stop of the world that belong to a cycle (runtime/proc.go stwReason, the same from Go 1.21 to 1.27).
const (
	reasonMarkTerm  = 1
	reasonSweepTerm = 2
)

// Cycle is one garbage collection. Instants are the runtime's own nanotime, CLOCK_MONOTONIC; bytes and times are those that
// GODEBUG=gctrace=1 prints.
type Cycle struct {
	Number                         uint64 // MemStats.NumGC after it
	SweepTerm, Mark, MarkTerm, End int64  // begin of the cycle, of marking, of mark termination, and the end
	Trigger                        uint64 // heap at which marking began; 0: not seen, the cycle was under way when it was hooked
	Before, After, Marked, Goal    uint64 // heap when it began, when marking was done, live after it, and the goal it worked for
	Stacks, Globals                uint64 // bytes scanned
	Assist, Dedicated, Frac, Idle  int64  // CPU time of marking, ns
	Pause                          int64  // its share in MemStats.PauseTotalNs
	StwProcs, Procs                int64  // Ps that stop and mark termination are reckoned with, GOMAXPROCS
	CPUFraction                    float64
	Forced                         bool // by runtime.GC
}

// Assembler makes cycles of events, which must come in order. Its zero value is ready.
type Assembler struct {
	last    uint64 // number of the last cycle
	trigger uint64
	began   uint64 // tSweepTerm of the cycle that trigger is of
}

// AddStop takes a stop of the world that is over, and returns the cycle that it has ended; ok is false where it has ended none.
//
// A cycle's mark termination may be stopped and resumed several times (gcMarkDone, go.dev/issue/27993); the last time is told by
// numgc, which has then grown.
func (a *Assembler) AddStop(reason uint64, w *[table.EventWords]uint64) (c Cycle, ok bool) {
	number := w[wordNumGC] & math.MaxUint32
	switch {
	case reason == reasonSweepTerm:
		a.trigger, a.began, a.last = w[wordTriggered], w[wordSweepTerm], number
		return c, false
	case reason != reasonMarkTerm || number == 0 || w[wordEnd] < w[wordMarkTerm] || number == a.last:
		return c, false
	}
	a.last = number
	c = cycle(number, w)
	if a.began == w[wordSweepTerm] {
		c.Trigger = a.trigger
	}
	return c, true
}

// cycle reads the words at the end of a cycle.
func cycle(number uint64, w *[table.EventWords]uint64) Cycle {
	fraction := math.Float64frombits(w[wordFraction])
	if !(fraction >= 0 && fraction <= 1) {
		fraction = 0
	}
	return Cycle{
		Number: number, SweepTerm: int64(w[wordSweepTerm]), Mark: int64(w[wordMark]), MarkTerm: int64(w[wordMarkTerm]), End: int64(w[wordEnd]),
		Before: w[wordHeap0], After: w[wordHeap1], Marked: w[wordHeap2], Goal: w[wordGoal], Stacks: w[wordStacks], Globals: w[wordGlobals],
		Assist: int64(w[wordAssist]), Dedicated: int64(w[wordDedicated]), Frac: int64(w[wordFractional]), Idle: int64(w[wordIdle]),
		Pause: int64(w[wordPause]), StwProcs: int64(int32(w[wordStwprocs])), Procs: int64(int32(w[wordMaxprocs])),
		CPUFraction: fraction, Forced: w[wordForced]&0xff != 0,
	}
}
