// The code that runs inside the service. It is assembled as part of the agent, never run there, and copied into the service
// (bodies.go); so it may refer to nothing but its registers, and may jump nowhere but within itself.
//
// It starts where a hooked function has done its stack check and nothing else (stub_amd64.go): arguments are in registers
// (ABIInternal, cmd/compile/abi-internal.md), SP points at the return address, BP at the caller's frame.
//
//	in    AX, BX, CX, DI, SI  the function's arguments
//	      R12                 where to go on in the function
//	      R13                 the configuration, table.HdrConfig
//	      R14                 g
//	out   AX, BX, CX, SP, BP, R14, X15 as they were; for runtime.mallocgc nothing else is live at its entry
//	uses  no stack, no lock, no call, no memory but the tables
//
// Registers of a recording, from "record" on:
//
//	AX bytes   BX kind<<56 | type   DI this P's shard   R11 key   R9 record   R10 frames (0: fast path)   SI slot
//	X11 tag, 0: none

#include "go_asm.h"
#include "textflag.h"

// Offsets that have been the same in all versions of the runtime; plan.check insists on them.
#define g_stackhi 8
#define g_m 48

// PtrBytes in internal/abi/type.go Type: 0 for types without pointers.
#define type_ptrbytes 8

// Random odd numbers that mix what is not a PC into a hash.
#define MIX1 $0x9E3779B97F4A7C15
#define MIX2 $0xC2B2AE3D27D4EB4F
#define MIX3 $0xA24BAED4963EE407

// SHARD leaves in DI the shard of the P that this goroutine runs on (g.m.p.id), or the one for where there is no P, which is during
// bootstrap only (runtime/proc.go schedinit). Jumps to beyond for a P that has no shard. Uses DX, SI.
#define SHARD(haveindex, beyond) \
	MOVQ g_m(R14), DX \
	MOVQ const_cfgMP(R13), SI \
	MOVQ (DX)(SI*1), SI \
	MOVQ $const_nobodysIndex, DI \
	TESTQ SI, SI \
	JZ haveindex \
	MOVL (SI), DI \
	CMPQ DI, const_cfgNumPs(R13) \
	JCC beyond \
haveindex: \
	SHLQ $const_shardShift, DI \
	ADDQ const_cfgShards(R13), DI

// RANGE leaves in DX the range of sizes that AX is in, without a branch: sizes differ where types do not. Uses R8.
#define RANGE \
	LEAQ -16(AX), DX \
	SHRQ $63, DX \
	MOVL $32760, R8 \
	SUBQ AX, R8 \
	SHRQ $63, R8 \
	LEAQ (DX)(R8*2), DX

// WHAT leaves in SI what is allocated: kind, type and range. Uses DX, R8.
#define WHAT \
	RANGE \
	SHLQ $const_rangeShift, DX \
	LEAQ (DX)(BX*1), SI

// START, FOUR and FINISH make the key of a stack: a polynomial in CX whose coefficients are sums of four return addresses, each times a
// constant of its own (P0–P3), outermost frames first. Only one multiplication in five waits for another one's result. START takes the
// shape in R11 and adds what is allocated, SI; FINISH leaves the key there, its upper bits fit to index a table, never 0, which is a free
// slot's. FOUR uses R8, R10.
//
// The constants are primes below 2³¹: the sums of stacks that differ in one or two addresses of one program's text are never equal, and
// those of others are as good as random.
#define P0 $2147483647
#define P1 $1640531513
#define P2 $1831565797
#define P3 $2024237693
#define START \
	ADDQ SI, R11
#define FOUR(pc0, pc1, pc2, pc3) \
	IMUL3Q P0, pc0, R8 \
	IMUL3Q P1, pc1, R10 \
	ADDQ R10, R8 \
	IMUL3Q P2, pc2, R10 \
	ADDQ R10, R8 \
	IMUL3Q P3, pc3, R10 \
	IMULQ CX, R11 \
	ADDQ R10, R8 \
	ADDQ R8, R11
#define FINISH \
	IMULQ CX, R11 \
	ORQ $1, R11

// PROBE looks for key R11 in one of the three tables, from slot DX on: to found with its slot in SI, to free with the free slot in SI,
// or on to the next level. A few neighbouring slots are tried; none is ever cleared, so what is not found before a free slot is not
// there. Uses DX, R8, R15.
#define PROBE(again, table, mask, probes) \
	MOVL $probes, R8 \
again: \
	MOVQ DX, SI \
	SHLQ $const_slotShift, SI \
	ADDQ table(DI), SI \
	MOVQ const_slotKey(SI), R15 \
	CMPQ R15, R11 \
	JEQ found \
	TESTQ R15, R15 \
	JZ free \
	INCL DX \
	ANDQ mask, DX \
	DECL R8 \
	JNZ again

// POOL takes bytes from the pool and leaves a reference to them in R15, all zeros; to none where they, and spare bytes more, are not
// there. Uses AX, DX.
#define POOL(bytes, spare, again, none) \
	MOVQ const_poolNext(R13), AX \
again: \
	LEAQ (bytes+spare)(AX), DX \
	CMPQ DX, const_poolEnd(R13) \
	JHI none \
	LEAQ bytes(AX), DX \
	LOCK \
	CMPXCHGQ DX, const_poolNext(R13) \
	JNE again \
	MOVQ AX, R15

// STARTER gives this shard its first table and a chunk, and leaves a reference to the chunk in R9. To unpooled where there is none;
// uses DX, R15, X13.
#define STARTER(again) \
	MOVQ AX, X13 \
	POOL(const_starterSize, 0, again, unpooled) \
	MOVQ X13, AX \
	LEAQ (R13)(R15*1), DX \
	MOVQ DX, const_shLevel0(DI) \
	MOVQ $const_starterMask, const_shLevel0Mask(DI) \
	MOVQ $const_chRecords, (const_starterChunk+const_chUsed)(DX) \
	MOVQ $const_starterFull, (const_starterChunk+const_chFull)(DX) \
	LEAQ const_starterChunk(R15), R9 \
	MOVQ R9, const_shChunk(DI)

// DISTANCE notes how far from SP a return address is, given in bytes, in words; where that is too far for 16 bits, the stack is not
// predicted: it is walked whenever it allocates.
#define DISTANCE(bytes, near) \
	SHRQ $3, bytes \
	MOVW bytes, const_recDistances(R9)(R10*2) \
	CMPQ bytes, $0xffff \
	JLS near \
	PXOR X11, X11 \
near:

