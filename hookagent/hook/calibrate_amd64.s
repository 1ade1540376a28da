#include "textflag.h"

// func burn(body, config uintptr, self *fakeG, n int)
//
// burn runs an injected body n times for an allocation of 16 bytes without a type, as stubs do. The body sees a g of ours in R14 and
// this goroutine's real stack; the real g is in R14 again when Go code runs (the wrapper of an assembly function restores it).
TEXT ·burn(SB), NOSPLIT|NOFRAME, $0-32
	MOVQ body+0(FP), X7
	MOVQ config+8(FP), R13
	MOVQ self+16(FP), R14
	MOVQ n+24(FP), CX
	MOVL $16, AX
	XORL BX, BX
	LEAQ ·burned(SB), R12
	MOVQ X7, DX
	JMP DX

// burned is where the body goes on: once more, or back to burn's caller, whose return address is on top of the stack.
TEXT ·burned(SB), NOSPLIT|NOFRAME, $0-0
	DECQ CX
	JZ enough
	LEAQ ·burned(SB), R12
	MOVQ X7, DX
	JMP DX
enough:
	RET
