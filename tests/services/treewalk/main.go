// Treewalk is what compilers, linters and interpreters do: several goroutines recurse over trees and allocate at every
// level, so that each place in the tree is a stack of its own. With 11 levels, that are some 4,100 of them.
package main

import (
	"flag"
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

// A worker counts on cache lines of its own.
type worker struct {
	trees atomic.Uint64
	_     [15]uint64
}

func main() {
	workers := flag.Int("workers", 4, "goroutines")
	levels := flag.Int("levels", 11, "of the trees")
	span := flag.Duration("for", 5*time.Second, "how long to go on")
	out := flag.String("out", "", "file for the result; standard output if empty")
	meterTo := flag.String("meter", "", "file for trees and processor time, every 10 ms")
	flag.Parse()
	all := make([]worker, *workers)
	for i := range all {
		go func(w *worker) {
			for {
				left(*levels)
				w.trees.Add(1)
			}
		}(&all[i])
	}
	done := func() (sum uint64) {
		for i := range all {
			sum += all[i].trees.Load()
		}
		return sum
	}
	m, end := meter.To(*meterTo), time.Now().Add(*span)
	trees, worked := done(), cputime.Process()
	for time.Now().Before(end) {
		m.Write(done(), cputime.Process())
		time.Sleep(10 * time.Millisecond)
	}
	allocs := float64(done()-trees) * float64(uint64(2)<<*levels-1)
	result.Write(*out, map[string]any{"ns": float64((cputime.Process() - worked).Nanoseconds()) / allocs})
}
