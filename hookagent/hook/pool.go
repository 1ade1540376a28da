package hook

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"gotop/hookagent/room"
	"gotop/hookagent/table"
)

// The pool is what the service takes tables from (package table). The agent keeps it ahead of what is taken: it has memory allocated
// behind the end of the file and lets the service have it then. Nothing is injected for that, and nobody is stopped.
const (
	// most is what the tables may become, in all.
	most = 1 << 30
	// least is what they need to be of any use.
	least = table.PoolOff + 1<<21
	// What the pool is kept ahead: as much as is taken in aheadTime at the pace of the last look, and a share of what is taken; but between
	// these, and from the start on a share of the room. New stacks of 400 bytes at a million a second take 64 MB in 160 ms; on a
	// busy machine the agent may not run for longer than that.
	leastAhead, startAhead, mostAhead = 4 << 20, 64 << 20, 128 << 20
	aheadShare, roomShare             = 4, 32
	aheadTime                         = 150 * time.Millisecond
	// What an installation has allocated at once, beside a starter for each P that there is, up to so many; the rest follows.
	firstAhead = 1 << 20
	firstMost  = 1 << 10
	// How much is allocated at a time.
	growStep = 4 << 20
	// How soon is looked again: while something is taken; where nothing is, by how far the pool is ahead, for looking is most of what an
	// idle agent costs; where there was no room.
	tendLeast, tendFull = time.Millisecond, time.Second
	// What new stacks may take while nobody looks, in bytes a second: a lead of 64 MB is looked at every 50 ms, one of 4 MB every 3 ms.
	tendPace = 1280 << 20
)

// pool is the agent's side of it.
type pool struct {
	fd    int
	there atomic.Uint64 // bytes of the tables' memory that exist and are paid for
	full  atomic.Pointer[string]
	tight atomic.Pointer[string] // why new stacks are kept shorter, see shorten
	// Whether there were ever more Ps than can have a shard.
	beyond atomic.Bool

	mu     sync.Mutex // held while it grows, or is given back
	pid    int        // of the service
	procs  int        // its GOMAXPROCS: Ps that may all want tables at the same moment
	closed bool       // it grows no more
	start  uint64     // what it is kept ahead from the start on
	took   uint64     // what was taken at the last look, at looked
	looked time.Time
}

// There returns how many bytes of the tables exist; what follows must not be touched.
func (h *Hooks) There() uint64 { return h.pool.there.Load() }

// Full returns why the tables cannot take what they would, or "".
func (h *Hooks) Full() string {
	if s := h.pool.full.Load(); s != nil {
		return *s
	}
	return ""
}

// Short returns why stacks are kept shorter than they are, or without one, or "".
func (h *Hooks) Short() string {
	if s := h.Full(); s != "" {
		return s
	}
	if s := h.pool.tight.Load(); s != nil {
		return *s
	}
	return h.withoutShard()
}

// withoutShard returns why there are allocations on Ps without a shard, or "".
func (h *Hooks) withoutShard() string {
	switch {
	case table.WithoutShard(h.Mem) == 0:
		return ""
	case h.pool.beyond.Load():
		return fmt.Sprintf("GOMAXPROCS is above %d, and what the other Ps allocate is only counted", table.MaxPs)
	}
	return fmt.Sprintf("GOMAXPROCS rose above %d at once, and what the Ps above that allocated until the agent saw it is only counted", table.FirstPs)
}

// NoRoom says that there is no room for the tables, before anything is touched.
type NoRoom struct {
	Need, Have uint64
	Why        string
}

func (e *NoRoom) Error() string {
	return fmt.Sprintf("gotop's tables need %.1f MB at least, and may take %.1f MB: %s. Nothing was touched; raise that limit, or have nothing hooked (--sample-only)",
		float64(e.Need)/1e6, float64(e.Have)/1e6, e.Why)
}

// Code for the launcher.
func (e *NoRoom) Code() string { return "no-room" }

// tablesLength is how much address space the tables are to have in a service, which has not begun if fresh.
func tablesLength(pid int, fresh bool) (uint64, error) {
	if memory := room.Here.Memory(pid, 0); memory.Bytes < least {
		return 0, &NoRoom{least, memory.Bytes, memory.Why}
	}
	address := room.Here.Address(pid, fresh)
	if address.Bytes < least {
		return 0, &NoRoom{least, address.Bytes, address.Why}
	}
	return min(address.Bytes, most) &^ (table.PageSize - 1), nil
}

// LengthWithin returns the length in bytes of tables that may take so many: whole pages, and as much as they need in any case.
func LengthWithin(bytes uint64) uint64 {
	return max(bytes, least+table.PageSize) &^ (table.PageSize - 1)
}

// allocate has memory allocated for a part of the tables, and makes the file as long as that. It is this process that is charged.
func (p *pool) allocate(from, to uint64) error {
	var limit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_FSIZE, &limit) == nil && to > limit.Cur {
		return unix.EFBIG // and no SIGXFSZ
	}
	for {
		err := unix.Fallocate(p.fd, 0, int64(from), int64(to-from))
		if !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}

