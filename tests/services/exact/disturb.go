package main

import (
	"flag"
	"os"
	"runtime"
	"runtime/pprof"
	"runtime/trace"
	"sync/atomic"
)

// What else may go on in a process while it is hooked. All of it has ended before the final statement.
var (
	cpuProfile  = flag.String("cpuprofile", "", "meanwhile, write a CPU profile to this file")
	tracing     = flag.String("trace", "", "meanwhile, write an execution trace to this file")
	heapProfile = flag.String("heapprofile", "", "write the runtime's heap profile to this file at the end")
	spinning    = flag.Int("spin", 0, "goroutines in loops without calls, which only a signal can preempt")
)

// observe turns on what the flags ask for and returns what turns it off again.
func observe() (stop func()) {
	var stops []func()
	if *cpuProfile != "" {
		file := create(*cpuProfile)
		must(pprof.StartCPUProfile(file))
		stops = append(stops, pprof.StopCPUProfile, func() { must(file.Close()) })
	}
	if *tracing != "" {
		file := create(*tracing)
		must(trace.Start(file))
		stops = append(stops, trace.Stop, func() { must(file.Close()) })
	}
	return func() {
		for _, stop := range stops {
			stop()
		}
		if *heapProfile != "" {
			file := create(*heapProfile)
			runtime.GC()
			must(pprof.Lookup("heap").WriteTo(file, 0))
			must(file.Close())
		}
	}
}

func create(path string) *os.File {
	file, err := os.Create(path)
	must(err)
	return file
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

const spins = 1 << 20

var spun atomic.Int64

// spin is a loop of about a millisecond without a call in it, so that stopping it takes a signal.
//
//go:noinline
func spin(int) {
	sum := 0
	for i := 0; i < spins; i++ {
		sum ^= i
	}
	spun.Add(int64(sum))
	runtime.Gosched()
}
