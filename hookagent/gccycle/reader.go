package gccycle

import (
	"encoding/binary"
	"errors"
	"fmt"

	"gotop/hookagent/memory"
	"gotop/hookagent/plan"
	"gotop/hookagent/table"
)

// Pause is how long the world stood still for one cycle: both its stops together.
type Pause struct {
	Number uint64 // MemStats.NumGC after it
	At     int64  // its end, CLOCK_MONOTONIC
	NS     int64
}

// Reader reads cycles from the memory of a service without hooks. The last 256 pauses are there to be read
// (mstats.pause_ns, pause_end); all else is kept of the last cycle only, until the next begins, so that what is between two
// readings is lost but for its pause. It is not safe for use from several goroutines.
type Reader struct {
	mem   memory.Reader
	words []uint64 // addresses, see sources
	numgc uint64   // addresses in runtime.memstats
	last  uint64
	unix  uint64
	ns    uint64
	end   uint64
	made  Assembler
	seen  uint64 // number of the last cycle that was told
	at    int64  // and when it ended
}

// ring is len(mstats.pause_ns), and of pause_end.
const ring = 256

// NewReader prepares reading; bias is what must be added to the plan's addresses.
func NewReader(p *plan.Plan, bias uint64, mem memory.Reader) (*Reader, error) {
	r := &Reader{mem: mem, words: Addresses(p, bias)}
	if r.words == nil {
		return nil, errors.New("the hook plan does not say where the collector's figures are")
	}
	memstats := p.Vars["runtime.memstats"] + bias
	for name, addr := range map[string]*uint64{
		"mstats.numgc": &r.numgc, "mstats.last_gc_nanotime": &r.last, "mstats.last_gc_unix": &r.unix,
		"mstats.pause_ns": &r.ns, "mstats.pause_end": &r.end,
	} {
		off, ok := p.Layout[name]
		if !ok || p.Layout["len.mstats.pause_ns"] != ring {
			return nil, fmt.Errorf("the hook plan does not say where %s is", name)
		}
		*addr = memstats + off
	}
	return r, nil
}

// Read returns the pauses and the cycles that have ended since the last reading; lost are pauses that were overwritten.
func (r *Reader) Read() (pauses []Pause, cycles []Cycle, lost uint64, err error) {
	for range attempts {
		number, err := r.number()
		if err != nil || number == r.seen {
			r.noteTrigger()
			return nil, nil, 0, err
		}
		pauses, lost, err = r.pauses(number)
		if errors.Is(err, errEnding) {
			continue
		}
		if err != nil {
			return nil, nil, 0, err
		}
		if now, err := r.number(); err != nil || now != number {
			continue // another has just ended: its pause may have taken the oldest one's place
		}
		if c, ok := r.cycle(number, pauses); ok {
			cycles = append(cycles, c)
		}
		r.seen, r.at = number, pauses[len(pauses)-1].At
		return pauses, cycles, lost, nil
	}
	return nil, nil, 0, nil // cycles end faster than they can be read: the next reading will be luckier
}

const attempts = 4

// number reads how many cycles have ended.
func (r *Reader) number() (uint64, error) {
	n, err := memory.Uint32(r.mem, r.numgc)
	if err != nil {
		return 0, fmt.Errorf("reading runtime.memstats.numgc: %w", err)
	}
	return n, nil
}

// errEnding: another cycle is just ending, the last one's instant is not its own any more.
var errEnding = errors.New("a cycle is just ending")

// pauses reads those of the cycles since the last reading up to number, at most ring of them.
//
// gcMarkTermination (runtime/mgc.go) sets last_gc_unix, last_gc_nanotime and both rings at numgc % 256, in this order, before it
// increments numgc. The ends are in wall time, whose clock may be set: only their distances are used, from the last one's end, which
// is there as nanotime, too.
func (r *Reader) pauses(number uint64) (list []Pause, lost uint64, err error) {
	both := make([]byte, 2*8*ring)
	var last, unix [8]byte
	if err := errors.Join(
		r.mem.ReadAt(last[:], r.last), r.mem.ReadAt(unix[:], r.unix), r.mem.ReadAt(both[:8*ring], r.ns), r.mem.ReadAt(both[8*ring:], r.end),
	); err != nil {
		return nil, 0, fmt.Errorf("reading the pauses: %w", err)
	}
	begin := r.seen
	if number < begin {
		return nil, 0, fmt.Errorf("%d cycles after %d", number, begin)
	}
	if number-begin > ring {
		lost = number - begin - ring
		if begin == 0 {
			lost = 0 // before anybody looked
		}
		begin = number - ring
	}
	word := func(of, n uint64) int64 { return int64(binary.LittleEndian.Uint64(both[8*(of*ring+n%ring):])) }
	newest, mono := word(1, number-1), int64(binary.LittleEndian.Uint64(last[:]))
	if int64(binary.LittleEndian.Uint64(unix[:])) != newest {
		return nil, 0, errEnding
	}
	for n := begin; n < number; n++ {
		at := max(mono-max(newest-word(1, n), 0), r.at+1)
		if len(list) > 0 {
			at = max(at, list[len(list)-1].At+1)
		}
		list = append(list, Pause{Number: n + 1, At: at, NS: max(word(0, n), 0)})
	}
	return list, lost, nil
}

// cycle reads the last cycle, if the next has not begun and everything fits with its pause.
func (r *Reader) cycle(number uint64, pauses []Pause) (c Cycle, ok bool) {
	first, err1 := r.read()
	second, err2 := r.read()
	if err1 != nil || err2 != nil || first != second || first[wordNumGC]&0xffffffff != number {
		return c, false
	}
	w := &first
	if w[wordEnd] < w[wordMarkTerm] || w[wordMarkTerm] < w[wordMark] || w[wordMark] < w[wordSweepTerm] {
		return c, false // the next one has begun
	}
	if int64(w[wordPause]) != pauses[len(pauses)-1].NS {
		return c, false
	}
	return r.made.AddStop(reasonMarkTerm, w)
}

// noteTrigger notes the trigger of a cycle that is under way.
func (r *Reader) noteTrigger() {
	if w, err := r.read(); err == nil && w[wordMark] > w[wordEnd] && w[wordSweepTerm] <= w[wordMark] && w[wordTriggered] != ^uint64(0) {
		r.made.AddStop(reasonSweepTerm, &w)
	}
}

// read reads the words that an event would keep.
func (r *Reader) read() (w [table.EventWords]uint64, err error) {
	var b [8 * words]byte
	if err := r.mem.ReadVec(b[:], r.words, 8); err != nil {
		return w, fmt.Errorf("reading the collector's figures: %w", err)
	}
	for i := range words {
		w[i] = binary.LittleEndian.Uint64(b[8*i:])
	}
	return w, nil
}