// CALLBACK crosses from Go code that C has called to the Go code that called C. Frame pointers lead through C's frames, on the stack of
// the thread, so that the walk has left the goroutine's, after a return address into runtime.cgocallback. But that has put the frames
// of both onto the one goroutine's stack (runtime/asm_amd64.s), at distances that never change: plan.Callback. So a record's
// distances hold across the gap, too, and the fast path may read along them as along any frame: what C does has no part in them, and
// when the stack is moved they move along. Takes R8 where the last frame pointer was found, which is where the function that cgocallback
// called saved its own if the return address above it is the last one recorded; DX the last address a frame may start at. Leaves in
// R8 where cgocallback's return address is, and that in R15 and among the stack's return addresses; its distance is still to be noted. Uses SI.
#define CALLBACK \
	MOVQ (const_recScratch-8)(R9)(R10*8), R15 \
	CMPQ R15, 8(R8) \
	JNE walked \
	SUBQ const_cfgBackLo(R13), R15 \
	CMPQ R15, const_cfgBackSz(R13) \
	JCC walked \
	CMPQ R10, const_cfgDepth(R13) \
	JCC cut \
	MOVL const_cfgBackPC(R13), SI \
	ADDQ SI, R8 \
	CMPQ R8, DX \
	JHI walked \
	MOVQ (R8), R15 \
	MOVQ R15, const_recScratch(R9)(R10*8)

// CALLER leaves in SI where the frame pointer above cgocallback is saved. There is one if Go called C: otherwise C has made the thread,
// and the stack ends with cgocallback's return address, runtime.goexit (runtime/proc.go oneNewExtraM).
#define CALLER \
	INCL R10 \
	SUBQ const_cfgSwitchLo(R13), R15 \
	CMPQ R15, const_cfgSwitchSz(R13) \
	JCC walked \
	MOVL const_cfgBackBP(R13), SI \
	ADDQ R8, SI

// AMONG goes on if a return address is in one of the ranges of a list, otherwise to outside. Uses DX, SI, R8.
#define AMONG(ranges, pc, again, outside) \
	MOVQ ranges(R13), SI \
again: \
	DECQ SI \
	JLT outside \
	MOVQ SI, R8 \
	SHLQ $4, R8 \
	MOVQ pc, DX \
	SUBQ (ranges+8)(R13)(R8*1), DX \
	CMPQ DX, (ranges+16)(R13)(R8*1) \
	JCC again

// INSIDE goes on if a return address is in the runtime's own code, otherwise to outside. Where none of it is known, everything is outside.
// Uses DX, SI, R8.
#define INSIDE(pc, again, outside) AMONG(const_texts, pc, again, outside)

// FIRSTOUTSIDE leaves in R11 which of the R10 return addresses written down at R9 is the first outside the runtime, R10 if none is
// known to be. Uses DX, SI, R8, R15.
#define FIRSTOUTSIDE(each, again, none, first) \
	XORL R11, R11 \
	CMPQ const_texts(R13), $0 \
	JEQ none \
each: \
	MOVQ const_recScratch(R9)(R11*8), R15 \
	INSIDE(R15, again, first) \
	INCQ R11 \
	CMPQ R11, R10 \
	JCS each \
none: \
	MOVQ R10, R11 \
first:

// SAMERANGE goes on if AX is in the range of sizes that the line R9 is of, which its last size says. Uses DX, SI, R8.
#define SAMERANGE(otherwise) \
	MOVQ const_recSize(R9), DX \
	LEAQ -16(DX), SI \
	LEAQ -16(AX), R8 \
	XORQ SI, R8 \
	MOVL $32760, SI \
	SUBQ DX, SI \
	MOVL $32760, DX \
	SUBQ AX, DX \
	XORQ SI, DX \
	ORQ R8, DX \
	JMI otherwise

// LINE leaves in R9 the first of the two lines that return address R15, R10 and type BX lead to. Uses R8, R11.
#define LINE \
	MOVQ BX, R11 \
	ROLQ $42, R11 \
	ADDQ R15, R11 \
	MOVQ R10, R8 \
	SHLQ $21, R8 \
	ADDQ R8, R11 \
	MOVQ MIX1, R8 \
	IMULQ R8, R11 \
	SHRQ $const_siteShift, R11 \
	ANDQ const_shSiteMask(DI), R11 \
	MOVQ const_shSites(DI), R9 \
	ADDQ R11, R9

// LINES makes a table of sites out of what POOL took, a reference in R15, this shard's. Uses DX, R15.
#define LINES(bits, mask) \
	LEAQ const_siteHeader(R13)(R15*1), DX \
	MOVQ DX, const_shSites(DI) \
	MOVQ $mask, const_shSiteMask(DI) \
	MOVQ const_shSiteTable(DI), DX \
	MOVQ DX, const_sitePrevious(R13)(R15*1) \
	MOVQ $(1<<bits), const_siteLines(R13)(R15*1) \
	MOVQ R15, const_shSiteTable(DI)

// CLAIM makes the free line R9 that of return address R15, R10 and type DX, and of the range of sizes that AX is in. Reader: first the line, then
// its number in the list, then the list's length. Uses DX, SI, R8, R15.
#define CLAIM \
	MOVQ DX, const_lineType(R9) \
	MOVQ R10, const_lineCaller(R9) \
	MOVQ AX, const_recSize(R9) \
	MOVQ R15, const_lineReturn(R9) \
	MOVQ const_shSiteTable(DI), SI \
	ADDQ R13, SI \
	MOVQ const_siteTaken(SI), DX \
	MOVQ const_siteLines(SI), R8 \
	SHLQ $const_lineShift, R8 \
	LEAQ const_siteHeader(SI)(R8*1), R15 \
	MOVQ R9, R8 \
	SUBQ const_shSites(DI), R8 \
	SHRQ $const_lineShift, R8 \
	MOVW R8, (R15)(DX*2) \
	INCQ DX \
	MOVQ DX, const_siteTaken(SI)

// DRAW leaves in R9 how many bytes lie before the next sample. Uses R8.
#define DRAW \
	MOVQ const_shRandom(DI), R8 /* xorshift64* (Vigna) */ \
	MOVQ R8, R9 \
	SHRQ $12, R9 \
	XORQ R9, R8 \
	MOVQ R8, R9 \
	SHLQ $25, R9 \
	XORQ R9, R8 \
	MOVQ R8, R9 \
	SHRQ $27, R9 \
	XORQ R9, R8 \
	MOVQ R8, const_shRandom(DI) \
	MOVQ $0x2545F4914F6CDD1D, R9 \
	IMULQ R9, R8 \
	SHRQ $32, R8 \
	ANDQ $const_drawMask, R8 \
	MOVL const_draws(R13)(R8*4), R9 \
	IMULQ const_cfgRate(R13), R9 \
	SHRQ $const_drawBits, R9

