// Package table is the memory shared with the service: its layout and the reader that turns it into stacks and counts.
//
// One memfd holds, in this order: a header (configuration of the injected code, handshakes), a ring of rare events, the hook
// plan the code was made from (so that another agent can take over), and one shard a P.
//
// Invariants. A shard is written by nobody but the injected code running on that P: the code needs neither locks nor atomic
// instructions, because a goroutine cannot be taken off its P inside it (asynchronous preemption refuses PCs outside Go's
// text, runtime/preempt.go isAsyncSafePoint). A record, once its key is published, never changes; an entry's counters only grow.
// x86 stores become visible in program order, so a reader that sees a key, or the arena's length, sees all that was written before.
// What finds no place in a table is still counted, in the shard's unattributed counters.
package table

// Version of this layout; another agent's tables are taken over only if it is the same.
const Version = 6

// Magic opens the header.
const Magic = 0x31304c4254504f54 // "TOPTBL01"

// Kinds of counted things: the kind is part of a record's identity, as the top byte of its type word.
const (
	KindAlloc     = 0 // heap allocation: Type is *_type
	KindGo        = 1 // go statement: Type is the entry PC of the function
	KindMalg      = 2 // stack allocated for a new g
	KindCopyStack = 3 // stack copied: a record is of one pair of sizes, its bytes add up the new size, its waste the old one
	KindSample    = 4 // heap allocation picked in mode sampled: a record is of one size, its count and bytes are those of the samples
	Kinds         = 5
)

// Header: offsets from the start of the memory. What the injected code reads on every allocation comes first and is read-only
// to it; the words that change stand on cache lines of their own.
const (
	HdrMagic      = 0x000
	HdrVersion    = 0x008
	HdrShards     = 0x010 // number of shards for Ps; shard HdrShards is for allocations without a P (bootstrap), the next for Ps beyond
	HdrPlanLen    = 0x018
	HdrCode       = 0x020 // address of the injected code in the service
	HdrStarted    = 0x028 // CLOCK_MONOTONIC ns of the moment the counts began
	HdrAgentPid   = 0x030
	HdrModeBody   = 0x038 // injected body that attribution goes on with: the mode's own
	HdrConfig     = 0x040 // configuration of the injected code, see Cfg*
	HdrEventHead  = 0x180 // number of events ever written (lock xadd)
	HdrExitWord   = 0x100 // 0; 1: the service waits in its exit hook; 2: the agent has taken its last reading
	HdrBase       = 0x110 // what the runtime had counted when the hooks were placed: {known, objects, bytes, slack}
	HdrAgentAlive = 0x140 // CLOCK_MONOTONIC ns of the agent's last sign of life
	HdrAttribute  = 0x1c0 // configuration of attribution, see At*
	HdrRound8     = 0x200 // size rounding, see RoundTable
	HdrRound128   = 0x400
	HdrWords      = 0x800  // number of addresses whose words an event keeps, and the addresses, at most EventWords
	HdrDraws      = 0x1000 // mode sampled: exponentially distributed numbers, see draws
	HeaderSize    = HdrDraws + 4*Draws
)

// Draws is how many numbers mode sampled draws from, and DrawBits how many binary places they have.
const (
	Draws    = 1 << 12
	DrawBits = 16
)

// Configuration of the injected code, offsets from HdrConfig; R13 points there.
const (
	CfgShards    = 0x00 // address of shard 0 in the service
	CfgNumPs     = 0x08 // shards for Ps
	CfgMP        = 0x10 // offset of m.p
	CfgMCurg     = 0x18 // offset of m.curg
	CfgMG0       = 0x20 // offset of m.g0
	CfgDepth     = 0x28 // most frames kept, at least 1
	CfgMallocLo  = 0x30 // runtime.mallocgc, to tell nested calls of the specialised allocators
	CfgMallocSz  = 0x38
	CfgHeader    = 0x40 // bytes of a malloc header (runtime/malloc.go mallocHeaderSize) or 0
	CfgEvents    = 0x48 // address of the event ring in the service
	CfgAllocBody = 0x50 // injected body to run for heap allocations: how a mode is switched
	CfgRestore   = 0x58 // address of the injected code's "restoreargs"
	CfgSchedSP   = 0x60 // offset of g.sched.sp; pc follows it
	CfgSchedBP   = 0x68 // offset of g.sched.bp
	CfgRate      = 0x70 // mode sampled: bytes between samples, on average
	CfgExitFor   = 0x78 // longest wait in the exit hook, ns, less than a second
	// Where C called Go, see plan.Callback: two functions' addresses and lengths, and two distances. All 0 where there is no cgo.
	CfgBackLo   = 0x80 // runtime.cgocallback
	CfgBackSz   = 0x88
	CfgSwitchLo = 0x90 // runtime.systemstack_switch
	CfgSwitchSz = 0x98
	CfgBackPC   = 0xa0 // u32, to cgocallback's return address
	CfgBackBP   = 0xa4 // u32, on to the frame pointer above
	cfgEnd      = 0xa8
)

const _ = uint(HdrExitWord - HdrConfig - cfgEnd) // the configuration must end before the words that change

// Event ring.
const (
	EventsOff  = HeaderSize
	EventSize  = 256
	EventWords = 24 // words of the runtime's own that an event may keep
	EventSlots = 1 << 14
	PlanOff    = EventsOff + EventSize*EventSlots
	PlanMax    = 1 << 18
	ShardsOff  = PlanOff + PlanMax
)

