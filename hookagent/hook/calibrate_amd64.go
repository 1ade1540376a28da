package hook

import (
	"fmt"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"gotop/hookagent/table"
)

func runBody(body, config uintptr, self *fakeG, n int)

//lint:ignore U1000 where injected code goes on, in calibrate_amd64.s
func bodyDone()

// fakeG is as much of a runtime.g, and of its m and p, as the injected code looks at.
type fakeG struct {
	lo, hi uint64
	_      [4]uint64
	m      *fakeM // at 48
}

type fakeM struct {
	p *uint64 // its id
	_ *fakeG  // g0, never looked at: fakeG is no g0
}

// Calibrate measures the injected code by running it here, in tables of its own, for some milliseconds.
func Calibrate() (Cost, error) {
	const size = table.PoolOff + 2*table.SpareBytes
	mem, err := unix.Mmap(-1, 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON|unix.MAP_NORESERVE)
	if err != nil {
		return Cost{}, fmt.Errorf("measuring the hooks' cost: %w", err)
	}
	defer unix.Munmap(mem) //nolint:errcheck // nothing can be done
	base := uint64(uintptr(unsafe.Pointer(&mem[0])))
	if err := table.Init(mem, table.Config{Base: base, Length: size, FD: -1, MG0: 8, SizeClasses: []uint64{8, 16}, Depth: 1, Texts: [][2]uint64{{0, 1}}}); err != nil {
		return Cost{}, err
	}
	table.SetPoolEnd(mem, size)
	table.SetRate(mem, 64<<10)
	_, entry, err := injectedCode()
	if err != nil {
		return Cost{}, err
	}
	table.SetRestoreArgs(mem, uint64(uintptr(unsafe.Pointer(injectedStart)))+entry[bodyRestore])
	table.SetResume(mem, uint64(uintptr(unsafe.Pointer(injectedStart)))+entry[bodyResume])
	const few, many = 4, 32
	run := func(body body, depth int) float64 {
		table.SetDepth(mem, depth)
		at := uintptr(unsafe.Pointer(injectedStart)) + uintptr(entry[body])
		return withFrames(many+4, func() float64 { return timeBody(at, uintptr(base)+table.HdrConfig) })
	}
	short, long := run(bodyExact, few), run(bodyExact, many)
	c := Cost{
		perFrame: max(0, long-short) / (many - few), sites: run(bodySites, many), sitesSampled: run(bodySitesSampled, many),
		sampled: run(bodySampled, many), count: run(bodyCount, 1),
	}
	c.exact = max(0, short-few*c.perFrame)
	table.SetModeBody(mem, uint64(uintptr(unsafe.Pointer(injectedStart)))+entry[bodyCount])
	c.attribution = max(0, run(bodyAttribute, 1)-c.count)
	return c, nil
}

// withFrames calls f with n frames more on the stack.
//
//go:noinline
func withFrames(n int, f func() float64) float64 {
	if n == 0 {
		return f()
	}
	return withFrames(n-1, f) + 0
}

// timeBody measures one body and returns the least of some measurements, in ns a run, so that interruptions do not count.
func timeBody(body, config uintptr) float64 {
	const runs, rounds = 20_000, 7
	var id uint64
	var here byte
	m := &fakeM{p: &id}
	top := uint64(uintptr(unsafe.Pointer(&here)))
	g := &fakeG{lo: 0, hi: top + 1<<16, m: m}
	least := time.Duration(1 << 62)
	for range rounds {
		start := time.Now()
		runBody(body, config, g, runs)
		least = min(least, time.Since(start))
	}
	return float64(least.Nanoseconds()) / runs
}
