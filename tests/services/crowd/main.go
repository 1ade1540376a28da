// Crowd has known numbers of goroutines in known states, has grown known stacks and allocated known objects. It says so, and rests.
package main

import (
	"encoding/json"
	"flag"
	"os"
	"runtime"
	"sync"
	"time"
)

type small struct{ a, b, c, d, e, f uint64 }

type linked struct {
	next *linked
	room [40]byte
}

var (
	never  = make(chan int)
	mutex  sync.Mutex
	ready  sync.WaitGroup
	tiny   *uint32
	plain  *small
	list   *linked
	large  []byte
	result byte
)

func main() {
	crowd := flag.Int("crowd", 200, "goroutines of each kind")
	n := flag.Int("n", 1000, "objects of each kind")
	out := flag.String("out", "", "file for the statement")
	flag.Parse()
	mutex.Lock()
	for range make([]struct{}, *crowd) {
		ready.Add(3)
		go receive()
		go lock()
		go grow()
	}
	ready.Wait()
	for range make([]struct{}, *crowd) {
		ready.Add(1)
		go ready.Done() // one after the other: each takes the last one's place
		ready.Wait()
	}
	allocate(*n)
	time.Sleep(200 * time.Millisecond)
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	said, _ := json.Marshal(map[string]uint64{
		"goroutines": uint64(runtime.NumGoroutine()), "stack_inuse": m.StackInuse, "mallocs": m.Mallocs, "total_alloc": m.TotalAlloc,
	})
	if err := os.WriteFile(*out+".new", said, 0o600); err != nil {
		panic(err)
	}
	if err := os.Rename(*out+".new", *out); err != nil {
		panic(err)
	}
	time.Sleep(time.Hour)
}

func allocate(n int) {
	for i := 0; i < n; i++ {
		tiny = new(uint32)
		plain = new(small)
		list = new(linked)
		if i%10 == 0 {
			large = make([]byte, 40000)
		}
	}
}

func receive() {
	ready.Done()
	<-never
}

func lock() {
	ready.Done()
	mutex.Lock()
}

func grow() {
	result = deep(60)
}

// deep needs about 8 KiB.
//
//go:noinline
func deep(n int) byte {
	var room [100]byte
	if n == 0 {
		ready.Done()
		<-never
	}
	room[n] = deep(n-1) + byte(n)
	return room[n/2]
}
