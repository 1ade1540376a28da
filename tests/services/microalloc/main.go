// Microalloc measures what one 16-byte allocation costs, at a given depth of the stack and on one or many stacks.
package main

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"sort"
	"time"
)

type object struct{ a, b *int }

var kept *object

//go:noinline
func left(bits, levels, n int) { down(bits, levels, n) }

//go:noinline
func right(bits, levels, n int) { down(bits, levels, n) }

func down(bits, levels, n int) {
	if levels == 0 {
		for i := 0; i < n; i++ {
			kept = new(object)
		}
		return
	}
	if bits&1 == 0 {
		left(bits>>1, levels-1, n)
	} else {
		right(bits>>1, levels-1, n)
	}
}

func main() {
	frames := flag.Int("frames", 5, "frames from main.main to the allocation, both counted")
	stacks := flag.Int("stacks", 1, "distinct stacks, taken in turn")
	burst := flag.Int("burst", 0, "allocations in a row on one stack; 0: 1000 on a single stack, else 1")
	n := flag.Int("n", 2_000_000, "allocations a measurement")
	repeat := flag.Int("repeat", 5, "measurements, of which the median counts")
	profile := flag.Bool("profile", false, "record all of them in the runtime's own profile (MemProfileRate = 1)")
	noProfile := flag.Bool("no-profile", false, "switch the runtime's own profile off")
	gcPercent := flag.Int("gc", 400, "GOGC")
	flag.Parse()
	if *profile {
		runtime.MemProfileRate = 1
	}
	if *noProfile {
		runtime.MemProfileRate = 0
	}
	debug.SetGCPercent(*gcPercent)
	levels := *frames - 2 // main.main, the frame that allocates, and what is between
	if *burst == 0 {
		*burst = 1
		if *stacks == 1 {
			*burst = 1000
		}
	}
	if levels < 0 || 1<<min(levels, 40) < *stacks && *stacks > 1 {
		fmt.Fprintln(os.Stderr, "too few frames for so many stacks")
		os.Exit(2)
	}
	rounds := *n / *burst
	run := func() time.Duration {
		start := time.Now()
		for round := 0; round < rounds; round++ {
			left(round%*stacks, levels, *burst)
		}
		return time.Since(start)
	}
	run()
	times := make([]float64, 0, *repeat)
	for i := 0; i < *repeat; i++ {
		times = append(times, float64(run().Nanoseconds())/float64(rounds**burst))
	}
	sort.Float64s(times)
	fmt.Printf("{\"ns_per_alloc\": %.3f, \"min\": %.3f, \"max\": %.3f}\n", times[len(times)/2], times[0], times[len(times)-1])
}