// SITELINE books an allocation on its line, the first of the two where it may be, and returns; otherwise it goes to siteless, othersize or
// second. DI is the shard. Uses R8, R9, R10, R11, R15, DX.
#define SITELINE \
	MOVQ g_stackhi(R14), R8 \
	MOVQ BP, R9 \
	SUBQ SP, R9 \
	SUBQ SP, R8 \
	SUBQ $16, R8 \
	CMPQ R9, R8 \
	JHI siteless /* BP is not on this stack */ \
	MOVQ 0(SP), R15 \
	MOVQ 8(BP), R10 \
	LINE \
	CMPQ R15, const_lineReturn(R9) \
	JNE second \
	CMPQ R10, const_lineCaller(R9) \
	JNE second \
	CMPQ BX, const_lineType(R9) \
	JNE second \
	CMPQ AX, const_recSize(R9) \
	JNE othersize \
	INCQ const_recCount(R9) \
	ADDQ AX, const_recBytes(R9) \
	MOVQ const_recSizeWaste(R9), DX \
	ADDQ DX, const_recWaste(R9) \
	JMP R12

TEXT ·injected(SB), NOSPLIT|NOFRAME, $0-0
	// The entry points, 16 bytes apart, in the order of bodyTable in bodies.go; injectedCode follows these jumps once and stubs go
	// straight to where they lead.
	JMP exact
	PCALIGN $16
	JMP special
	PCALIGN $16
	JMP count
	PCALIGN $16
	JMP gostmt
	PCALIGN $16
	JMP malg
	PCALIGN $16
	JMP copystack
	PCALIGN $16
	JMP stw
	PCALIGN $16
	JMP exithook
	PCALIGN $16
	JMP restoreargs
	PCALIGN $16
	JMP sampled
	PCALIGN $16
	JMP stop
	PCALIGN $16
	JMP attribute
	PCALIGN $16
	JMP sites
	PCALIGN $16
	JMP sitessampled
	PCALIGN $16
	JMP resume
	PCALIGN $16

special:
	// A size-specialised allocator (runtime/malloc_generated.go), or one of those that mallocgc does its work with, where mallocgc itself
	// was inlined into others (gotop/golang/pgo.py): if it was called from mallocgc, that has counted already.
	MOVQ 0(SP), DX
	SUBQ const_cfgMallocLo(R13), DX
	CMPQ DX, const_cfgMallocSz(R13)
	JCS done
	MOVQ const_cfgAllocBody(R13), DX // what the mode in force does with an allocation
	JMP DX

	PCALIGN $16
exact:
	TESTQ AX, AX // nothing is allocated for size 0 (runtime/malloc.go zerobase), and the runtime does not count it
	JZ done

record:
	SHARD(shard1, beyond)

	// Fast path. Where this P has seen this type allocated by a stack with this return address, caller, frame and distance to the stack's
	// top, that stack's record says how far from SP each return address lies. Reading them there, each independently of the others,
	// gives the key; if it is the record's, this is that stack: frame sizes are fixed by return addresses, so the first differing
	// address would show. No walk along the frame pointers, whose loads would have to wait for each other. Of the tables this
	// touches three cache lines, which is what it costs in a service: the slot, the record's counters, its distances.
	WHAT
	MOVQ g_stackhi(R14), R8
	SUBQ SP, R8
	MOVQ BP, R9
	SUBQ SP, R9
	LEAQ -16(R8), R10
	CMPQ R9, R10
	JHI notag // BP is not on this stack
	MOVQ R8, R15
	SHLQ $32, R9
	ADDQ R9, R8
	ADDQ 0(SP), R8
	MOVQ MIX2, R10
	IMULQ R10, R8
	MOVQ MIX3, R11
	IMULQ 8(BP), R11
	ADDQ R11, R8
	MOVQ CX, X0
	MOVQ MIX1, CX
	MOVQ SI, DX
	IMULQ CX, DX
	ADDQ DX, R8
	ADDQ const_cfgDepth(R13), R8 // records of another depth limit are not of use,
	MOVQ const_cfgSites(R13), R9 // nor those that end with a site to who wants whole stacks
	SHLQ $32, R9
	ADDQ R9, R8
	MOVQ R8, X11
	// A slot is the tag's lower bits, made to differ from a free slot's 0, and the record's number: its reference, in units of 64 bytes.
	MOVQ R8, R9
	SHRQ $const_predictShift, R9
	SHLQ $const_numberBits, R8
	ORQ $const_numberLimit, R8
	MOVQ const_shPredict(DI), R10
	XORQ (R10)(R9*8), R8
	CMPQ R8, $const_numberLimit
	JCC unpredicted
	SHLQ $const_recordShift, R8
	LEAQ (R13)(R8*1), R9
	MOVL const_recReach(R9), R8
	CMPQ R8, R15
	JCC unpredicted // another stack's tag by chance: nothing is read beyond the top of this one
	MOVQ const_recShape(R9), R11 // where the slow path starts as well
	START
	MOVWLZX const_recFilled(R9), SI
four:
	MOVQ const_recDistances-8(R9)(SI*2), DX // of four frames
	MOVWLZX DX, R8
	IMUL3Q P0, (SP)(R8*8), R8
	SHRQ $16, DX
	MOVWLZX DX, R10
	IMUL3Q P1, (SP)(R10*8), R10
	SHRQ $16, DX
	ADDQ R10, R8
	MOVWLZX DX, R10
	IMUL3Q P2, (SP)(R10*8), R10
	SHRQ $16, DX
	ADDQ R10, R8
	IMUL3Q P3, (SP)(DX*8), R10
	IMULQ CX, R11
	ADDQ R10, R8
	ADDQ R8, R11
	SUBQ $4, SI
	JNZ four
	FINISH
	MOVQ X0, CX
	CMPQ R11, const_recKey(R9)
	JNE other

hit:
	INCQ const_recCount(R9)
	ADDQ AX, const_recBytes(R9)
	// What size-class rounding adds; most call sites ask for the same size as the last time.
	CMPQ AX, const_recSize(R9)
	JNE size
	MOVQ const_recSizeWaste(R9), DX
	ADDQ DX, const_recWaste(R9)
	JMP R12

other:
	// The same shape, but something else: the tables may know it.
	XORL R10, R10
	JMP lookup

	PCALIGN $16
size:
	// runtime/malloc.go mallocgc and the functions it calls.
	MOVQ BX, DX
	SHRQ $const_kindShift, DX
	JNZ otherkind
	MOVQ AX, const_recSize(R9)
	MOVQ AX, DX
	CMPQ AX, $32760 // maxSmallSize − mallocHeaderSize
	JHI large
	TESTQ BX, BX
	JZ noscan
	CMPQ type_ptrbytes(BX), $0
	JEQ noscan
	CMPQ AX, $512 // heapBitsInSpan
	JLS round
	ADDQ const_cfgHeader(R13), DX
	JMP round
noscan:
	CMPQ AX, $16 // maxTinySize: tiny objects share a block
	JCS rounded
