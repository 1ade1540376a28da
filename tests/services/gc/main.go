// Gc collects a known number of times and states the runtime's own account of its pauses.
package main

import (
	"flag"
	"runtime"
	"runtime/debug"
	"time"

	"services/internal/finalstats"
)

type leaf struct {
	next *leaf
	room [100]byte
}

func main() {
	cycles := flag.Int("cycles", 20, "collections to force")
	live := flag.Int("live", 20000, "objects kept alive")
	pause := flag.Duration("pause", 2*time.Millisecond, "between collections")
	natural := flag.Bool("natural", false, "let the collector also run by itself")
	out := flag.String("out", "", "file for the final statement; standard output if empty")
	flag.Parse()
	finalstats.WriteTo(*out)
	if !*natural {
		debug.SetGCPercent(-1)
	}
	var head *leaf
	for i := 0; i < *live; i++ {
		head = &leaf{next: head}
	}
	for i := 0; i < *cycles; i++ {
		for j := 0; j < 1000; j++ {
			head = &leaf{next: head.next}
		}
		runtime.GC()
		time.Sleep(*pause)
	}
	finalstats.Settle()
	finalstats.Report()
	runtime.KeepAlive(head)
}
