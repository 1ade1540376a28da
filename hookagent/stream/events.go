package stream

import (
	"iter"

	"gotop/hookagent/gccycle"
	"gotop/hookagent/monitor"
)

// maxEvents is how many stops, and how many cycles, one message lists. A viewer that joins late gets thousands: made and encoded all at
// once they were most of the agent's memory.
const maxEvents = 1024

// eventMessages yields messages of these events, each of a bounded number; each is made when it is to be sent.
func eventMessages(news monitor.Events) iter.Seq[any] {
	return func(yield func(any) bool) {
		stops, cycles := news.Stops, news.Cycles
		for lost := news.Lost; len(stops) > 0 || len(cycles) > 0 || lost > 0; lost = 0 {
			n, k := min(len(stops), maxEvents), min(len(cycles), maxEvents)
			if !yield(events(stops[:n], cycles[:k], lost)) {
				return
			}
			stops, cycles = stops[n:], cycles[k:]
		}
	}
}

func events(stops []monitor.STW, cycles []gccycle.Cycle, lost uint64) Events {
	e := Events{T: "events", STW: make([]STW, len(stops)), GC: make([]GC, len(cycles)), Lost: lost}
	for i, x := range stops {
		e.STW[i] = STW{At: x.At, Reason: x.Reason, StoppingNS: x.StoppingNS, StoppedNS: x.StoppedNS}
	}
	for i, x := range cycles {
		e.GC[i] = GC{
			Number: x.Number, SweepTerm: x.SweepTerm, Mark: x.Mark, MarkTerm: x.MarkTerm, End: x.End, Trigger: x.Trigger,
			Before: x.Before, After: x.After, Marked: x.Marked, Goal: x.Goal, Stacks: x.Stacks, Globals: x.Globals,
			AssistNS: x.Assist, DedicatedNS: x.Dedicated, FractionalNS: x.Frac, IdleNS: x.Idle, PauseNS: x.Pause,
			StwProcs: x.StwProcs, Procs: x.Procs, CPUFraction: x.CPUFraction, Forced: x.Forced,
		}
	}
	return e
}
