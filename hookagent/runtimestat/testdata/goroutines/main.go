// Command goroutines has many goroutines in known states, and says on demand what the runtime makes of them.
//
// For each byte on standard input it answers with a line: goroutines, StackInuse. Arguments are in the environment: CROWD is how
// many goroutines each kind has.
package main

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"sync"
	"syscall"
	"time"
)

var (
	never = make(chan int)
	mutex sync.Mutex
	ready sync.WaitGroup
)

func main() {
	n, _ := strconv.Atoi(os.Getenv("CROWD"))
	mutex.Lock()
	ready.Add(4 * n)
	for i := 0; i < n; i++ {
		go receive()
		go sleep()
		go lock()
		go deep(40)
	}
	for i := 0; i < n; i++ {
		ready.Add(1)
		go ready.Done()
	}
	ready.Wait()
	time.Sleep(100 * time.Millisecond)
	var m runtime.MemStats
	input := make([]byte, 1)
	for {
		if n, err := syscall.Read(0, input); n != 1 || err != nil {
			return
		}
		runtime.ReadMemStats(&m)
		fmt.Println(runtime.NumGoroutine(), m.StackInuse)
	}
}

func receive() {
	ready.Done()
	<-never
}

func sleep() {
	ready.Done()
	time.Sleep(time.Hour)
}

func lock() {
	ready.Done()
	mutex.Lock()
}

// deep has a stack of more than 4 KiB.
func deep(n int) byte {
	var room [100]byte
	if n == 0 {
		ready.Done()
		<-never
	}
	room[n] = deep(n-1) + byte(n)
	return room[n/2]
}
