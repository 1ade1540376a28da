// Package table is the memory shared with the service: its layout and the reader that turns it into stacks and counts.
//
// One memfd holds, in this order: a header (configuration of the injected code, handshakes), the hook plan the code was made from (so
// that another agent can take over), a shard of counters a P, a ring of rare events, and the pool. From the pool shards take what they
// need, when they need it: tables, and chunks for records. Address space is reserved for all that the pool may become; the file ends
// where the pool does, and only the agent makes it longer, before it raises HdrPoolEnd. So what is there has been paid for
// (fallocate): the service's own memory cgroup is not charged, no page can be missing, and mlockall(2) locks no more than that.
//
// Invariants. A shard, and what it took from the pool, is written by nobody but the injected code running on that P: the code needs
// neither locks nor atomic instructions but for taking from the pool, because a goroutine cannot be taken off its P inside it
// (asynchronous preemption refuses PCs outside Go's text, runtime/preempt.go isAsyncSafePoint). A record, once published, never
// changes; counters only grow. x86 stores become visible in program order, so a reader that sees a chunk's length sees all that was
// written before. What finds no place is still counted, in the shard's unattributed counters.
//
// Inside the tables, places are given as references: distances from the header's configuration, which the code has in a register.
package table

import "encoding/binary"

// Version of this layout; another agent's tables are taken over only if it is the same.
const Version = 10

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
	// KindSiteSample is one that was picked in mode sites+sampled, and so is counted at its site as well. In the tables its kind is KindSample,
	// and SiteSampled is set in the type word.
	KindSiteSample = 5
)

// SiteSampled is a bit of the type word of samples, see KindSiteSample.
const SiteSampled = 1 << 55

// Header: offsets from the start of the memory. What the injected code reads on every allocation comes first and is read-only
// to it; the words that change stand on cache lines of their own.
const (
	HdrMagic      = 0x000
	HdrVersion    = 0x008
	HdrLength     = 0x010 // of the mapping: address space reserved in the service
	HdrPlanLen    = 0x018
	HdrCode       = 0x020 // address of the injected code in the service
	HdrStarted    = 0x028 // CLOCK_MONOTONIC ns of the moment the counts began
	HdrAgentPid   = 0x030
	HdrModeBody   = 0x038 // injected body that attribution goes on with: the mode's own
	HdrConfig     = 0x040 // configuration of the injected code, see Cfg*
	HdrExitWord   = 0x100 // 0; 1: the service waits in its exit hook; 2: the agent has taken its last reading
	HdrBase       = 0x110 // what the runtime had counted when the hooks were placed: {known, objects, bytes, slack}
	HdrAgentAlive = 0x140 // CLOCK_MONOTONIC ns of the agent's last sign of life
	HdrEventHead  = 0x180 // number of events ever written (lock xadd)
	HdrPoolNext   = 0x188 // reference to what is free in the pool (lock cmpxchg)
	HdrPoolEnd    = 0x190 // reference to its end; the agent raises it
	HdrFD         = 0x198 // descriptor of this memory in the service, plus 1; 0: none
	HdrAttribute  = 0x1c0 // configuration of attribution, see At*
	HdrRound8     = 0x200 // size rounding, see RoundTable
	HdrRound128   = 0x400
	HdrWords      = 0x800              // number of addresses whose words an event keeps, and the addresses, at most EventWords
	HdrDraws      = 0x1000             // modes that sample: exponentially distributed numbers, see draws
	HdrTexts      = HdrDraws + 4*Draws // the runtime's own code: number of ranges, and {first address, bytes} of each, at most MaxTexts
	HdrWholes     = HdrTexts + 1<<12   // code whose allocations keep whole stacks in modes that end them with their sites, in the same form, at most MaxWholes
	HeaderSize    = HdrWholes + 1<<14
)

// MaxTexts is how many ranges of the runtime's own code are kept, see Config.Texts.
const MaxTexts = (1<<12 - 8) / 16

// MaxWholes is how many ranges of code there may be whose stacks are kept whole, see Config.Wholes.
const MaxWholes = (1<<14 - 8) / 16