round:
	CMPQ DX, $1024
	JHI by128
	ADDQ $7, DX
	SHRQ $3, DX
	MOVWLZX const_round8(R13)(DX*2), DX
	SHLQ $3, DX
	JMP rounded
by128:
	ADDQ $127, DX
	SHRQ $7, DX
	MOVWLZX const_round128(R13)(DX*2), DX
	SHLQ $3, DX
	JMP rounded
large:
	ADDQ $8191, DX // whole pages (runtime/malloc.go pageSize)
	ANDQ $~8191, DX
rounded:
	SUBQ AX, DX
	MOVQ DX, const_recSizeWaste(R9)
	ADDQ DX, const_recWaste(R9)
done:
	JMP R12

otherkind:
	MOVQ X9, DX
	ADDQ DX, const_recWaste(R9)
	JMP R12

	PCALIGN $16
notag:
	PXOR X11, X11
	JMP walk
unpredicted:
	MOVQ X0, CX
walk:
	PXOR X10, X10
sample:
	// Slow path: follow the frame pointers and write distances and return addresses down on the way, behind the last record in the chunk,
	// where they become one if the stack turns out to be new. SI frame pointer, R8 the one before, DX the last address a frame may start
	// at.
	MOVQ const_shChunk(DI), R9
	TESTQ R9, R9
	JZ starter
started:
	ADDQ R13, R9
	ADDQ const_chUsed(R9), R9
	MOVB $0, const_shCut(DI)
	MOVQ 0(SP), R15
	MOVQ R15, const_recScratch(R9)
	MOVW $0, const_recDistances(R9)
	MOVL $1, R10
	MOVQ SP, R8
	MOVQ g_stackhi(R14), DX
	SUBQ $16, DX
	MOVQ BP, SI
frame:
	CMPQ SI, R8
	JLS offstack
	CMPQ SI, DX
	JHI offstack
	CMPQ R10, const_cfgDepth(R13)
	JCC cut
	MOVQ 8(SI), R15
	MOVQ R15, const_recScratch(R9)(R10*8)
	LEAQ 8(SI), R15
	SUBQ SP, R15
	DISTANCE(R15, nearby)
	INCL R10
	MOVQ SI, R8
	MOVQ (SI), SI
	JMP frame

starter:
	STARTER(starter1)
	JMP started

offstack:
	// On g0 (runtime.systemstack) the chain leads on to the stack of the goroutine that m runs, m.curg.
	MOVQ g_m(R14), R11
	MOVQ const_cfgMG0(R13), R15
	CMPQ R14, (R11)(R15*1)
	JNE callback
	PXOR X11, X11 // the two stacks' distance is arbitrary: nothing to predict
	MOVQ const_cfgMCurg(R13), R8
	MOVQ (R11)(R8*1), R8
	TESTQ R8, R8
	JZ walked
	MOVQ R8, R15
	MOVQ g_stackhi(R8), DX
	SUBQ $16, DX
	MOVQ 0(R8), R8 // g.stack.lo
	TESTQ SI, SI
	JZ userframe // the chain's end
	CMPQ SI, R8
	JLS shrunk
	CMPQ SI, DX
	JLS userframe
shrunk:
	// Up to Go 1.25 the collector may shrink, and so move, the stack of a goroutine that waits in systemstack (runtime/stack.go
	// isShrinkStackSafe): the frame pointer on g0 is that of the old one, sched.bp was adjusted (copystack).
	MOVQ const_cfgSchedBP(R13), R11
	MOVQ (R15)(R11*1), SI
userframe:
	CMPQ SI, R8
	JLS usercallback
	CMPQ SI, DX
	JHI usercallback
	CMPQ R10, const_cfgDepth(R13)
	JCC cut
	MOVQ 8(SI), R15
	MOVQ R15, const_recScratch(R9)(R10*8)
	MOVW $0, const_recDistances(R9)(R10*2)
	INCL R10
	MOVQ SI, R8
	MOVQ (SI), SI
	JMP userframe

callback:
	CALLBACK
	MOVQ R8, SI
	SUBQ SP, SI
	DISTANCE(SI, nearbyback)
	CALLER
	JMP frame

usercallback:
	CALLBACK
	MOVW $0, const_recDistances(R9)(R10*2)
	CALLER
	JMP userframe

tosite:
	// Modes "sites" and "sites+sampled": the stack ends with the first frame outside the runtime.
	MOVQ BX, DX
	SHRQ $const_kindShift, DX
	JNZ ended
	FIRSTOUTSIDE(eachto, ineachto, notto, firstto)
	CMPQ R11, R10
	JEQ ended // there is none
	MOVQ const_recScratch(R9)(R11*8), R15
	AMONG(const_wholes, R15, wholeto, siteto)
	JMP ended // of this site whole stacks are wanted
siteto:
	INCQ R11
	CMPQ R11, R10
	JCC ended
	MOVQ R11, R10
	MOVB $const_cutFlag, const_shCut(DI)
	JMP ended

cut:
	MOVB $const_cutFlag, const_shCut(DI)
walked:
	CMPQ const_cfgSites(R13), $0
	JNE tosite
ended:
	// Fill up to a multiple of four with what distance 0 reads, the return address, and make the key as the fast path does:
	// first the distances, which give the record's shape, then the return addresses.
	MOVQ CX, X0
	MOVQ MIX1, CX
	MOVQ 0(SP), R15
	MOVQ R10, SI
fill:
	TESTQ $3, SI
	JZ filled
	MOVQ R15, const_recScratch(R9)(SI*8)
	MOVW $0, const_recDistances(R9)(SI*2)
	INCQ SI
	JMP fill
filled:
	MOVQ X10, R11 // a sample's size makes it a record of its own; otherwise 0
	XORL DX, DX
shape:
	MOVWLZX const_recDistances(R9)(DX*2), R15
	ADDQ R15, R11
	IMULQ CX, R11
	INCQ DX
	CMPQ DX, SI
	JNE shape
	MOVQ R11, const_recShape(R9)
	MOVQ R10, X1
	MOVQ SI, X12
	WHAT
	START
	MOVQ X12, SI
fourpcs:
	FOUR((const_recScratch-32)(R9)(SI*8), (const_recScratch-24)(R9)(SI*8), (const_recScratch-16)(R9)(SI*8), (const_recScratch-8)(R9)(SI*8))
	SUBQ $4, SI
	JNZ fourpcs
	FINISH
	MOVQ X1, R10
	MOVQ X0, CX

lookup:
	MOVQ R11, DX
	SHRQ $const_level0Shift, DX
	ANDQ const_shLevel0Mask(DI), DX
	PROBE(level0, const_shLevel0, const_shLevel0Mask(DI), const_probes)
	CMPQ const_shLevel1(DI), $0
	JEQ nolevel1
