// Command quiet allocates in every way there is, then holds still while another process reads its runtime's figures, and
// says what the runtime itself makes of them.
//
// For each byte on standard input it allocates (and, for 'f', flushes the mcaches), answers with one byte, waits for another
// byte, and writes what the runtime says, as a line of numbers. Nothing is allocated between the answer and the reading.
package main

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"strconv"
	"sync"
	"syscall"
)

var (
	sink  [64][]any
	m     runtime.MemStats
	input [1]byte
	live  = []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
)

type small struct {
	next *small
	data [40]byte
}

func main() {
	if n, err := strconv.Atoi(os.Getenv("QUIET_LIMIT")); err == nil {
		debug.SetMemoryLimit(int64(n))
		debug.SetGCPercent(100_000) // so that the limit sets the goal
	}
	runtime.GOMAXPROCS(4)
	for range [7]int{} {
		go func() { select {} }()
	}
	metrics.Read(live)
	for round := 0; wait(); round++ {
		kind := input[0]
		allocate(round)
		if kind == 'f' {
			runtime.ReadMemStats(&m)
		}
		syscall.Write(1, input[:])
		if !wait() {
			return
		}
		runtime.ReadMemStats(&m)
		n := runtime.NumGoroutine()
		metrics.Read(live)
		fmt.Println(m.Mallocs, m.Frees, m.TotalAlloc, m.StackInuse, m.HeapAlloc, live[0].Value.Uint64(), m.NextGC, m.NumGC,
			m.PauseTotalNs, n, runtime.GOMAXPROCS(0), m.BySize)
	}
}

// wait reads a byte without the poller: this thread blocks in the kernel.
func wait() bool {
	n, _ := syscall.Read(0, input[:])
	return n == 1
}

// allocate leaves garbage for a collection, and then allocates on several Ps without starting another.
func allocate(round int) {
	work(round)
	runtime.GC()
	runtime.GC() // finishes sweeping
	old := debug.SetGCPercent(100_000)
	work(round)
	debug.SetGCPercent(old)
}

func work(round int) {
	var wg sync.WaitGroup
	for i := range sink {
		i := i // Go 1.21
		wg.Add(1)
		go func() {
			defer wg.Done()
			sink[i] = nil
			for k := 0; k < 50+i*round; k++ {
				tiny, noscan, scan := new(byte), make([]byte, 30+k), &small{}
				sink[i] = append(sink[i], tiny, noscan, scan)
			}
			if i%16 == 0 {
				sink[i] = append(sink[i], make([]byte, 100_000))
			}
		}()
	}
	wg.Wait()
}
