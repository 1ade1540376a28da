package hook

import (
	"testing"

	"gotop/hookagent/internal/testmemory"
)

// TestInterrupted: a thread that blocks signals is believed to go on in the code only where a word of its stack leads there.
func TestInterrupted(t *testing.T) {
	const page, code = 0x7000_0000_1000, 0x40_0000
	below, above := make([]uint64, 2), make([]uint64, handlerPage/8) // the pages are read one by one
	sp := uint64(page - 8*len(below))
	memory := testmemory.Pieces{}
	r := &CodeRanges{mem: memory, ranges: [][2]uint64{{code, code + 16}}}
	interrupted := func() bool {
		memory[sp], memory[page] = testmemory.Words(below...), testmemory.Words(above...)
		return r.Interrupted(sp)
	}
	below[1] = code + 16
	if interrupted() {
		t.Error("a stack without such an address")
	}
	for _, word := range []*uint64{&below[0], &above[len(above)-1]} {
		*word = code + 15
		if !interrupted() {
			t.Error("a word leads there")
		}
		*word = 0
	}
	if !r.Interrupted(0x1000) {
		t.Error("a stack that cannot be read")
	}
}
