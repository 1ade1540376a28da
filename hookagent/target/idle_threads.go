package target

import "gotop/hookagent/memory"

// idleThreads are the threads that run no goroutine and belong to none, by the number as the service knows them: sysmon, and those that
// the runtime wakes whenever a goroutine can run and nobody runs it (m.curg and m.lockedg are nil; runtime/proc.go stopm, startm). One that
// has not run for long may be the next, and a P that is given to it while it is held stands still.
func (t *Process) idleThreads() map[uint64]bool {
	idle := make(map[uint64]bool)
	curg, lockedg := t.plan.Layout["m.curg"], t.plan.Layout["m.lockedg"]
	if curg == 0 || lockedg == 0 {
		return idle
	}
	_ = t.eachM(func(id uint64, m []byte) error {
		if id != 0 && le.Uint64(m[curg:]) == 0 && le.Uint64(m[lockedg:]) == 0 {
			idle[id] = true
		}
		return nil
	}, curg, lockedg) // of a service that runs: where it cannot be read to its end, the others are taken for what they have done lately
	return idle
}

// eachM calls f for each of the runtime's Ms (runtime.allm) with the thread's number as the service knows it (m.procid, set by
// runtime.minit) and the M itself, with at least the fields at the offsets given. There are none before the runtime has set itself up.
func (t *Process) eachM(f func(id uint64, m []byte) error, fields ...uint64) error {
	allm, ok := t.plan.Vars["runtime.allm"]
	procid, link := t.plan.Layout["m.procid"], t.plan.Layout["m.alllink"]
	if !ok || procid == 0 || link == 0 {
		return nil
	}
	size := max(procid, link)
	for _, offset := range fields {
		size = max(size, offset)
	}
	b := make([]byte, size+8)
	m, err := memory.Word(t, allm+t.bias)
	for n := 0; err == nil && m != 0 && n < maxThreads; n++ {
		if err = t.ReadAt(b, m); err == nil {
			err = f(le.Uint64(b[procid:]), b)
			m = le.Uint64(b[link:])
		}
	}
	return err
}
