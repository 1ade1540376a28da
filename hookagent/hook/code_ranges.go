package hook

import (
	"encoding/binary"
	"fmt"
	"slices"

	"gotop/hookagent/plan"
	"gotop/hookagent/runtimestat"
	"gotop/hookagent/table"
)

// Whereabouts tells whether somebody stands in certain code, or has called from it what he stands in.
type Whereabouts struct {
	mem   runtimestat.Memory
	spans [][2]uint64 // code addresses
}

// Allocating is the code of those who are in the midst of an allocation: behind a hook point, so that the hook will not count it,
// while the runtime may not have counted it yet. It is asked for before the hooks are placed. What an earlier agent left in the
// service, if found, is such code, too.
func Allocating(t Tracee, p *plan.Plan, found *Found) *Whereabouts {
	w := &Whereabouts{mem: t}
	for _, h := range p.Hooks {
		switch h.Kind {
		case plan.Alloc, plan.AllocSpecial:
			w.spans = append(w.spans, [2]uint64{h.At + t.Bias() + 1, h.Entry + h.Size + t.Bias()})
		}
	}
	if found != nil {
		w.spans = append(w.spans, injectedAt(found.Kept.Code))
	}
	return w
}

// Injected is the injected code. When the hooks have been taken out and nobody stands there any more, nobody will.
func (h *Hooks) Injected(t Tracee) *Whereabouts {
	return &Whereabouts{mem: t, spans: [][2]uint64{injectedAt(table.Code(h.Mem))}}
}

func injectedAt(code uint64) [2]uint64 { return [2]uint64{code, code + codeSize} }

// maxFrames bounds the walk. What the allocator calls is some ten frames deep, with an assist or a sweep some twenty.
const maxFrames = 64

// At says whether somebody does who stands at pc with these registers. A false yes is possible, for what lies on top of a stack
// may be old.
func (w *Whereabouts) At(pc, sp, bp uint64) bool {
	if w.in(pc) {
		return true
	}
	// A function without a frame, or before it has made its own, has its return address on top or below the caller's BP.
	if ret, next := w.pair(sp); w.in(ret) || w.in(next) {
		return true
	}
	for range maxFrames {
		next, ret := w.pair(bp)
		if w.in(ret) {
			return true
		}
		if next == 0 {
			return false
		}
		bp = next
	}
	return false
}

// pair is two words of memory, zero where there is none.
func (w *Whereabouts) pair(addr uint64) (first, second uint64) {
	var b [16]byte
	if addr == 0 || w.mem.ReadAt(b[:], addr) != nil {
		return 0, 0
	}
	return binary.LittleEndian.Uint64(b[:]), binary.LittleEndian.Uint64(b[8:])
}

func (w *Whereabouts) in(pc uint64) bool {
	for _, s := range w.spans {
		if s[0] <= pc && pc < s[1] {
			return true
		}
	}
	return false
}

// Among is how many goroutines do, of those that no thread runs. All are followed frame by frame at once, with a system call for each.
func (w *Whereabouts) Among(goroutines []runtimestat.Standing) (n int, err error) {
	type walk struct {
		at     uint64 // of two words, the second a return address
		lo, hi uint64
	}
	var walks []walk
	for _, g := range goroutines {
		switch {
		case w.in(g.PC):
			n++
		case g.Lo <= g.SP && g.SP+16 <= g.Hi: // the return address on top: it may have been preempted before it has a frame
			if ret, below := w.pair(g.SP); w.in(ret) || w.in(below) {
				n++
				continue
			}
			walks = append(walks, walk{g.BP, g.Lo, g.Hi})
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
		if err := w.mem.ReadVec(b, addrs, 16); err != nil {
			return n, fmt.Errorf("following the goroutines' stacks: %w", err)
		}
		for i := range walks {
			next, ret := binary.LittleEndian.Uint64(b[16*i:]), binary.LittleEndian.Uint64(b[16*i+8:])
			if w.in(ret) {
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
