package table

import (
	"encoding/binary"
	"fmt"
	"math"
	"time"

	"golang.org/x/sys/unix"
)

// Config is what the injected code needs to know. Addresses are the service's.
type Config struct {
	Base, Code              uint64 // where the tables and the injected code are mapped in the service
	Length                  uint64 // of the mapping: what the pool may grow to, in the end
	FD                      int    // the tables' descriptor in the service; -1: none
	MP, MCurg, MG0          uint64 // offsets in runtime.m
	SchedSP, SchedBP        uint64 // offsets in runtime.g
	MallocEntry, MallocSize uint64 // runtime.mallocgc
	Back                    Back
	MallocHeader            uint64 // bytes, see plan.Plan
	SizeClasses             []uint64
	Depth                   int
	Attribution             Attribution
	// Texts are the ranges of the runtime's own code, {first address, bytes}; none, or more than MaxTexts: no code is known to be outside of it.
	Texts [][2]uint64
	// Wholes are the ranges of the code whose allocations keep whole stacks in modes sites and sites+sampled, at most MaxWholes.
	Wholes [][2]uint64
	Words  []uint64 // addresses whose words every event is to keep, at most EventWords
	Plan   []byte   // kept for an agent that takes over
}

// Back is where C calls Go back, see CfgBackLo; zero where it cannot.
type Back struct {
	Callback, Switch [2]uint64 // address and length
	ToPC, ToFrame    uint32
}

// exitWaitNsec is how long the service's exit may be held up for the last reading, at most: 500 ms. An agent that runs takes it in
// under a millisecond, on a busy machine in some tens; only one that has been killed lets the time pass.
const exitWaitNsec = 500e6

// Init writes the header of fresh, zeroed tables.
func Init(mem []byte, c Config) error {
	if len(c.Plan) > PlanMax {
		return fmt.Errorf("hook plan of %d bytes does not fit into the shared tables (%d)", len(c.Plan), PlanMax)
	}
	if len(c.Words) > EventWords {
		return fmt.Errorf("an event keeps %d words, not %d", EventWords, len(c.Words))
	}
	if len(c.Wholes) > MaxWholes {
		return fmt.Errorf("code whose stacks are kept whole is %d ranges at most, not %d", MaxWholes, len(c.Wholes))
	}
	put := func(off int, v uint64) { binary.LittleEndian.PutUint64(mem[off:], v) }
	put(HdrVersion, Version)
	put(HdrLength, c.Length)
	put(HdrFD, uint64(c.FD+1))
	put(HdrPoolNext, PoolOff-HdrConfig)
	put(HdrPoolEnd, PoolOff-HdrConfig)
	put(HdrPlanLen, uint64(len(c.Plan)))
	copy(mem[PlanOff:], c.Plan)
	put(HdrCode, c.Code)
	put(HdrConfig+CfgShards, c.Base+ShardsOff+NoPs*ShardSize)
	put(HdrConfig+CfgMP, c.MP)
	put(HdrConfig+CfgMCurg, c.MCurg)
	put(HdrConfig+CfgMG0, c.MG0)
	put(HdrConfig+CfgSchedSP, c.SchedSP)
	put(HdrConfig+CfgSchedBP, c.SchedBP)
	put(HdrConfig+CfgMallocLo, c.MallocEntry)
	put(HdrConfig+CfgMallocSz, c.MallocSize)
	put(HdrConfig+CfgHeader, c.MallocHeader)
	put(HdrConfig+CfgEvents, c.Base+EventsOff)
	put(HdrConfig+CfgExitFor, exitWaitNsec)
	put(HdrConfig+CfgBackLo, c.Back.Callback[0])
	put(HdrConfig+CfgBackSz, c.Back.Callback[1])
	put(HdrConfig+CfgSwitchLo, c.Back.Switch[0])
	put(HdrConfig+CfgSwitchSz, c.Back.Switch[1])
	put(HdrConfig+CfgBackPC, uint64(c.Back.ToPC)|uint64(c.Back.ToFrame)<<32) // CfgBackBP follows
	put(HdrWords, uint64(len(c.Words)))
	for i, addr := range c.Words {
		put(HdrWords+8+8*i, addr)
	}
	c.Attribution.put(mem, c.Base)
	ranges := func(off int, list [][2]uint64) {
		put(off, uint64(len(list)))
		for i, r := range list {
			put(off+8+16*i, r[0]+1) // what is compared are return addresses, which may be a function's end
			put(off+16+16*i, r[1])
		}
	}
	if len(c.Texts) <= MaxTexts {
		ranges(HdrTexts, c.Texts)
	}
	ranges(HdrWholes, c.Wholes)
	SetKeep(mem, MaxDepth)
	SetDepth(mem, c.Depth)
	rounding(mem, NewRoundTable(c.SizeClasses))
	draws(mem)
	SetNumPs(mem, FirstPs)
	put(HdrMagic, Magic)
	return nil
}