inlevel1:
	MOVQ MIX2, DX
	IMULQ R11, DX
	SHRQ $const_level1Shift, DX
	PROBE(level1, const_shLevel1, $const_level1Mask, const_probes)
	CMPQ const_shLevel2(DI), $0
	JEQ nolevel2
inlevel2:
	MOVQ MIX3, DX
	IMULQ R11, DX
	SHRQ $const_level2Shift, DX
	PROBE(level2, const_shLevel2, $const_level2Mask, const_lastProbes)
	TESTQ R10, R10
	JZ walk
	JMP crowdedout

nolevel1:
	TESTQ R10, R10
	JZ walk
	MOVQ AX, X13
	POOL(const_level1Size, const_siteSpare, takelevel1, unroomed)
	MOVQ X13, AX
	ADDQ R13, R15
	MOVQ R15, const_shLevel1(DI)
	JMP inlevel1
nolevel2:
	TESTQ R10, R10
	JZ walk
	MOVQ AX, X13
	POOL(const_level2Size, const_siteSpare, takelevel2, unroomed)
	MOVQ X13, AX
	ADDQ R13, R15
	MOVQ R15, const_shLevel2(DI)
	JMP inlevel2

free:
	TESTQ R10, R10
	JZ walk // the fast path read something that is no stack seen before
	CMPQ R10, const_cfgKeep(R13)
	JHI long
fits:
	// A new stack: its record goes where its distances are if the chunk has room for it, else into a new chunk. R9 where they are, R15 the
	// record, SI slot.
	LEAQ 3(R10), R8
	ANDQ $~3, R8
	LEAQ (const_recDistances+8+const_recordAlign-1)(R8*2), R15
	LEAQ (R15)(R10*8), R15
	ANDQ $~(const_recordAlign-1), R15
	MOVQ const_shChunk(DI), DX
	ADDQ R13, DX
	ADDQ const_chUsed(DX), R15
	CMPQ R15, const_chFull(DX)
	JHI nextchunk
	MOVQ R9, R15
	JMP write
nextchunk:
	MOVQ AX, X13
	POOL(const_chunkSize, const_siteSpare, takechunk, unroomed)
	MOVQ X13, AX
	LEAQ (R13)(R15*1), DX
	MOVQ const_shChunk(DI), R8
	MOVQ R8, const_chPrevious(DX)
	MOVQ $const_chRecords, const_chUsed(DX)
	MOVQ $const_chunkFull, const_chFull(DX)
	MOVQ R15, const_shChunk(DI)
	LEAQ const_chRecords(DX), R15
write:
	// Where its counters are, the distances of another walk may have been written down.
	XORL DX, DX
	MOVQ DX, const_recCount(R15)
	MOVQ DX, const_recBytes(R15)
	MOVQ DX, const_recWaste(R15)
	MOVQ DX, const_recSize(R15)
	MOVQ DX, const_recSizeWaste(R15)
	MOVQ R11, const_recKey(R15)
	MOVQ const_recShape(R9), DX
	MOVQ DX, const_recShape(R15)
	LEAQ 3(R10), R8
	ANDQ $~3, R8
	MOVW R8, const_recFilled(R15)
	SUBQ R10, R8
	MOVBLZX const_shCut(DI), DX
	LEAQ (DX)(R8*const_fillUnit), DX
	MOVB DX, const_recFlags(R15)
	RANGE
	MOVB DX, const_recRange(R15)
	MOVWLZX const_recDistances-2(R9)(R10*2), DX // of the outermost frame
	SHLQ $3, DX
	MOVL DX, const_recReach(R15)
	LEAQ 3(R10), R8
	ANDQ $~3, R8
distances:
	MOVQ const_recDistances-8(R9)(R8*2), DX
	MOVQ DX, const_recDistances-8(R15)(R8*2)
	SUBQ $4, R8
	JNZ distances
	LEAQ 3(R10), R8
	ANDQ $~3, R8
	LEAQ const_recDistances(R15)(R8*2), R8 // their end
	MOVQ BX, 0(R8)
	MOVQ R15, X1
	XORL R15, R15
pcs:
	MOVQ const_recScratch(R9)(R15*8), DX
	MOVQ DX, 8(R8)(R15*8)
	INCQ R15
	CMPQ R15, R10
	JNE pcs
	MOVQ X1, R9
	// Record, then its place in the table, key last, then the chunk's length: a reader that sees one sees what was written before.
	MOVQ R9, DX
	SUBQ R13, DX
	MOVQ DX, const_slotRecord(SI)
	MOVQ R11, const_slotKey(SI)
	LEAQ (8+const_recordAlign-1)(R8)(R10*8), R15 // behind the type and them, and up to the next 64 bytes
	SUBQ R9, R15
	ANDQ $~(const_recordAlign-1), R15
	MOVQ const_shChunk(DI), DX
	ADDQ R15, const_chUsed(R13)(DX*1)
	JMP predict

long:
	// Of stacks that were not seen before less is to be kept: this one is looked up once more without what is too much.
	TESTB $const_shortFlag, const_shCut(DI)
	JNZ fits
	MOVQ const_cfgKeep(R13), R8
	JMP shorten

unroomed:
	MOVQ X13, AX
crowdedout:
	// No room for a record. One of a shorter stack may be there. R9 where the stack was written down, R10 its frames.
	TESTB $const_shortFlag, const_shCut(DI)
	JNZ lost
	MOVL $const_shortest, R8
	XORL R11, R11
shorten:
	// R8 as many frames, or more up to the site. Where that is not less: to fits with key and slot, or to lost, if there is no key.
	MOVQ R8, X12
	MOVQ R11, X1
	MOVQ SI, X14
	FIRSTOUTSIDE(eachshort, ineachshort, notshort, firstshort)
	MOVQ X12, R8
	CMPQ R11, R10
	JEQ siteknown // there is none
	INCQ R11
	CMPQ R11, R8
	CMOVQHI R11, R8
siteknown:
	CMPQ R8, R10
	JCC whole1
	MOVQ R8, R10
	MOVB $const_shortFlag, const_shCut(DI)
	JMP ended
whole1:
	MOVQ X1, R11
	MOVQ X14, SI
	TESTQ R11, R11
	JNZ fits
	JMP lost

unpooled:
	MOVQ X13, AX
lost:
	// No room: count it all the same. DI shard.
	MOVQ BX, DX
	SHRQ $const_kindShift, DX
	JZ lastline
unattributed:
	MOVQ BX, DX
	SHRQ $const_kindShift, DX
	SHLQ $const_unattribShift, DX
	LEAQ const_shUnattrib(DI)(DX*1), R9
	INCQ const_recCount(R9)
	ADDQ AX, const_recBytes(R9)
	JMP size // types differ, so that of the same size last time is no help

