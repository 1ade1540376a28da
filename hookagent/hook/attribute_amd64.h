// Attribution, a part of the injected code (injected_amd64.s), see table/attribution.go for its tables. Where it is wanted, heap
// allocations come here instead of to their mode's body, which is where it goes on. Other registers than those that are "out" at
// every body's entry are free but X2–X8, where the rare hooks keep arguments.

// SANE jumps to otherwise unless a pointer may be one: not nil or nearly so, and in the user's half. Uses CX.
#define SANE(pointer, otherwise) \
	LEAQ -4096(pointer), CX \
	SHRQ $47, CX \
	JNZ otherwise

	PCALIGN $16
attribute:
	TESTQ AX, AX
	JZ done
	SHARD(shard6, nobodys)
	// Who allocates: m.curg also when the code runs on g0 in its place; there is none while the scheduler runs.
	XORL R9, R9 // creator
	XORL R10, R10 // address of the labels
	MOVQ const_cfgMCurg(R13), SI
	MOVQ (DX)(SI*1), R8
	TESTQ R8, R8
	JZ who
	MOVQ const_atGopc(R13), SI
	MOVQ (R8)(SI*1), R9
	MOVQ const_atLabels(R13), SI
	MOVQ (R8)(SI*1), R10
	CMPQ R9, $1
	ADCQ $0, R9 // 0, a goroutine that no go statement has made, is 1
who:
	// Has this P seen them in this generation of objects? Then the address of the labels says which they are.
	CMPQ const_shAtTables(DI), $0
	JEQ notables
tables:
	MOVQ const_atSweepgen(R13), SI
	MOVL (SI), R11
	ORQ $1, R11
	LEAQ (R9)(R10*1), R15
	MOVQ MIX1, SI
	IMULQ SI, R15
	SHRQ $const_atIdentityShift, R15
	SHLQ $5, R15
	ADDQ const_shAtTables(DI), R15
	CMPQ R9, const_atIdCreator(R15)
	JNE stranger
	CMPQ R10, const_atIdLabels(R15)
	JNE stranger
	CMPQ R11, const_atIdGeneration(R15)
	JNE stranger
	MOVQ const_atIdCounters(R15), SI
attributed:
	INCQ 0(R13)(SI*1)
	ADDQ AX, 8(R13)(SI*1)
	JMP const_modeBody(R13)

nobodys:
	// A P numbered beyond the shards: counted as lost, in the shard that such Ps share.
	MOVQ const_cfgShards(R13), DI
	LOCK
	INCQ (const_shAtLost-const_shardSize)(DI)
	LOCK
	ADDQ AX, (const_shAtLost+8-const_shardSize)(DI)
	JMP const_modeBody(R13)

notables:
	// The first here: identities, slots and a chunk, at once.
	MOVQ AX, X11
	POOL(const_atTablesSize+const_atChunkSize, 0, takeattables, nottaken)
	MOVQ X11, AX
	LEAQ (R13)(R15*1), DX
	MOVQ DX, const_shAtTables(DI)
	ADDQ $const_atTablesSize, R15
	MOVQ $const_chRecords, (const_atTablesSize+const_chUsed)(DX)
	MOVQ $const_atChunkFull, (const_atTablesSize+const_chFull)(DX)
	MOVQ R15, const_shAtChunk(DI)
	JMP tables
nottaken:
	MOVQ X11, AX
	INCQ const_shAtLost(DI)
	ADDQ AX, const_shAtLost+8(DI)
	JMP const_modeBody(R13)