// first has allocated what hooks need from the first moment on, for so many Ps.
func (h *Hooks) first(ps int) error {
	ahead := uint64(firstAhead + min(ps, firstMost)*table.StarterSize)
	end := min(table.PoolOff+ahead, uint64(len(h.Mem)))
	shards := uint64(table.ShardsOff+(table.NoPs+table.FirstPs)*table.ShardSize+table.PageSize-1) &^ (table.PageSize - 1)
	if err := errors.Join(h.pool.allocate(0, shards), h.pool.allocate(table.PoolOff, end)); err != nil {
		return fmt.Errorf("allocating memory for the shared tables: %w", err)
	}
	h.pool.there.Store(end)
	return nil
}

// Grow brings the pool ahead of what is taken, as far as there is room.
func (h *Hooks) Grow() {
	p := &h.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	next, _ := table.Pool(h.Mem)
	h.shorten(next)
	for ahead := p.ahead(next); !p.closed; {
		next, end := table.Pool(h.Mem)
		there := p.there.Load()
		if next > end || end > there { // nobody but this agent raises the end: the service has written there
			return
		}
		want := min(next+ahead, uint64(len(h.Mem)))
		if want <= there {
			if there >= uint64(len(h.Mem)) && there-next < table.ChunkSize+table.SiteSpare {
				p.setFull(fmt.Sprintf("the tables are full: they have taken all %d MB that they were given (--memory, or the address space)", len(h.Mem)/1e6))
			} else if there-next >= leastAhead {
				p.full.Store(nil)
			}
			return
		}
		to := min(there+growStep, uint64(len(h.Mem)))
		if memory := room.Here.Memory(p.pid, there); to > memory.Bytes {
			p.setFull(fmt.Sprintf("the tables are full: they have taken %d MB, and %s", there/1e6, memory.Why))
			return
		}
		if err := p.allocate(there, to); err != nil {
			p.setFull(fmt.Sprintf("the tables are full: they have taken %d MB, and no more memory could be allocated for them: %v", there/1e6, err))
			return
		}
		p.there.Store(to)
		table.SetPoolEnd(h.Mem, to)
	}
}

// shorten sets how much is kept of stacks that are new: less, the less room there is for what was taken up to next. Records that
// there are stay what they are.
func (h *Hooks) shorten(next uint64) {
	limit := uint64(len(h.Mem))
	if h.pool.full.Load() != nil {
		limit = h.pool.there.Load() // it will have no more than that
	}
	if next < table.PoolOff || limit <= table.PoolOff {
		return
	}
	keep, used := table.MaxDepth, float64(next-table.PoolOff)/float64(limit-table.PoolOff)
	for _, step := range keepSteps {
		if used >= step.used {
			keep = step.frames
		}
	}
	if keep == table.Keep(h.Mem) {
		return
	}
	table.SetKeep(h.Mem, keep)
	if keep < table.MaxDepth {
		why := fmt.Sprintf("the tables are full to %.0f %% of the %d MB that they may take (--memory, or the address space)", 100*used, limit/1e6)
		h.pool.tight.Store(&why)
	}
}

// keepSteps are how many frames are kept of new stacks where a share of the tables' room is used.
var keepSteps = []struct {
	used   float64
	frames int
}{{0.5, 32}, {0.7, 16}, {0.85, leastKept}}

// ahead is how far the pool is to be ahead of what is taken, which is up to next.
func (p *pool) ahead(next uint64) uint64 {
	if p.start == 0 {
		p.start = min(max(leastAhead, room.Here.Memory(p.pid, p.there.Load()).Bytes/roomShare), startAhead)
	}
	now, pace := time.Now(), uint64(0)
	if elapsed := now.Sub(p.looked); p.took != 0 && next > p.took && elapsed > 0 {
		pace = uint64(float64(next-p.took) / elapsed.Seconds() * aheadTime.Seconds())
	}
	p.took, p.looked = next, now
	return min(max(p.start, (next-table.PoolOff)/aheadShare, pace)+uint64(p.procs)*table.StarterSize, mostAhead)
}

func (p *pool) setFull(why string) { p.full.Store(&why) }

// Tend keeps the pool ahead, and a shard for each P, until done is closed. pid is the service's, procs its runtime.GOMAXPROCS; 0: not
// known.
func (h *Hooks) Tend(pid int, procs func() int, done <-chan struct{}) {
	h.pool.mu.Lock()
	h.pool.pid = pid
	h.pool.mu.Unlock()
	_ = h.pool.allocate(0, table.PoolOff) // what fails here is allocated when it is used
	pause, before := tendLeast, uint64(0)
	for {
		n := procs()
		if n == 0 || n > table.FirstPs/2 {
			table.SetNumPs(h.Mem, table.MaxPs)
		}
		if n > table.MaxPs {
			h.pool.beyond.Store(true)
		}
		h.pool.mu.Lock()
		h.pool.procs = min(max(0, n), table.MaxPs)
		h.pool.mu.Unlock()
		h.Grow()
		next, _ := table.Pool(h.Mem)
		switch {
		case h.Full() != "":
			pause = tendFull
		case next != before:
			pause = tendLeast
		default:
			lead := h.There() - min(next, h.There())
			pause = max(tendLeast, min(2*pause, time.Duration(lead*uint64(time.Second/time.Microsecond)/tendPace)*time.Microsecond))
		}
		before = next
		select {
		case <-done:
			return
		case <-time.After(pause):
		}
	}
}

// stopGrowing ends the growth: the tables are about to be given back.
func (p *pool) stopGrowing() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
}