lastline:
	// The site is kept: return address R15, the first one outside the runtime, R10, 0 if it is that, and type. R9 frame pointer, R11 frames
	// that may be looked at.
	MOVQ 0(SP), R15
	MOVQ R15, R10
	MOVQ BP, R9
	MOVL $const_siteWalk, R11
outward:
	INSIDE(R10, inoutward, outermost)
	CMPQ R9, SP
	JLS outermost
	MOVQ g_stackhi(R14), DX
	SUBQ $16, DX
	CMPQ R9, DX
	JHI outermost
	MOVQ 8(R9), R10
	MOVQ (R9), DX
	CMPQ DX, R9
	JHI upward
	XORL DX, DX // the chain's end
upward:
	MOVQ DX, R9
	DECQ R11
	JNZ outward
outermost:
	CMPQ R10, R15
	JNE fartherout
	XORL R10, R10
fartherout:
	CMPQ const_shSiteMask(DI), $0
	JEQ lastlines0
lastlines:
	LINE
	MOVQ CX, X0
	MOVL $const_lineProbes, CX
	MOVQ BX, R11
	BTSQ $55, R11 // lineShort
lastprobe:
	CMPQ const_lineReturn(R9), $0
	JEQ lastfree
	CMPQ R15, const_lineReturn(R9)
	JNE lastnext
	CMPQ R10, const_lineCaller(R9)
	JNE lastnext
	CMPQ R11, const_lineType(R9)
	JNE lastnext
	SAMERANGE(lastnext)
	JMP lastfound
lastnext:
	ADDQ $const_lineSize, R9
	MOVQ const_shSiteMask(DI), DX
	ADDQ const_shSites(DI), DX
	ADDQ $const_lineSize, DX // the last line
	CMPQ R9, DX
	JLS lastwithin
	MOVQ const_shSites(DI), R9
lastwithin:
	DECQ CX
	JNZ lastprobe
	MOVQ X0, CX
	CMPQ const_shSiteMask(DI), $const_siteMask1
	JEQ lastlines2
	JHI unattributed
	MOVQ AX, X13
	MOVQ R15, X12
	POOL(const_siteSize1, 0, takelast1, unpooledline)
	LINES(const_siteBits1, const_siteMask1)
	JMP lasttaken
lastlines2:
	MOVQ AX, X13
	MOVQ R15, X12
	POOL(const_siteSize2, 0, takelast2, unpooledline)
	LINES(const_siteBits2, const_siteMask2)
	JMP lasttaken
lastlines0:
	MOVQ AX, X13
	MOVQ R15, X12
	POOL(const_siteSize0, 0, takelast0, unpooledline)
	LINES(const_siteBits0, const_siteMask0)
lasttaken:
	MOVQ X13, AX
	MOVQ X12, R15
	JMP lastlines
unpooledline:
	MOVQ X13, AX
	JMP unattributed
lastfree:
	MOVQ R11, DX
	CLAIM
lastfound:
	MOVQ X0, CX
	INCQ const_recCount(R9)
	ADDQ AX, const_recBytes(R9)
	JMP size

beyond:
	// A P numbered beyond the shards: they share one, hence LOCK; what rounding adds to an allocation is not known.
	MOVQ const_cfgShards(R13), DI
	MOVQ BX, DX
	SHRQ $const_kindShift, DX
	MOVQ DX, SI
	SHLQ $const_unattribShift, DX
	LEAQ (const_shUnattrib-const_shardSize)(DI)(DX*1), R9
	LOCK
	INCQ const_recCount(R9)
	LOCK
	ADDQ AX, const_recBytes(R9)
	TESTQ SI, SI
	JZ done
	MOVQ X9, DX
	LOCK
	ADDQ DX, const_recWaste(R9)
	JMP R12

found:
	MOVQ const_slotRecord(SI), R9
	ADDQ R13, R9
predict:
	// R9 record: where this tag comes again, it is the first guess.
	CMPQ const_shLevel0Mask(DI), $const_starterMask
	JEQ grow
	MOVQ X11, R8
	TESTQ R8, R8
	JZ hit
	MOVQ R8, DX
	SHRQ $const_predictShift, DX
	SHLQ $const_numberBits, R8
	ORQ $const_numberLimit, R8
	MOVQ R9, R15
	SUBQ R13, R15
	SHRQ $const_recordShift, R15
	XORQ R15, R8
	MOVQ const_shPredict(DI), R15
	MOVQ R8, (R15)(DX*8)
	JMP hit

grow:
	// A shard that has no predictions yet gets them when it has been here often enough, and a larger first table: R15 the new one, SI a
	// slot there, R8 a slot of the old one, R10 its end.
	INCQ const_shLookups(DI)
	TESTQ $(const_growAfter-1), const_shLookups(DI)
	JNZ hit
	MOVQ AX, X13
	POOL(const_grownSize, const_spareBytes, takegrown, ungrown)
	MOVQ X13, AX
	ADDQ R13, R15
	MOVQ R15, const_shPredict(DI)
	ADDQ $const_grownLevel0, R15
	MOVQ const_shLevel0(DI), R8
	LEAQ const_starterChunk(R8), R10
move:
	MOVQ const_slotKey(R8), R11
	TESTQ R11, R11
	JZ moved
	MOVQ R11, DX
	SHRQ $const_level0Shift, DX
place:
	MOVQ DX, SI
	SHLQ $const_slotShift, SI
	ADDQ R15, SI
	INCL DX
	ANDL $const_level0Mask, DX
	CMPQ const_slotKey(SI), $0
	JNE place
	MOVQ const_slotRecord(R8), DX
	MOVQ DX, const_slotRecord(SI)
	MOVQ R11, const_slotKey(SI)
moved:
	ADDQ $const_slotSize, R8
	CMPQ R8, R10
	JNE move
	MOVQ R15, const_shLevel0(DI)
	MOVQ $const_level0Mask, const_shLevel0Mask(DI)
	JMP hit
ungrown:
	MOVQ X13, AX
	JMP hit

	PCALIGN $64
sitessampled:
	// Mode "sites+sampled": as in mode "sites", and where a sample is due, its stack is kept as well. It is due where a Poisson process over
	// the bytes has an event: shLeft is counted down to it.
	SHARD(shard8, siteless)
	SUBQ AX, const_shLeft(DI)
	JLE due
	SITELINE

	PCALIGN $64
sites:
	// Mode "sites": return address, caller's return address and type lead to a line of the shard that has them in full, and the
	// counters. A size equal to the last one, which is never 0, is of the line's range.
	SHARD(shard7, siteless)
	SITELINE

due:
	DRAW
	INCQ R9 // so that what is left is never 0 but before the first draw
	MOVQ const_shLeft(DI), R8
	MOVQ R9, const_shLeft(DI)
	ADDQ AX, R8
	JZ sites // the first draw: nothing was due
	// The stack comes first, then "resume", the site.
	MOVQ BX, X3
	MOVQ R12, X8
	MOVQ const_cfgResume(R13), R12
	MOVQ $(const_kindSample<<const_kindShift), DX
	BTSQ $55, DX // SiteSampled
	JMP picked