// Draws is how many numbers the modes that sample draw from, and DrawBits how many binary places they have.
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
	CfgRate      = 0x70 // modes that sample: bytes between samples, on average
	CfgExitFor   = 0x78 // how long a wait of the exit hook is, ns, less than a second (interrupted ones end by ticks, injected_amd64.s); 0: it makes no system call
	// Where C called Go, see plan.Callback: two functions' addresses and lengths, and two distances. All 0 where there is no cgo.
	CfgBackLo   = 0x80 // runtime.cgocallback
	CfgBackSz   = 0x88
	CfgSwitchLo = 0x90 // runtime.systemstack_switch
	CfgSwitchSz = 0x98
	CfgBackPC   = 0xa0 // u32, to cgocallback's return address
	CfgBackBP   = 0xa4 // u32, on to the frame pointer above
	CfgSites    = 0xa8 // 1: of the stack of an allocation that is no sample nothing is kept beyond its site (modes sites and sites+sampled)
	CfgKeep     = 0xb0 // most frames of stacks that are new: less than CfgDepth where room runs short
	CfgResume   = 0xb8 // address of the injected code's "resume"
	cfgEnd      = 0xc0
)

const _ = uint(HdrExitWord - HdrConfig - cfgEnd) // the configuration must end before the words that change

// Where the parts are.
const (
	NoPredictions = HeaderSize // zeros for ever: the predictions of a shard that has none yet
	PlanOff       = NoPredictions + PredictSize<<PredictBits
	PlanMax       = 1 << 18
	ShardsOff     = PlanOff + PlanMax // first the shard for allocations without a P (bootstrap), then that of Ps beyond the shards, then the Ps'
	ShardSize     = 1 << 9
	MaxPs         = 1 << 12
	FirstPs       = 1 << 10 // shards that are looked at as long as there are not nearly as many Ps
	NoPs          = 2       // shards before those of the Ps
	EventsOff     = (ShardsOff + (NoPs+MaxPs)*ShardSize + PageSize - 1) &^ (PageSize - 1)
	EventSize     = 256
	EventWords    = 24 // words of the runtime's own that an event may keep
	EventSlots    = 1 << 13
	PoolOff       = EventsOff + EventSize*EventSlots
	PageSize      = 1 << 12
)

// Shard: offsets from its start. Addresses are the service's; the reader does not use them.
const (
	ShChunk      = 0x00 // reference to the chunk that new records go to; 0: nothing was taken from the pool yet
	ShPredict    = 0x08 // address of the predictions
	ShLevel0     = 0x10 // address of the first table,
	ShLevel0Mask = 0x18 // its number of slots less 1: StarterMask until the shard is grown,
	ShLevel1     = 0x20 // and addresses of the others; 0: not taken yet
	ShLevel2     = 0x28
	ShLookups    = 0x30  // looked up in the tables before the shard was grown
	ShCut        = 0x38  // scratch: the stack at hand is deeper than the limit
	ShCounted    = 0x40  // {count, bytes} counted without a stack because the mode says so
	ShNext       = 0x50  // mode sampled: the bytes counted at which the next sample is due
	ShRandom     = 0x58  // modes that sample: state of the random numbers
	ShSites      = 0x60  // address of the first line of the table of sites, see SiteLines
	ShSiteMask   = 0x68  // which bits of a hash are a line's distance from it; 0: no table taken yet
	ShSiteTable  = 0x70  // reference to that table
	ShLeft       = 0x78  // mode sites+sampled: bytes until the next sample; 0: none was drawn yet
	ShUnattrib   = 0x80  // Kinds × UnattribSize of what found no place, each laid out like a record's counters
	ShAtTables   = 0x1c0 // attribution: address of its tables
	ShAtChunk    = 0x1c8 // reference to the chunk that its records go to
	ShAtLost     = 0x1d0 // {count, bytes} of what found no place
	ShAtSlot     = 0x1e0 // scratch: address of the identity at hand
	ShAtSets     = 0x1e8 // sets of labels that are kept
	shEnd        = 0x1f0

	UnattribSize = 64
)

const _ = uint(ShardSize - shEnd)
const _ = uint(ShAtTables - ShUnattrib - Kinds*UnattribSize)

// What a shard takes from the pool. A starter is enough for a P that allocates little; after GrowAfter lookups the shard takes its
// predictions and a first table of full size. SpareBytes of the pool are left to starters and records.
const (
	StarterSize  = 1 << 14 // the first table, then a chunk
	StarterBits  = 8
	StarterMask  = 1<<StarterBits - 1
	StarterChunk = SlotSize << StarterBits
	GrowAfter    = 128 // a power of two
	GrownSize    = PredictSize<<PredictBits + SlotSize<<Level0Bits
	SpareBytes   = 1 << 21
	SiteSpare    = 1 << 19 // of which records leave this to tables of sites, which is where what finds no other place is counted
	PredictBits  = 13
	PredictSize  = 8 // see the Predict constants
	Level0Bits   = 11
	Level1Bits   = 14
	Level2Bits   = 17
	Probes       = 8   // slots looked at in levels 0 and 1
	LastProbes   = 256 // and in level 2: better slow than without a stack
)

