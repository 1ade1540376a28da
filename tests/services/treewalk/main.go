// Treewalk is what compilers, linters and interpreters do: several goroutines recurse over trees and allocate at every
// level, so that each place in the tree is a stack of its own. With 11 levels, that are some 4,100 of them.
package main

import (
	"flag"
	"runtime"
	"sync/atomic"
	"time"

	"services/internal/cputime"
	"services/internal/meter"
	"services/internal/result"
)

type node struct {
	left, right *node
}

// The function at each level says which way the tree went: two of them make 2^n stacks at n levels.

//go:noinline
func left(levels int) *node {
	if levels == 0 {
		return new(node)
	}
	return &node{left(levels - 1), right(levels - 1)}
}

//go:noinline
func right(levels int) *node {
	if levels == 0 {
		return new(node)
	}
	return &node{left(levels - 1), right(levels - 1)}
}

// deeper runs f with n frames of its own on the stack.
//
//go:noinline
func deeper(n int, f func()) {
	if n == 0 {
		f()
		return
	}
	deeper(n-1, f)
}

// A worker counts on cache lines of its own.
type worker struct {
	allocs atomic.Uint64
	_      [15]uint64
}

// work walks the whole tree, again and again, and counts its parts: a large one takes longer than a turn of the benchmark.
func (w *worker) work(levels int, yield bool) {
	const part = 8
	for {
		if levels <= part {
			left(levels)
			w.allocs.Add(uint64(2)<<levels - 1)
			if yield {
				runtime.Gosched()
			}
			continue
		}
		w.descend(levels, part)
	}
}

func (w *worker) descend(levels, part int) {
	if levels == part {
		left(levels)
		w.allocs.Add(uint64(2)<<levels - 1)
		return
	}
	w.first(levels-1, part)
	w.second(levels-1, part)
}

//go:noinline
func (w *worker) first(levels, part int) { w.descend(levels, part) }

//go:noinline
func (w *worker) second(levels, part int) { w.descend(levels, part) }

func main() {
	workers := flag.Int("workers", 4, "goroutines")
	levels := flag.Int("levels", 11, "of the trees")
	frames := flag.Int("frames", 0, "frames on the stack below the trees")
	locked := flag.Bool("locked", false, "each goroutine has a thread of its own")
	yield := flag.Bool("yield", false, "each goes to the end of the queue after a tree of up to 8 levels, so that all have their turns")
	span := flag.Duration("for", 5*time.Second, "how long to go on")
	out := flag.String("out", "", "file for the result; standard output if empty")
	meterTo := flag.String("meter", "", "file for allocations and processor time, every 10 ms")
	flag.Parse()
	all := make([]worker, *workers)
	for i := range all {
		go func(w *worker) {
			if *locked {
				runtime.LockOSThread()
			}
			deeper(*frames, func() { w.work(*levels, *yield) })
		}(&all[i])
	}
	done := func() (sum uint64) {
		for i := range all {
			sum += all[i].allocs.Load()
		}
		return sum
	}
	m, end := meter.To(*meterTo), time.Now().Add(*span)
	allocs, worked := done(), cputime.Process()
	for time.Now().Before(end) {
		m.Write(done(), cputime.Process())
		time.Sleep(10 * time.Millisecond)
	}
	result.Write(*out, map[string]any{"ns": float64((cputime.Process() - worked).Nanoseconds()) / float64(done()-allocs)})
}
