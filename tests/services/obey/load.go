package main

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// Load allocates from some goroutines in bursts, on stacks of different depths, with short pauses and a collection now and then,
// until it is told to rest.

var (
	resting atomic.Bool
	loads   sync.WaitGroup
	churned atomic.Int64 // objects that loads have allocated, counted when they rest
)

const (
	burst      = 300
	collection = 200 // bursts from one forced collection to the next
)

type churn struct{ a, b *churn }

// load starts n goroutines.
func load(n int) string {
	resting.Store(false)
	for i := 0; i < n; i++ {
		loads.Add(1)
		go work(i)
	}
	return fmt.Sprint(n)
}

// rest returns how many objects loads have allocated since the start, when none allocates any more.
func rest() string {
	resting.Store(true)
	loads.Wait()
	return fmt.Sprint(churned.Load())
}

func work(i int) {
	defer loads.Done()
	var recent [64]*churn
	done := int64(0)
	for turn := 1; !resting.Load(); turn++ {
		for n := 0; n < burst; n++ {
			recent[n%len(recent)] = churnAt(n % 24)
			done++
		}
		if i == 0 && turn%collection == 0 {
			runtime.GC()
		}
		time.Sleep(time.Millisecond)
	}
	churned.Add(done)
}

//go:noinline
func churnAt(depth int) *churn {
	if depth == 0 {
		return &churn{}
	}
	return churnAt(depth - 1)
}