// Chunk: room for records, one behind the other. The shard's chunks are a list, the newest first; only that one is written.
const (
	ChunkSize   = 1 << 16
	ChPrevious  = 0x00 // reference to the chunk before, 0: none
	ChUsed      = 0x08 // bytes used, with this header
	ChFull      = 0x10 // the most of them: behind it a record can still be made that may turn out to be known
	ChRecords   = 0x40
	StarterFull = StarterSize - StarterChunk - RecordReserve
	ChunkFull   = ChunkSize - RecordReserve
	// RecordReserve is the room a record needs while it is made: distances, and its return addresses where they cannot meet.
	RecordReserve = (RecScratch + 8*(MaxDepth+4) + RecordAlign - 1) &^ (RecordAlign - 1)
	RecScratch    = RecDistances + 2*(MaxDepth+4) + 8
)

// Predictions: by the upper PredictBits of a tag (what is allocated, return address, caller, frame, distance to the stack's top, depth
// limit), the tag's lower bits above the number of the record that is likely meant. A record's number is its reference in units of
// RecordAlign; the bit above it is always set, so that what is free fits no tag. Two tags may be taken for one another, as fewer than
// 64 of their bits are compared: a prediction says only where to read, and the key decides.
const (
	NumberBits  = 26 // so the pool ends below 4 GiB
	RecordShift = 6
	RecordAlign = 1 << RecordShift // a cache line: no two stacks' counters share one
	MaxLength   = 1 << (NumberBits + RecordShift)
)

// A table of sites: a header, lines of 64 bytes, then the numbers (u16) of the lines that are taken, in the order in which they were.
// A shard takes a small one first, then larger ones; what was counted in the former ones stays there. Two lines side by side may take a
// site, of those that its hash leads to. Counters are where a record has them.
const (
	SitePrevious = 0x00 // reference to the table before, 0: none
	SiteLines    = 0x08 // how many lines it has
	SiteTaken    = 0x10 // how many are taken; written last
	SiteHeader   = 0x80

	LineReturn = RecKey   // return address; 0: free
	LineCaller = RecShape // return address of its caller, or farther out: of the first code outside the runtime. 0: LineReturn is that
	LineType   = 0x38     // type, and flags
	LineSize   = 1 << LineShift
	LineShift  = 6
	// LineDeep says that neither address is outside the runtime, or that the site is to have whole stacks: nothing is counted here, the stack
	// needs a record.
	LineDeep = 1 << 54
	// LineShort says that there was no room for the stack.
	LineShort = 1 << 55
	lineFlags = LineDeep | LineShort

	SiteBits0, SiteBits1, SiteBits2 = 7, 10, 13
	LineProbes                      = 64 // lines looked at where there was no room for the stack
)

// SiteTableSize returns how many bytes of the pool a table of 1<<bits lines takes.
func SiteTableSize(bits int) int { return SiteHeader + (LineSize+2)<<bits }

// Slot of a table.
const (
	SlotKey    = 0x00 // see RecKey; 0: free; written last
	SlotRecord = 0x08 // reference to the record
	SlotSize   = 0x10
)

// Record: a stack and its counters. What every allocation changes comes first, on a cache line of its own. Then come the
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
	RecFilled    = 0x3c // u16: distances, with those that fill up
	RecFlags     = 0x3e // u8: CutFlag: the stack was deeper than the limit; ShortFlag; and how many of RecFilled are no frames, in units of FillUnit
	RecRange     = 0x3f // u8: the range of sizes its allocations are in
	RecDistances = 0x40
	KindShift    = 56 // of the type word: kind << KindShift | type

	CutFlag   = 1
	FillUnit  = 2
	fillMask  = 3
	ShortFlag = 8 // the stack was kept shorter than it might have been, for want of room
)

// frames returns how many frames a record says it has; what is none may say anything.
func frames(rec []byte) int {
	return int(binary.LittleEndian.Uint16(rec[RecFilled:])) - int(rec[RecFlags])/FillUnit&fillMask
}

// recordType returns the offset of the type word of a record with n frames; the return addresses follow it.
func recordType(n int) int { return RecDistances + 2*((n+3)&^3) }

// recordSize returns how much of a chunk it takes.
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
