// Package gccycle turns stops of the world into garbage collection cycles.
//
// Every event of the injected code keeps a few words of the runtime's own (Addresses), read while the world stands still. So each
// cycle's figures are what they were at its own end, however many cycles there are between two scans of the agent.
//
// Where each word is final (runtime/mgc.go and mgcpacer.go, the same from Go 1.21 to 1.27): triggered is set by startCycle before
// gcStart starts the world, and reset by resetLive in gcMark, so it is taken at the end of sweep termination. All others are taken
// at the end of gcMarkTermination, which starts the world after it has set heap1, heap2, tEnd, pauseNS, lastHeapGoal (endCycle),
// pause_total_ns, gc_cpu_fraction and numgc. Assist and worker times do not change any more: a worker adds its own before it says
// that it is done (gcBgMarkWorker), an assist adds its own on the system stack, for whose end the stop waits (gcAssistAlloc), and
// gcBlackenEnabled is 0 from then on. They are what GODEBUG=gctrace=1 prints a moment later.
package gccycle

import (
	"gotop/hookagent/plan"
	"gotop/hookagent/table"
)

// The words of an event, in this order.
const (
	wordHeap0 = iota
	wordHeap1
	wordHeap2
	wordTriggered
	wordGoal
	wordSweepTerm
	wordMark
	wordMarkTerm
	wordEnd
	wordPause
	wordAssist
	wordDedicated
	wordFractional
	wordIdle
	wordStacks
	wordGlobals
	wordFraction
	wordNumGC
	wordForced
	wordStwprocs
	wordMaxprocs
	words
)

const _ = uint(table.EventWords - words) // they must fit

// sources says where they are: a variable and a field in it.
var sources = [words]struct{ variable, field string }{
	wordHeap0:      {"runtime.work", "workType.heap0"},
	wordHeap1:      {"runtime.work", "workType.heap1"},
	wordHeap2:      {"runtime.work", "workType.heap2"},
	wordTriggered:  {"runtime.gcController", "gcControllerState.triggered"},
	wordGoal:       {"runtime.gcController", "gcControllerState.lastHeapGoal"},
	wordSweepTerm:  {"runtime.work", "workType.tSweepTerm"},
	wordMark:       {"runtime.work", "workType.tMark"},
	wordMarkTerm:   {"runtime.work", "workType.tMarkTerm"},
	wordEnd:        {"runtime.work", "workType.tEnd"},
	wordPause:      {"runtime.work", "workType.pauseNS"},
	wordAssist:     {"runtime.gcController", "gcControllerState.assistTime"},
	wordDedicated:  {"runtime.gcController", "gcControllerState.dedicatedMarkTime"},
	wordFractional: {"runtime.gcController", "gcControllerState.fractionalMarkTime"},
	wordIdle:       {"runtime.gcController", "gcControllerState.idleMarkTime"},
	wordStacks:     {"runtime.gcController", "gcControllerState.lastStackScan"},
	wordGlobals:    {"runtime.gcController", "gcControllerState.globalsScan"},
	wordFraction:   {"runtime.memstats", "mstats.gc_cpu_fraction"},
	wordNumGC:      {"runtime.memstats", "mstats.numgc"},
	wordForced:     {"runtime.work", "workType.userForced"},
	wordStwprocs:   {"runtime.work", "workType.stwprocs"},
	wordMaxprocs:   {"runtime.work", "workType.maxprocs"},
}

// Addresses returns where the words are in the service; nil if the plan does not say where all of them are: then there are no cycles.
func Addresses(p *plan.Plan, bias uint64) []uint64 {
	addrs := make([]uint64, words)
	for i, s := range sources {
		variable, known := p.Vars[s.variable]
		field, laidOut := p.Layout[s.field]
		if !known || !laidOut {
			return nil
		}
		addrs[i] = variable + bias + field
	}
	return addrs
}