stranger:
	// The identity takes the place of whoever was there. Its counters are found by what its labels are: a record is written behind the
	// last one in the chunk, and becomes one if there is none like it. Nothing else runs in this shard meanwhile, and nobody can free the
	// labels: this goroutine holds them, and is not preempted here.
	MOVQ R9, const_atIdCreator(R15)
	MOVQ R10, const_atIdLabels(R15)
	MOVQ R11, const_atIdGeneration(R15)
	MOVQ R15, const_shAtSlot(DI)
	LEAQ const_shAtLost(DI), R8
	SUBQ R13, R8
	MOVQ R8, const_atIdCounters(R15)
	MOVQ AX, X11
	MOVQ BX, X12
	MOVQ CX, X13
	MOVQ R12, X14
	MOVQ const_shAtChunk(DI), R8
	ADDQ R13, R8
	ADDQ const_chUsed(R8), R8
	MOVQ $0, 0(R8)
	MOVQ $0, 8(R8)
	MOVQ R9, const_atRecCreator(R8)
	MOVQ $0, const_atRecInfo(R8)
	ADDQ $const_atRecStrings, R8 // where to write on
	XORL R11, R11 // sum of the labels' hashes: their order is not to matter
	TESTQ R10, R10
	JZ keyed
	MOVQ const_atMix(R13), R15
	CMPQ const_atKind(R13), $const_labelsList
	JEQ list
	CMPQ const_atKind(R13), $const_labelsMap
	JEQ map
unread:
	MOVL $const_atUnread, (const_atRecInfo-const_atRecStrings)(R8)
	JMP keyed

list:
	MOVQ 0(R10), SI // of the slice: first element, and length
	MOVQ 8(R10), DX
	JMP read
map:
	MOVQ (R10), SI // *hmap
	TESTQ SI, SI
	JZ keyed
	MOVQ 0(SI), DX // hmap.count
	TESTQ DX, DX
	JZ keyed
	XORL CX, CX
	CMPB 9(SI), $0 // hmap.B: 0 is one bucket
	JNE taken // more than eight labels, of which none is kept: which would be, differs from map to map
	MOVQ 16(SI), SI // hmap.buckets
	ADDQ $8, SI // the keys follow bmap.tophash
read:
	// DX labels from SI on.
	TESTQ DX, DX
	JZ keyed
	SANE(SI, unread)
	MOVQ DX, CX
	MOVL $const_maxLabels, AX
	CMPQ CX, AX
	CMOVQHI AX, CX
taken:
	MOVL $0xffff, AX // atRecLabels has 16 bits
	CMPQ DX, AX
	CMOVQHI AX, DX
	SHLQ $16, DX
	ADDQ CX, DX
	MOVL DX, (const_atRecInfo-const_atRecStrings)(R8)
	MOVQ CX, DX
	JMP labels

label:
	XORL R10, R10 // hash of this label
	MOVQ SI, R9 // address of the string at hand: the key
string:
	MOVQ 0(R9), AX
	MOVQ 8(R9), BX
	SANE(AX, empty)
	MOVQ BX, CX
	CMPQ BX, $const_labelBytes
	JLS whole
	MOVL $const_labelBytes, BX
	MOVQ $(1<<32+const_labelBytes), CX // cut
	JMP whole
empty:
	XORL BX, BX
	XORL CX, CX
whole:
	MOVQ CX, (R8)
	ADDQ $8, R8
	ADDQ CX, R10
	IMULQ R15, R10
	JMP words
word:
	MOVQ (AX), CX
	ADDQ $8, AX
	SUBQ $8, BX
hashed:
	MOVQ CX, (R8)
	ADDQ $8, R8
	ADDQ CX, R10
	IMULQ R15, R10
words:
	CMPQ BX, $8
	JCC word
	TESTQ BX, BX
	JZ next
	XORL CX, CX // what is left, byte by byte: what follows the string may not be there to be read
byte:
	SHLQ $8, CX
	MOVBLZX -1(AX)(BX*1), R12
	ORQ R12, CX
	DECQ BX
	JNZ byte
	JMP hashed
next:
	CMPQ R9, SI
	JNE hash
	ADDQ const_atValue(R13), R9
	JMP string