// Shard: offsets from its start.
const (
	ShArena       = 0x00  // bytes used in the arena
	ShUnattrib    = 0x40  // Kinds × {count, bytes, waste, –} of what found no place, 32 bytes each
	ShCounted     = 0xe0  // {count, bytes} counted without a stack because the mode says so
	ShNext        = 0xf0  // mode sampled: the bytes counted at which the next sample is due
	ShRandom      = 0xf8  // mode sampled: state of the random numbers
	ShAtUsed      = 0x100 // attribution: bytes used in its arena
	ShAtLost      = 0x108 // attribution: {count, bytes} of what found no place
	ShAtSlot      = 0x118 // attribution, scratch: address of the identity at hand
	ShAtSets      = 0x120 // attribution: sets of labels that are kept
	ShCut         = 0x140 // scratch: the stack at hand is deeper than the limit
	ShPCs         = 0x200 // scratch: its return addresses
	ShPredict     = 0x2000
	PredictBits   = 13
	PredictSize   = 8 // see the Predict constants
	ShLevel0      = ShPredict + PredictSize<<PredictBits
	Level0Bits    = 11
	ShLevel1      = ShLevel0 + SlotSize<<Level0Bits
	Level1Bits    = 14
	ShLevel2      = ShLevel1 + SlotSize<<Level1Bits
	Level2Bits    = 17
	ShAtIdentity  = ShLevel2 + SlotSize<<Level2Bits // see attribution.go
	ShAtSlots     = ShAtIdentity + AtIdentitySize<<AtIdentityBits
	ShAtArena     = ShAtSlots + AtSlotSize<<AtSlotBits
	ShArenaOff    = ShAtArena + AtArenaSize
	ShardSize     = 1 << 27 // of address space; memory is what is used
	ArenaSize     = ShardSize - ShArenaOff
	RecordReserve = RecDistances + 10*(MaxDepth+4) + 8 + RecordAlign // room a record may need; where less is left the arena is full
	Probes        = 8                                                // slots looked at in levels 0 and 1
	LastProbes    = 256                                              // and in level 2: better slow than without a stack
)

// Predictions: by the upper PredictBits of a tag (what is allocated, return address, caller, frame, distance to the stack's top, depth
// limit), the tag's lower bits above the number of the record that is likely meant. A record's number is its offset in the shard in
// units of RecordAlign; the bit above it is always set, so that what is free fits no tag.
const (
	NumberBits  = 21
	RecordShift = 6
	RecordAlign = 1 << RecordShift // a cache line: no two stacks' counters share one
)

// Slot of a table.
const (
	SlotKey    = 0x00 // see RecKey; 0: free; written last
	SlotRecord = 0x08 // offset of the record in the shard
	SlotSize   = 0x10
)

// Record in the arena: a stack and its counters. What every allocation changes comes first, on a cache line of its own. Then come the
// distances of the return addresses from SP at the hook, innermost first, filled up with zeros to a multiple of four: u16 each, in words
// of 8 bytes, so that those of 32 frames take another line. Then, not needed by the injected code any more, the type and the return
// addresses, u64 each. A frame's size is fixed by its return address, so the distances let the injected code read a stack it has seen
// before without following the chain of frame pointers; one that reaches farther than they can say is walked every time.
const (
	RecKey       = 0x00 // hash of kind, type, range, PCs and distances, never 0
	RecCount     = 0x08
	RecBytes     = 0x10
	RecWaste     = 0x18
	RecSize      = 0x20 // last size asked for
	RecSizeWaste = 0x28 // and what rounding adds to it
	RecShape     = 0x30 // the distances' part of the key
	RecReach     = 0x38 // u32: distance of the outermost return address
	RecFrames    = 0x3c // u16
	RecCut       = 0x3e // u8: the stack was deeper than the limit
	RecRange     = 0x3f // u8: the range of sizes its allocations are in
	RecDistances = 0x40
	KindShift    = 56 // of the type word: kind << KindShift | type
)

// recordType returns the offset of the type word of a record with n frames; the return addresses follow it.
func recordType(n int) int { return RecDistances + 2*((n+3)&^3) }

// recordSize returns how many bytes of the arena such a record takes.
func recordSize(n int) int { return (recordType(n) + 8 + 8*n + RecordAlign - 1) &^ (RecordAlign - 1) }

// Ranges of sizes. With the type, which either has pointers or not, they say which way an allocation goes (runtime/malloc.go
// mallocgc): tiny, small without pointers, small with pointers, large. A record is of one range.
const (
	RangeSmall = 0
	RangeTiny  = 1 // below maxTinySize; tiny only if it has no pointers
	RangeLarge = 2 // above maxSmallSize − mallocHeaderSize
	RangeShift = 48
	// RangeUnknown is in no record: the type of what the runtime itself has sampled is not known.
	RangeUnknown = 3
)

// MaxDepth is the most frames a record can hold.
const MaxDepth = 512

// Event: {TSC, kind, RAX, RBX, RCX, RDI, RSI, sequence number + 1; then the words at the addresses in HdrWords, as they were at that
// moment}; the sequence number is written last.
const (
	EvTicks = 0x00
	EvKind  = 0x08
	EvArgs  = 0x10
	EvSeq   = 0x38
	EvWord  = 0x40

	EventSTW  = 1 // runtime.startTheWorldWithSema
	EventStop = 2 // runtime.stopTheWorldWithSema, where the former does not know when the world was stopped: before Go 1.23
)

// Size returns the memory's length for a number of Ps, in bytes.
func Size(ps int) int64 { return ShardsOff + int64(ps+2)*ShardSize }
