#include "textflag.h"

// func runBody(body, config uintptr, self *fakeG, n int)
//
// runBody runs an injected body n times for an allocation of 16 bytes without a type, as stubs do. The body sees a g of ours in R14 and
// this goroutine's real stack; the real g is in R14 again when Go code runs (the wrapper of an assembly function restores it).
TEXT ·runBody(SB), NOSPLIT|NOFRAME, $0-32
	MOVQ body+0(FP), X7
	MOVQ config+8(FP), R13
	MOVQ self+16(FP), R14
	MOVQ n+24(FP), CX
	MOVL $16, AX
	XORL BX, BX
	LEAQ ·bodyDone(SB), R12
	MOVQ X7, DX
	JMP DX

// bodyDone is where the body goes on: once more, or back to runBody's caller, whose return address is on top of the stack.
TEXT ·bodyDone(SB), NOSPLIT|NOFRAME, $0-0
	DECQ CX
	JZ enough
	LEAQ ·bodyDone(SB), R12
	MOVQ X7, DX
	JMP DX
enough:
	RET
