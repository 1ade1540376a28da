package hook

import (
	"encoding/binary"
	"fmt"
	"slices"

	"gotop/hookagent/memory"
	"gotop/hookagent/plan"
	"gotop/hookagent/runtimestat"
	"gotop/hookagent/table"
)

// CodeRanges are ranges of the service's code. They find out whether a thread or goroutine stands there, or has called from there.
type CodeRanges struct {
	mem    memory.Reader
	ranges [][2]uint64 // code addresses: the first, and the one behind the last
}

// AllocatorRanges returns the code of those who are in the midst of an allocation: behind a hook point, so that the hook will not count it,
// while the runtime may not have counted it yet. It is asked for before the hooks are placed. What an earlier agent left in the
// service, if found, is such code, too.
func AllocatorRanges(t Tracee, p *plan.Plan, found *Recovered) *CodeRanges {
	r := &CodeRanges{mem: t}
	for _, h := range p.Hooks {
		switch h.Kind {
		case plan.Alloc, plan.AllocSpecial:
			r.ranges = append(r.ranges, [2]uint64{h.At + t.Bias() + 1, h.Entry + h.Size + t.Bias()})
		}
	}
	if found != nil {
		r.ranges = append(r.ranges, injectedRange(found.Header.Code))
	}
	return r
}

// InjectedRanges returns the range of the injected code. When the hooks have been taken out and nobody stands there any more, nobody will.
func (h *Hooks) InjectedRanges(t Tracee) *CodeRanges {
	return &CodeRanges{mem: t, ranges: [][2]uint64{injectedRange(table.Code(h.Mem))}}
}

// injectedRange returns the range of the injected code at an address.
func injectedRange(code uint64) [2]uint64 { return [2]uint64{code, code + codeSize} }

// maxFrames bounds the walk. What the allocator calls is some ten frames deep, with an assist or a sweep some twenty.
const maxFrames = 64

// OnStack says whether somebody who stands at pc, with this stack and frame pointer, stands there or has called from there. A false yes
// is possible, for what lies on top of a stack may be old.
func (r *CodeRanges) OnStack(pc, sp, fp uint64) bool {
	if r.contains(pc) || r.calledFrameless(sp) {
		return true
	}
	for range maxFrames {
		next, ret := r.pair(fp)
		if r.contains(ret) {
			return true
		}
		if next == 0 {
			return false
		}
		fp = next
	}
	return false
}

// pair reads two words of memory, zero where there is none.
func (r *CodeRanges) pair(addr uint64) (first, second uint64) {
	var b [16]byte
	if addr == 0 || r.mem.ReadAt(b[:], addr) != nil {
		return 0, 0
	}
	return binary.LittleEndian.Uint64(b[:]), binary.LittleEndian.Uint64(b[8:])
}

// contains returns whether pc is in one of the ranges.
func (r *CodeRanges) contains(pc uint64) bool {
	for _, c := range r.ranges {
		if c[0] <= pc && pc < c[1] {
			return true
		}
	}
	return false
}

// CountGoroutines returns how many goroutines do, of those that no thread runs. All are followed frame by frame at once, with a system call for each.
func (r *CodeRanges) CountGoroutines(goroutines []runtimestat.GoroutineContext) (n int, err error) {
	type walk struct {
		at     uint64 // of two words, the second a return address
		lo, hi uint64
	}
	var walks []walk
	for _, g := range goroutines {
		switch {
		case r.contains(g.PC):
			n++
		case g.Lo <= g.SP && g.SP+16 <= g.Hi: // the return address on top: it may have been preempted before it has a frame
			if r.calledFrameless(g.SP) {
				n++
				continue
			}
			walks = append(walks, walk{g.FP, g.Lo, g.Hi})
		}
	}
	for range maxFrames {
		walks = slices.DeleteFunc(walks, func(k walk) bool { return k.at < k.lo || k.at+16 > k.hi })
		if len(walks) == 0 {
			return n, nil
		}
		addrs := make([]uint64, len(walks))
		for i, k := range walks {
			addrs[i] = k.at
		}
		b := make([]byte, 16*len(walks))
		if err := r.mem.ReadVec(b, addrs, 16); err != nil {
			return n, fmt.Errorf("following the goroutines' stacks: %w", err)
		}
		for i := range walks {
			next, ret := binary.LittleEndian.Uint64(b[16*i:]), binary.LittleEndian.Uint64(b[16*i+8:])
			if r.contains(ret) {
				n++
				next = 0
			}
			if next <= walks[i].at {
				next = 0 // the end, or no frame
			}
			walks[i].at = next
		}
	}
	return n, nil
}
