package hook

import (
	"encoding/binary"
	"errors"
)

// injected is the code for the service, injected_amd64.s; it is never called here.
//
//lint:ignore U1000 it is copied from where injectedStart points
func injected()

// injectedStart points to where it starts, and to more bytes than it can have. A Go function value would lead to the wrapper that the
// linker puts before assembly.
var injectedStart *[1 << 14]byte

// entrySpacing is the distance of the entry jumps (PCALIGN $16).
const entrySpacing = 16

// codeEnd marks the end: ud2, four times.
var codeEnd = []byte{0x0f, 0x0b, 0x0f, 0x0b, 0x0f, 0x0b, 0x0f, 0x0b}

// jumpTarget follows the jmp rel8 or rel32 at off.
func jumpTarget(text []byte, off uint64) (uint64, error) {
	switch text[off] {
	case 0xeb:
		return off + 2 + uint64(int64(int8(text[off+1]))), nil
	case 0xe9:
		return off + 5 + uint64(int64(int32(binary.LittleEndian.Uint32(text[off+1:])))), nil
	}
	return 0, errors.New("the agent's injected code does not open with jumps: the agent was built wrongly")
}
