// Microalloc measures what one allocation of 16 bytes costs at a given depth of the stack, on one or many stacks, in
// processor time of the thread that allocates.
package main

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"sort"
	"time"

	"services/internal/cputime"
	"services/internal/meter"
	"services/internal/observe"
	"services/internal/result"
)

type object struct{ a, b *int }

var kept *object

//go:noinline
func allocate() { kept = new(object) }

//go:noinline
func allocateMany(n int) {
	for i := 0; i < n; i++ {
		kept = new(object)
	}
}

// main.main, the closure in it, outer, inner and allocate; deeper's frames come between the first two.
const fixedFrames = 5

// deeper runs f with n frames of its own on the stack.
//
//go:noinline
func deeper(n int, f func()) {
	if n == 1 {
		f()
		return
	}
	deeper(n-1, f)
}

func main() {
	frames := flag.Int("frames", 5, "the program's frames, from main.main to the function that allocates")
	stacks := flag.Int("stacks", 1, "distinct stacks, taken in turn; 1024 at most")
	n := flag.Int("n", 2_000_000, "allocations a measurement")
	repeat := flag.Int("repeat", 5, "measurements, of which the median counts")
	gcPercent := flag.Int("gc", 400, "GOGC")
	meterTo := flag.String("meter", "", "file for allocations and processor time after each measurement")
	rival := observe.Flags()
	out := flag.String("out", "", "file for the result; standard output if empty")
	flag.Parse()
	if *frames < fixedFrames || *stacks < 1 || *stacks > 1024 {
		fmt.Fprintln(os.Stderr, "at least 5 frames, 1 to 1024 stacks")
		os.Exit(2)
	}
	rival.Start()
	debug.SetGCPercent(*gcPercent)

	// On one stack the allocations follow each other in a loop; on many, every one is on another stack than the last.
	work := func() { outer(0, *n) }
	if *stacks > 1 {
		work = func() {
			for i := 0; i < *n; i++ {
				outer(i%*stacks, 0)
			}
		}
	}
	runtime.LockOSThread()
	m, worked := meter.To(*meterTo), time.Duration(0)
	var times []float64
	for i := 0; i <= *repeat; i++ {
		start := cputime.Thread()
		if *frames == fixedFrames {
			work()
		} else {
			deeper(*frames-fixedFrames, work)
		}
		took := cputime.Thread() - start
		worked += took
		m.Write(uint64((i+1)**n), worked)
		if i > 0 { // the first was for warming up
			times = append(times, float64(took.Nanoseconds())/float64(*n))
		}
	}
	sort.Float64s(times)
	result.Write(*out, map[string]any{"ns": times[len(times)/2], "all": times})
}
