// Package hook places the injected code in a service and patches its functions to run it.
//
// Invariants. Everything is checked before anything is changed: the bytes at every hook point must be what the plan says. One
// instruction is replaced at each point, a 6-byte jbe, so that no thread can stand inside it; it has passed the stack check, so a
// function that is entered again through runtime.morestack is not counted twice. All threads are stopped meanwhile. If a step fails,
// those before it are undone.
package hook

import (
	"bytes"
	"encoding/binary"
	"errors"
)

// injected is the code for the service, injected_amd64.s; it is never called here.
//
//lint:ignore U1000 it is copied from where injectedStart points
func injected()

// injectedStart is where it starts, and more than it can be. A Go function value would lead to the wrapper that the linker puts
// before assembly.
var injectedStart *[1 << 14]byte

// Entry points of the injected code, in the order of the jumps it opens with.
const (
	bodyExact = iota
	bodySpecial
	bodyCount
	bodyGo
	bodyMalg
	bodyCopyStack
	bodySTW
	bodyExit
	bodyReturn
	bodySampled
	bodyStop
	bodyAttribute
	bodies
)

// entrySpacing is the distance of the entry jumps (PCALIGN $16).
const entrySpacing = 16

var codeEnd = []byte{0x0f, 0x0b, 0x0f, 0x0b, 0x0f, 0x0b, 0x0f, 0x0b}

// code is the injected code and the offsets of its bodies.
func code() (text []byte, entry [bodies]uint64, err error) {
	n := bytes.Index(injectedStart[:], codeEnd)
	if n < 0 {
		return nil, entry, errors.New("the agent's injected code has no end mark: the agent was built wrongly")
	}
	text = bytes.Clone(injectedStart[:n])
	for i := range entry {
		if entry[i], err = jumpTarget(text, uint64(i*entrySpacing)); err != nil {
			return nil, entry, err
		}
	}
	return text, entry, nil
}

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