// SetNumPs gives the first n Ps a shard each. It is called again when there are more Ps, and never takes a shard away.
func SetNumPs(mem []byte, n int) {
	base := Address(mem)
	for i := shards(mem); i < NoPs+min(n, MaxPs); i++ {
		store(mem, ShardsOff+i*ShardSize+ShPredict, base+NoPredictions)
		store(mem, ShardsOff+i*ShardSize+ShSites, base+NoPredictions)
		store(mem, ShardsOff+i*ShardSize+ShRandom, splitMix(uint64(i)))
		store(mem, HdrConfig+CfgNumPs, uint64(max(0, i+1-NoPs)))
	}
}

// NumPs returns how many Ps have a shard.
func NumPs(mem []byte) int { return int(min(load(mem, HdrConfig+CfgNumPs), MaxPs)) }

// shards is how many shards are in use.
func shards(mem []byte) int {
	if n := NumPs(mem); n > 0 {
		return NoPs + n
	}
	return 0
}

// Pool returns up to where the pool is taken and where it ends, as offsets in the memory.
func Pool(mem []byte) (next, end uint64) {
	return load(mem, HdrPoolNext) + HdrConfig, load(mem, HdrPoolEnd) + HdrConfig
}

// SetPoolEnd lets the injected code take from the pool up to this offset; the memory must be there.
func SetPoolEnd(mem []byte, end uint64) { store(mem, HdrPoolEnd, end-HdrConfig) }

// FD returns the service's descriptor of this memory; ok is false where it has none.
func FD(mem []byte) (fd uint64, ok bool) {
	n := load(mem, HdrFD)
	return n - 1, n != 0
}

// Address returns where the tables are mapped in the service.
func Address(mem []byte) uint64 {
	return load(mem, HdrConfig+CfgShards) - ShardsOff - NoPs*ShardSize
}

// Code returns where the injected code is in the service.
func Code(mem []byte) uint64 { return load(mem, HdrCode) }

// rounding writes the table of size rounding.
func rounding(mem []byte, t *RoundTable) {
	for i, v := range t.By8 {
		binary.LittleEndian.PutUint16(mem[HdrRound8+2*i:], v)
	}
	for i, v := range t.By128 {
		binary.LittleEndian.PutUint16(mem[HdrRound128+2*i:], v)
	}
}

// draws fills in numbers with the distribution of the distance between two events of a Poisson process of rate 1: the quantiles
// in the middle of equal parts. Their mean is made 1 to the last place, so that no bias is left.
func draws(mem []byte) {
	var sum uint64
	for i := range Draws {
		d := uint32(-math.Log((float64(i)+0.5)/Draws) * (1 << DrawBits))
		if i == 0 {
			continue
		}
		sum += uint64(d)
		binary.LittleEndian.PutUint32(mem[HdrDraws+4*i:], d)
	}
	binary.LittleEndian.PutUint32(mem[HdrDraws:], uint32(Draws<<DrawBits-sum))
}

// splitMix makes good seeds of numbers that are alike, never 0 (Steele, Lea, Flood: Fast splittable pseudorandom number generators).
func splitMix(x uint64) uint64 {
	x = (x + 1) * 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31 | 1
}

// SetRate sets how many bytes lie between two samples, on average, from now on.
func SetRate(mem []byte, bytes uint64) { store(mem, HdrConfig+CfgRate, max(1, bytes)) }

// SetDepth sets how many frames are kept from now on, at least 1 and at most MaxDepth.
func SetDepth(mem []byte, depth int) {
	store(mem, HdrConfig+CfgDepth, uint64(max(1, min(depth, MaxDepth))))
}

// SetSites sets whether stacks of allocations end with their sites from now on.
func SetSites(mem []byte, on bool) {
	var v uint64
	if on {
		v = 1
	}
	store(mem, HdrConfig+CfgSites, v)
}

// Wholes returns how many ranges of code there are whose stacks are kept whole.
func Wholes(mem []byte) int { return int(load(mem, HdrWholes)) }

// SetKeep sets how many frames are kept of stacks that were not seen before.
func SetKeep(mem []byte, frames int) { store(mem, HdrConfig+CfgKeep, uint64(frames)) }