hash:
	MOVQ R10, CX // so that the sum is not one of the labels' words
	SHRQ $32, CX
	XORQ CX, R10
	IMULQ R15, R10
	ADDQ R10, R11
	ADDQ const_atStride(R13), SI
	DECQ DX
labels:
	TESTQ DX, DX
	JNZ label

keyed:
	// R8 end of the record. The key is made of labels, what is said of them, and creator.
	MOVQ const_shAtChunk(DI), R10
	ADDQ R13, R10
	ADDQ const_chUsed(R10), R10 // the record
	MOVQ R8, R15
	SUBQ R10, R15
	MOVL R15, const_atRecLength(R10)
	MOVL const_atRecInfo(R10), CX
	ADDQ CX, R11
	MOVQ const_atMix(R13), R15
	IMULQ R15, R11
	ADDQ const_atRecCreator(R10), R11
	IMULQ R15, R11
	MOVQ R11, DX
	SHRQ $32, DX
	XORQ DX, R11
	IMULQ R15, R11
	ORQ $1, R11 // 0 is a free slot's
	MOVL $const_atProbes, BX
	MOVQ R11, DX
	SHRQ $const_atSlotShift, DX
slot:
	MOVQ DX, SI
	SHLQ $4, SI
	ADDQ $const_atSlots, SI
	ADDQ const_shAtTables(DI), SI
	MOVQ 0(SI), R15
	CMPQ R15, R11
	JEQ known
	TESTQ R15, R15
	JZ vacant
	INCL DX
	ANDL $const_atSlotMask, DX
	DECL BX
	JNZ slot
	JMP crowded
vacant:
	// What has no labels of its own shall find a place when the others do not.
	TESTB CX, CX
	JZ publish
	CMPQ const_shAtSets(DI), $const_atSets
	JCC crowded
publish:
	// R9 the chunk, R15 how much of it is used then.
	MOVQ const_shAtChunk(DI), R9
	ADDQ R13, R9
	MOVQ R8, R15
	SUBQ R9, R15
	CMPQ R15, const_chFull(R9)
	JHI another
room:
	TESTB CX, CX
	JZ unlabelled
	INCQ const_shAtSets(DI)
unlabelled:
	// Record, then key, then length: a reader that sees one sees what was written before.
	SUBQ R13, R10
	MOVQ R10, 8(SI)
	MOVQ R11, 0(SI)
	MOVQ R15, const_chUsed(R9)
known:
	MOVQ 8(SI), SI
	MOVQ const_shAtSlot(DI), R15
	MOVQ SI, const_atIdCounters(R15)
identified:
	MOVQ X11, AX
	MOVQ X12, BX
	MOVQ X13, CX
	MOVQ X14, R12
	JMP attributed
another:
	// A new chunk, to which the record is moved.
	POOL(const_atChunkSize, 0, takeatchunk, crowded)
	LEAQ (R13)(R15*1), R9
	MOVQ const_shAtChunk(DI), DX
	MOVQ DX, const_chPrevious(R9)
	MOVQ $const_chRecords, const_chUsed(R9)
	MOVQ $const_atChunkFull, const_chFull(R9)
	MOVQ R15, const_shAtChunk(DI)
	LEAQ const_chRecords(R9), R15
copy:
	MOVQ (R10), DX
	MOVQ DX, (R15)
	ADDQ $8, R10
	ADDQ $8, R15
	CMPQ R10, R8
	JCS copy
	LEAQ const_chRecords(R9), R10
	SUBQ R9, R15
	JMP room
crowded:
	// No place. Labels are let go, the creator is kept. The identity leads to what is lost as yet.
	LEAQ const_shAtLost(DI), SI
	SUBQ R13, SI
	TESTB CX, CX
	JZ identified
	MOVQ const_shAtChunk(DI), R10
	ADDQ R13, R10
	ADDQ const_chUsed(R10), R10
	MOVL $const_atDropped, const_atRecInfo(R10)
	LEAQ const_atRecStrings(R10), R8
	XORL R11, R11
	JMP keyed
