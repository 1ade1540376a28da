package main

import (
	"fmt"
	"runtime"
	"sync"
	"syscall"
)

// lock locks all memory that there is and will be, as programs do that handle secrets.
func lock() (string, error) {
	const current, future = 1, 2
	return "locked", syscall.Mlockall(current | future)
}

// Stacks are spelled by a number's bits: one of two functions at each level.

//go:noinline
func left(bits, levels int) { descend(bits, levels) }

//go:noinline
func right(bits, levels int) { descend(bits, levels) }

func descend(bits, levels int) {
	switch {
	case levels == 0:
		kept = &victim{}
	case bits&1 == 0:
		left(bits>>1, levels-1)
	default:
		right(bits>>1, levels-1)
	}
}

// stacks allocates once on each of n stacks.
func stacks(n int) string {
	const levels = 20
	for stack := 0; stack < n; stack++ {
		left(stack, levels)
	}
	return fmt.Sprint(n)
}

var spread [1 << 13]*victim

// procs sets GOMAXPROCS, if n is not 0, and allocates a thousand times on each P, more or less, by goroutines whose stacks grow.
func procs(n int) string {
	if n > 0 {
		runtime.GOMAXPROCS(n)
	}
	n = runtime.GOMAXPROCS(0)
	var all sync.WaitGroup
	for p := 0; p < n; p++ {
		all.Add(1)
		go func(p int) {
			defer all.Done()
			deep(50, p)
			for i := 0; i < 1000; i++ {
				spread[p%len(spread)] = &victim{}
				if i%50 == 0 {
					runtime.Gosched()
				}
			}
		}(p)
	}
	all.Wait()
	return fmt.Sprint(n)
}

//go:noinline
func deep(n, p int) int {
	var room [16]int
	if n == 0 {
		spread[p%len(spread)] = &victim{}
		return 0
	}
	return deep(n-1, p) + room[n%16]
}
