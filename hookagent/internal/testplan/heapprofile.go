package testplan

import "gotop/hookagent/plan"

// HeapProfile returns as much of a plan as it takes to read the heap profile of made-up memory.
func HeapProfile() *plan.Plan {
	return &plan.Plan{
		Vars: map[string]uint64{"runtime.mbuckets": 8, "runtime.MemProfileRate": 16, "runtime.mProfCycle": 24, "runtime.profMemActiveLock": 32},
		Layout: map[string]uint64{
			"bucket.allnext": 8, "bucket.typ": 16, "bucket.size": 32, "bucket.nstk": 40, "sizeof.bucket": 48, "sizeof.memRecord": 64,
			"memRecord.active": 0, "memRecord.future": 16, "memRecordCycle.allocs": 0, "memRecordCycle.frees": 8, "sizeof.memRecordCycle": 16,
		},
	}
}