// Keep returns what SetKeep has set.
func Keep(mem []byte) int { return int(load(mem, HdrConfig+CfgKeep)) }

// SetAllocBody sets the injected code that heap allocations run, by its address in the service.
func SetAllocBody(mem []byte, addr uint64) { store(mem, HdrConfig+CfgAllocBody, addr) }

// AllocBody returns what SetAllocBody has set.
func AllocBody(mem []byte) uint64 { return load(mem, HdrConfig+CfgAllocBody) }

// SetModeBody sets the body of the mode in force, which attribution goes on with.
func SetModeBody(mem []byte, addr uint64) { store(mem, HdrModeBody, addr) }

// ModeBody returns what SetModeBody has set.
func ModeBody(mem []byte) uint64 { return load(mem, HdrModeBody) }

// SetRestoreArgs sets where in the injected code the rare hooks restore their functions' arguments.
func SetRestoreArgs(mem []byte, addr uint64) { store(mem, HdrConfig+CfgRestore, addr) }

// SetResume sets where in the injected code mode sites+sampled goes on once the stack of a sample is kept.
func SetResume(mem []byte, addr uint64) { store(mem, HdrConfig+CfgResume, addr) }

// Base is what the runtime itself had counted when the hooks were placed. Slack is by how many objects that may be wrong.
type Base struct{ Mallocs, Bytes, Slack uint64 }

// MarkStart notes when the counts began, from which base (nil: it is not known), and who reads them.
func MarkStart(mem []byte, now time.Duration, base *Base, pid int) {
	store(mem, HdrStarted, uint64(now))
	if base != nil {
		store(mem, HdrBase+8, base.Mallocs)
		store(mem, HdrBase+16, base.Bytes)
		store(mem, HdrBase+24, base.Slack)
		store(mem, HdrBase, 1)
	}
	SetAgent(mem, now, pid)
}

// SetAgent notes who reads the tables from now on.
func SetAgent(mem []byte, now time.Duration, pid int) {
	store(mem, HdrAgentPid, uint64(pid))
	store(mem, HdrAgentAlive, uint64(now))
	store(mem, HdrExitWord, 0)
}

// Header is what tables hold for an agent that did not make them.
type Header struct {
	Plan     []byte
	Code     uint64
	Started  time.Duration // CLOCK_MONOTONIC
	Alive    time.Duration // last sign of life of the agent AgentPid
	AgentPid int
	Base     *Base // nil: not known
}

// Length returns how many bytes of a file that holds tables are to be mapped: as many as its maker has. size is how many the file has.
func Length(fd int, size int64) (uint64, error) {
	if size < PoolOff {
		return 0, ErrBlank
	}
	b := make([]byte, HdrLength+8)
	if _, err := unix.Pread(fd, b, 0); err != nil {
		return 0, fmt.Errorf("reading the shared tables: %w", err)
	}
	if binary.LittleEndian.Uint64(b[HdrMagic:]) == 0 {
		return 0, ErrBlank
	}
	if v := binary.LittleEndian.Uint64(b[HdrVersion:]); v != Version {
		return 0, otherVersion(v)
	}
	n := binary.LittleEndian.Uint64(b[HdrLength:])
	if n < PoolOff || n > MaxLength || n%PageSize != 0 {
		return 0, fmt.Errorf("shared tables that say they have %d bytes", n)
	}
	return n, nil
}

func otherVersion(v uint64) error {
	return fmt.Errorf("shared tables have version %d, this agent reads %d: another version of gotop has put them there, and its `gotop attach` can read them", v, Version)
}

// Agent returns who reads the tables, as SetAgent noted it.
func Agent(mem []byte) int { return int(load(mem, HdrAgentPid)) }

// ReadHeader reads and checks the header of tables.
func ReadHeader(mem []byte, there func() uint64) (Header, error) {
	if _, err := NewReader(mem, there); err != nil {
		return Header{}, err
	}
	n := load(mem, HdrPlanLen)
	if n > PlanMax {
		return Header{}, fmt.Errorf("shared tables: a hook plan of %d bytes", n)
	}
	var base *Base
	if load(mem, HdrBase) != 0 {
		base = &Base{load(mem, HdrBase+8), load(mem, HdrBase+16), load(mem, HdrBase+24)}
	}
	return Header{Base: base, Plan: mem[PlanOff : PlanOff+n], Code: load(mem, HdrCode), Started: time.Duration(load(mem, HdrStarted)),
		Alive: time.Duration(load(mem, HdrAgentAlive)), AgentPid: int(load(mem, HdrAgentPid))}, nil
}
