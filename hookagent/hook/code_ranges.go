package hook

import (
	"encoding/binary"
	"slices"

	"gotop/hookagent/memory"
	"gotop/hookagent/plan"
	"gotop/hookagent/runtimestat"
	"gotop/hookagent/stackwalk"
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

// InInjected returns whether a code address is in the injected code, in a body or a stub. The answer holds when the tables are gone, too.
func (h *Hooks) InInjected() func(pc uint64) bool {
	r := injectedRange(table.Code(h.Mem))
	return func(pc uint64) bool { return r[0] <= pc && pc < r[1] }
}

// injectedRange returns the range of the injected code at an address.
func injectedRange(code uint64) [2]uint64 { return [2]uint64{code, code + codeSize} }

// OnStack says whether one of these code addresses, which were found on a stack (package stackwalk), is in that code.
func (r *CodeRanges) OnStack(code []uint64) bool { return slices.ContainsFunc(code, r.contains) }

// How far above the stack pointer of a signal handler the kernel's frame is looked for, which has where the thread was interrupted. Go's
// signal stacks have 32 KB (runtime/os_linux.go mpreinit); those of C may have more, but handlers do not take it.
const (
	handlerPage  = 4 << 10
	handlerPages = 32
)

// Interrupted says whether a thread that may be handling a signal, with its stack pointer at sp, may go on in that code afterwards: whether
// any word of its stack leads there.
func (r *CodeRanges) Interrupted(sp uint64) bool {
	b := make([]byte, handlerPage)
	at := sp &^ 7
	for page := range handlerPages {
		end := at&^(handlerPage-1) + handlerPage
		words := b[:end-at]
		if err := r.mem.ReadAt(words, at); err != nil {
			return page == 0 // nothing is known; or that was the stack's end
		}
		for ; len(words) > 0; words = words[8:] {
			if r.contains(binary.LittleEndian.Uint64(words)) {
				return true
			}
		}
		at = end
	}
	return false
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

// CountGoroutines returns how many of the goroutines that no thread runs stand in that code, or have called from there.
func (r *CodeRanges) CountGoroutines(goroutines []runtimestat.GoroutineContext) (n int) {
	starts := make([]stackwalk.Start, len(goroutines))
	for i, g := range goroutines {
		starts[i] = stackwalk.Start(g)
	}
	for _, code := range stackwalk.CodeAddresses(r.mem, starts) {
		if r.OnStack(code) {
			n++
		}
	}
	return n
}