resume:
	MOVQ X2, AX
	MOVQ X3, BX
	MOVQ X4, CX
	MOVQ X8, R12
	JMP sites

othersize:
	TESTQ AX, AX
	JZ done
	SAMERANGE(second)
	INCQ const_recCount(R9)
	ADDQ AX, const_recBytes(R9)
	JMP size
second:
	TESTQ AX, AX
	JZ done
	ADDQ $const_lineSize, R9
	CMPQ R15, const_lineReturn(R9)
	JNE third
	CMPQ R10, const_lineCaller(R9)
	JNE third
	CMPQ BX, const_lineType(R9)
	JNE third
	CMPQ AX, const_recSize(R9)
	JEQ hit
	SAMERANGE(third)
	JMP hit
third:
	// Does the stack need a record? Where both are known to be in the runtime it ends with its site, otherwise it is whole.
	MOVQ BX, DX
	BTSQ $54, DX // lineDeep
	CMPQ DX, const_lineType(R9)
	JNE third0
	CMPQ R15, const_lineReturn(R9)
	JNE third0
	CMPQ R10, const_lineCaller(R9)
	JEQ record
third0:
	CMPQ DX, (const_lineType-const_lineSize)(R9)
	JNE stranger0
	CMPQ R15, (const_lineReturn-const_lineSize)(R9)
	JNE stranger0
	CMPQ R10, (const_lineCaller-const_lineSize)(R9)
	JEQ record
stranger0:
	CMPQ const_lineReturn(R9), $0
	JNE nofree
	CMPQ const_shSiteMask(DI), $0
	JEQ lines0
	CMPQ (const_lineReturn-const_lineSize)(R9), $0
	JNE claim
	SUBQ $const_lineSize, R9
claim:
	CMPQ const_texts(R13), $0
	JEQ deep
	INSIDE(R15, inreturn, bythis)
	INSIDE(R10, incaller, bycaller)
	JMP deep
bythis:
	AMONG(const_wholes, R15, wholethis, approved)
	JMP deep // whole stacks are wanted of it: these are records, too
bycaller:
	AMONG(const_wholes, R10, wholecaller, approved)
deep:
	MOVQ BX, DX
	BTSQ $54, DX
	CLAIM
	JMP record
approved:
	MOVQ BX, DX
	CLAIM
	INCQ const_recCount(R9)
	ADDQ AX, const_recBytes(R9)
	JMP size
nofree:
	// Both lines are others': a larger table where this one is a quarter full, otherwise a record.
	MOVQ const_shSiteTable(DI), DX
	MOVQ const_siteTaken(R13)(DX*1), SI
	SHLQ $2, SI
	CMPQ SI, const_siteLines(R13)(DX*1)
	JCS record
	CMPQ const_shSiteMask(DI), $const_siteMask1
	JEQ lines2
	JHI record
	MOVQ AX, X13
	POOL(const_siteSize1, const_spareBytes, takelines1, unlined)
	LINES(const_siteBits1, const_siteMask1)
	JMP lined
lines2:
	MOVQ AX, X13
	POOL(const_siteSize2, const_spareBytes, takelines2, unlined)
	LINES(const_siteBits2, const_siteMask2)
	JMP lined
lines0:
	MOVQ AX, X13
	POOL(const_siteSize0, 0, takelines0, unlined)
	LINES(const_siteBits0, const_siteMask0)
lined:
	MOVQ X13, AX
	JMP sites
unlined:
	MOVQ X13, AX
	JMP record
siteless:
	TESTQ AX, AX
	JNZ record
	JMP R12

	PCALIGN $16
count:
	// Mode "count": no stacks.
	TESTQ AX, AX
	JZ done
	SHARD(shard2, beyond)
	INCQ const_shCounted(DI)
	ADDQ AX, const_shCounted+8(DI)
	JMP R12

	PCALIGN $16
sampled:
	// Mode "sampled": the totals stay exact; a stack is kept where a Poisson process over the bytes has an event, as in the runtime's
	// own profile (runtime/mprof.go nextSample). The process has no memory: after a sample the next distance is drawn afresh.
	TESTQ AX, AX
	JZ done
	SHARD(shard3, beyond)
	INCQ const_shCounted(DI)
	MOVQ const_shCounted+8(DI), DX
	ADDQ AX, DX
	MOVQ DX, const_shCounted+8(DI)
	CMPQ DX, const_shNext(DI)
	JCC event
	JMP R12
event:
	DRAW
	ADDQ DX, R9
	XCHGQ R9, const_shNext(DI)
	TESTQ R9, R9
	JZ done // the first draw: nothing was due
	MOVQ BX, X3
	MOVQ R12, X8
	MOVQ const_cfgRestore(R13), R12
	MOVQ $(const_kindSample<<const_kindShift), DX
picked:
	// DX the sample's kind, R12 where to go on once it is kept.
	MOVQ AX, X2
	MOVQ CX, X4
	ORQ DX, BX
	MOVQ AX, X10
	PXOR X9, X9
	PXOR X11, X11
	JMP sample

	// The rare hooks below borrow "record": arguments wait in X2–X8, which are free at a function's entry where it takes no floats.
	// X9 is what is to be added to the entry's waste.
#define BORROW \
	MOVQ AX, X2 \
	MOVQ BX, X3 \
	MOVQ CX, X4 \
	MOVQ DI, X5 \
	MOVQ SI, X6 \
	MOVQ R8, X7 \
	MOVQ R12, X8 \
	PXOR X9, X9

	PCALIGN $16
gostmt:
	// runtime.newproc1(fn *funcval, callergp *g, callerpc uintptr, …), or newproc(fn *funcval), runtime/proc.go: the type is the function's
	// entry PC.
	BORROW
	MOVQ const_cfgRestore(R13), R12 // restoreargs
	TESTQ AX, AX
	JZ restoreargs
	MOVQ (AX), BX
	MOVQ $(const_kindGo<<const_kindShift), DX
	ORQ DX, BX
	XORL AX, AX
	JMP record

	PCALIGN $16
malg:
	// runtime.malg(stacksize int32) *g, runtime/proc.go: a negative size is a stack that the operating system provides.
	BORROW
	MOVQ const_cfgRestore(R13), R12 // restoreargs
	MOVLQSX AX, AX
	TESTQ AX, AX
	JLT restoreargs
	MOVQ $(const_kindMalg<<const_kindShift), BX
	JMP record

	PCALIGN $16
