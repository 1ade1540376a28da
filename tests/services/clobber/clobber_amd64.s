#include "textflag.h"

// func clobber(f func())
TEXT ·clobber(SB), 0, $16-8
	MOVQ f+0(FP), DX
	MOVQ (DX), AX
	MOVQ $0x1234, BP
	CALL AX
	RET
