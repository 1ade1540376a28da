package runtimestat

import (
	"gotop/hookagent/memory"
	"gotop/hookagent/plan"
)

// Types names types that are not in the binary: those that reflect made at run time. Their names are kept in a map of the
// service (runtime.reflectOffs), but such a type has no name of its own, so what it consists of says the same. Types that it
// consists of and that are in the binary are named by the binary's own data (internal/abi/type.go, the same since Go 1.19).
type Types struct {
	mem        memory.Reader
	md         uint64 // address of runtime.firstmoduledata; 0: nothing can be told
	offTypes   uint64
	offEtypes  uint64
	offNext    uint64 // 0: not known
	start, end uint64 // the binary's types
}

// NewTypes prepares naming; without the needed entries in the plan every type counts as the binary's.
func NewTypes(p *plan.Plan, bias uint64, mem memory.Reader) *Types {
	l := &lookup{plan: p, bias: bias, mem: mem}
	t := &Types{mem: mem, md: l.addr("runtime.firstmoduledata"), offTypes: l.off("moduledata.types"), offEtypes: l.off("moduledata.etypes")}
	if l.err() != nil {
		t.md = 0
	}
	t.offNext = p.Layout["moduledata.next"]
	return t
}

// Name returns the name of the type descriptor at addr, "" where it cannot be read, and whether it is one of the binary's own.
func (t *Types) Name(addr uint64) (name string, inBinary bool) {
	if t.md == 0 || !t.limits() || addr >= t.start && addr < t.end {
		return "", true
	}
	n := namer{Types: t, left: maxTypes}
	name, err := n.name(addr)
	if err != nil {
		return "", false
	}
	return name, false
}

// Pointers returns whether the type at a run-time address has pointers: internal/abi/type.go PtrBytes, the second word.
func (t *Types) Pointers(addr uint64) (pointers, known bool) {
	bytes, err := memory.Word(t.mem, addr+8)
	return bytes != 0, err == nil
}

// Hash returns the hash of the type at a run-time address (internal/abi/type.go Hash), 0 where it cannot be read.
func (t *Types) Hash(addr uint64) uint32 {
	hash, err := memory.Uint32(t.mem, addr+typeHash)
	if err != nil {
		return 0
	}
	return uint32(hash)
}

// limits reads where the binary's types are.
func (t *Types) limits() bool {
	if t.start != 0 {
		return true
	}
	start, err1 := memory.Word(t.mem, t.md+t.offTypes)
	end, err2 := memory.Word(t.mem, t.md+t.offEtypes)
	if err1 != nil || err2 != nil || start == 0 || start >= end || end-start > 1<<32 {
		return false
	}
	t.start, t.end = start, end
	return true
}

// startOf returns where the types begin of the module that a type descriptor lies in, the binary or code that was loaded later; 0: it was
// made at run time.
func (t *Types) startOf(addr uint64) uint64 {
	if addr >= t.start && addr < t.end {
		return t.start
	}
	if t.offNext == 0 {
		return 0
	}
	at, err := memory.Word(t.mem, t.md+t.offNext)
	for n := 0; err == nil && at != 0 && n < 1000; n++ {
		start, err1 := memory.Word(t.mem, at+t.offTypes)
		end, err2 := memory.Word(t.mem, at+t.offEtypes)
		if err1 == nil && err2 == nil && start <= addr && addr < end {
			return start
		}
		at, err = memory.Word(t.mem, at+t.offNext)
	}
	return 0
}
