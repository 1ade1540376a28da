package hook

import (
	"encoding/binary"
	"fmt"
	"math"

	"gotop/hookagent/plan"
	"gotop/hookagent/table"
)

// trap fills what is no code: int3.
const trap = 0xcc

// assembler writes machine code that will run at a given address.
type assembler struct {
	at  uint64
	out []byte
	err error
}

func (a *assembler) bytes(b ...byte) { a.out = append(a.out, b...) }

// rel32 writes the distance from behind itself to the target.
func (a *assembler) rel32(target uint64) {
	d := int64(target - (a.at + uint64(len(a.out)) + 4))
	if d != int64(int32(d)) {
		a.err = fmt.Errorf("%#x is more than 2 GiB away from the injected code at %#x", target, a.at)
	}
	a.out = binary.LittleEndian.AppendUint32(a.out, uint32(int32(d)))
}

// stub makes the code between a hooked function and its body, for the address at:
//
//	jbe   morestack        the instruction that was replaced, with the flags of the comparison before it
//	mov   r13, config      where the body finds everything
//	lea   r12, [function]  where the body goes on
//	jmp   body             for heap allocations through the configuration: how a mode is switched
func stub(at uint64, h plan.Hook, bias, config uint64, entry [bodies]uint64) ([]byte, error) {
	a := &assembler{at: at}
	next := h.At + bias + plan.HookLen
	a.bytes(0x0f, 0x86)
	a.rel32(next + uint64(int64(int32(binary.LittleEndian.Uint32(h.Expect[2:])))))
	a.bytes(0x49, 0xbd)
	a.out = binary.LittleEndian.AppendUint64(a.out, config)
	a.bytes(0x4c, 0x8d, 0x25)
	a.rel32(next)
	if h.Kind == plan.Alloc {
		const disp = table.CfgAllocBody
		_ = [math.MaxInt8 - disp]struct{}{} // must fit one byte
		a.bytes(0x41, 0xff, 0x65, disp)
	} else {
		a.bytes(0xe9)
		b, ok := bodyOf(h.Kind)
		if !ok {
			return nil, fmt.Errorf("there is no injected code for hooks of the kind %q", h.Kind)
		}
		a.rel32(entry[b])
	}
	return a.out, a.err
}

// patch makes what replaces the jbe: a jmp to the stub; its last byte is never executed.
func patch(h plan.Hook, bias, stub uint64) ([]byte, error) {
	a := &assembler{at: h.At + bias}
	a.bytes(0xe9)
	a.rel32(stub)
	a.bytes(0x90)
	return a.out, a.err
}