copystack:
	// runtime.copystack(gp *g, newsize uintptr), runtime/stack.go: it runs on g0, the stack is gp's, as gp.sched has it. A stack that
	// grows does so at the entry of a function, whose return address is on top; one that shrinks stands anywhere.
	BORROW
	MOVQ const_cfgRestore(R13), R12
	MOVQ g_stackhi(AX), DX
	SUBQ 0(AX), DX
	MOVQ DX, X9 // old size
	MOVQ BX, AX // new size
	SHLQ $32, DX
	ADDQ BX, DX
	MOVQ DX, X10 // the two sizes make it a record of its own
	MOVQ $(const_kindCopyStack<<const_kindShift), BX
	SHARD(shard4, beyond) // all that beyond needs is in place
	MOVQ const_shChunk(DI), R9
	TESTQ R9, R9
	JZ copystarter
copystarted:
	ADDQ R13, R9
	ADDQ const_chUsed(R9), R9
	MOVB $0, const_shCut(DI)
	PXOR X11, X11
	MOVQ X2, R8 // gp
	MOVQ X9, DX
	MOVQ const_cfgSchedSP(R13), R10
	LEAQ (R8)(R10*1), R11 // &gp.sched
	MOVQ 8(R11), R15 // sched.pc
	MOVQ R15, const_recScratch(R9)
	MOVL $0, const_recDistances(R9)
	MOVL $1, R10
	CMPQ AX, DX
	JLS standing
	CMPQ const_cfgDepth(R13), $1
	JLS standing
	MOVQ 0(R11), R11 // sched.sp
	MOVQ 0(R11), R15
	MOVQ R15, (const_recScratch+8)(R9)
	MOVL $2, R10
standing:
	MOVQ const_cfgSchedBP(R13), R11
	MOVQ (R8)(R11*1), SI
	MOVQ g_stackhi(R8), DX
	SUBQ $16, DX
	MOVQ 0(R8), R8
	JMP userframe
copystarter:
	STARTER(starter2)
	JMP copystarted

restoreargs:
	MOVQ X2, AX
	MOVQ X3, BX
	MOVQ X4, CX
	MOVQ X5, DI
	MOVQ X6, SI
	MOVQ X7, R8
	MOVQ X8, R12
	JMP R12

	PCALIGN $16
stop:
	// runtime.stopTheWorldWithSema(reason stwReason): only the instant and the reason are known.
	MOVQ $const_eventStop, R8
	JMP happened
	PCALIGN $16
stw:
	// runtime.startTheWorldWithSema(now int64, w worldStop), runtime/proc.go: w is {reason uint8, startedStopping, finishedStopping,
	// stoppingCPUTime int64}, in BX, CX, DI, SI. A slot is claimed by its number and valid once that number is in it. The world is
	// stopped yet: the words that are kept fit together.
	MOVQ $const_eventSTW, R8
happened:
	MOVQ AX, X0
	RDTSC
	SHLQ $32, DX
	ORQ AX, DX
	MOVQ X0, AX
	MOVL $1, R10
	LOCK
	XADDQ R10, const_eventHead(R13)
	MOVQ R10, R11
	INCQ R10
	ANDL $const_eventMask, R11
	SHLQ $const_eventShift, R11
	ADDQ const_cfgEvents(R13), R11
	MOVQ DX, 0(R11)
	MOVQ R8, 8(R11)
	MOVQ AX, 16(R11)
	MOVQ BX, 24(R11)
	MOVQ CX, 32(R11)
	MOVQ DI, 40(R11)
	MOVQ SI, 48(R11)
	MOVQ const_words(R13), R8
	JMP kept
keep:
	MOVQ const_words(R13)(R8*8), R9
	MOVQ (R9), R9
	MOVQ R9, 56(R11)(R8*8)
	DECQ R8
kept:
	TESTQ R8, R8
	JNZ keep
	MOVQ R10, 56(R11)
	JMP R12

	PCALIGN $16
exithook:
	// internal/runtime/exithook.Run(code int): the agent takes its last reading of the runtime's own figures, unless it is gone:
	// futex(2) wake, then wait for about cfgExitFor at most; where that is 0, no system call is made, for the service has taken on a
	// seccomp filter since (hookagent/seccomp_watch.go). SYSCALL changes AX, CX and R11; only AX is live here.
	//
	// Several goroutines may exit at once: main returns while another calls os.Exit. All of them wait, or the first to come would be
	// cut short by the next. The time to wait is in 16 bytes below SP, which are the goroutine's (this is after the stack check), and
	// which nobody else writes, since signal handlers run on a stack of their own.
	//
	// futex is the only system call that is made: a filter that lets Go run cannot do without it, but may well forbid clock_gettime, which
	// Go asks the vDSO for. So the wait is of a length and not until an instant, and would begin anew whenever the runtime's own SIGURG
	// interrupts it, as sysmon and the garbage collector have it do again and again. Interrupted ones are ended by the time stamp counter.
	MOVQ AX, X0
	XORL AX, AX
	MOVL $1, DX
	MOVQ const_cfgExitFor(R13), R8
	LEAQ const_exitWord(R13), DI
	LOCK
	CMPXCHGL DX, (DI)
	JNE await // another is waiting, or the agent has been here
	TESTQ R8, R8
	JEQ parted
	MOVL $202, AX // SYS_futex
	MOVL $1, SI // FUTEX_WAKE
	MOVL $0x7fffffff, DX // everybody: the one to be woken is the agent, but others may be waiting by now
	XORL R10, R10
	SYSCALL
await:
	TESTQ R8, R8
	JEQ parted
	MOVQ $0, -16(SP)
	MOVQ R8, -8(SP)
	LEAQ -16(SP), R10
	RDTSC
	SHLQ $32, DX
	ORQ DX, AX
	MOVQ AX, R9
wait:
	CMPL (DI), $1
	JNE parted
	MOVL $202, AX
	XORL SI, SI // FUTEX_WAIT
	MOVL $1, DX
	SYSCALL
	TESTQ AX, AX
	JEQ again
	CMPQ AX, $-4 // EINTR; all else ends it: ETIMEDOUT, and EAGAIN, for the word has changed
	JNE parted
again:
	RDTSC
	SHLQ $32, DX
	ORQ DX, AX
	SUBQ R9, AX
	CMPQ AX, $2000000000 // 0.4 s to 1 s at 2 GHz to 5 GHz; counters that run backwards end it as well
	JCS wait
parted:
	MOVQ X0, AX
	JMP R12

#include "attribute_amd64.h"

	// End of the code: injectedCode looks for this.
	BYTE $0x0f; BYTE $0x0b; BYTE $0x0f; BYTE $0x0b; BYTE $0x0f; BYTE $0x0b; BYTE $0x0f; BYTE $0x0b

DATA ·injectedStart(SB)/8, $·injected(SB)
GLOBL ·injectedStart(SB), NOPTR, $8
