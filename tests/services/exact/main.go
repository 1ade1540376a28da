// Exact allocates in every way there is, from several goroutines, with the collector running, and ends by stating how
// many objects the runtime counted since the process began.
package main

import (
	"flag"
	"os"
	"runtime"
	"runtime/debug"
	"sync"

	"services/internal/finalstats"
)

func main() {
	n := flag.Int("n", 200, "rounds of each way")
	goroutines := flag.Int("goroutines", 4, "goroutines that go through all ways at the same time")
	gcPercent := flag.Int("gc", 100, "GOGC; -1 is off")
	forced := flag.Bool("force-gc", false, "collect again and again meanwhile")
	procs := flag.Bool("procs", false, "change GOMAXPROCS again and again meanwhile")
	locked := flag.Bool("locked", false, "wire each goroutine to a thread of its own")
	idle := flag.Int("idle", 0, "goroutines that wait for the others' end meanwhile")
	only := flag.String("way", "", "only this way of allocating")
	depth := flag.Int("depth", 0, "this many frames more below each way")
	out := flag.String("out", "", "file for the final statement; standard output if empty")
	leave := flag.String("leave", "return", "how to end: return (from main) or exit (os.Exit)")
	flag.Parse()
	finalstats.WriteTo(*out)
	debug.SetGCPercent(*gcPercent)
	stopObserving := observe()

	var stir sync.WaitGroup
	stop := make(chan struct{})
	background := func(on bool, step func(round int)) {
		if !on {
			return
		}
		stir.Add(1)
		go func() {
			defer stir.Done()
			for round := 0; ; round++ {
				select {
				case <-stop:
					return
				default:
					step(round)
				}
			}
		}()
	}
	background(*forced, func(int) { runtime.GC() })
	background(*procs, func(round int) { runtime.GOMAXPROCS(1 + round%7); runtime.Gosched() })
	for i := 0; i < *spinning; i++ {
		background(true, spin)
	}
	for i := 0; i < *idle; i++ {
		stir.Add(1)
		go func() { defer stir.Done(); <-stop }()
	}

	var work sync.WaitGroup
	for i := 0; i < *goroutines; i++ {
		work.Add(1)
		go func() {
			defer work.Done()
			if *locked {
				runtime.LockOSThread() // the thread ends with the goroutine
			}
			s := new(sink)
			for _, way := range ways {
				if *only == "" || *only == way.name {
					below(*depth, func() { way.run(*n, s) })
				}
			}
		}()
	}
	work.Wait()
	close(stop)
	stir.Wait()
	stopObserving()

	finalstats.Settle()
	finalstats.Report()
	if *leave == "exit" {
		os.Exit(0)
	}
}
