// Crash allocates a known number of objects in one place and dies in the way it is told.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"sync"
	"syscall"
	"time"
	"unsafe"
)

type victim struct{ a, b, c *int }

var (
	kept []*victim
	none *victim
)

//go:noinline
func allocate(n int) {
	kept = make([]*victim, 0, n)
	for i := 0; i < n; i++ {
		kept = append(kept, &victim{})
	}
}

func main() {
	n := flag.Int("n", 10000, "objects to allocate first")
	how := flag.String("how", "nil", "nil, panic, deadlock, fault, segv, abort, kill, overflow, concurrent-map")
	flag.Parse()
	allocate(*n)
	os.Stderr.WriteString("allocated\n")
	switch *how {
	case "nil":
		none.a = nil
	case "panic":
		panic(errors.New("as asked"))
	case "deadlock":
		var m sync.Mutex
		m.Lock()
		m.Lock()
	case "fault":
		*(*int)(unsafe.Pointer(uintptr(0xdead000))) = 1
	case "segv":
		signal(syscall.SIGSEGV)
	case "abort":
		signal(syscall.SIGABRT)
	case "kill":
		signal(syscall.SIGKILL)
	case "overflow":
		fmt.Println(overflow(1))
	case "concurrent-map":
		table := map[int]int{}
		for g := 0; g < 4; g++ {
			go func() {
				for i := 0; ; i++ {
					table[i%100] = i
				}
			}()
		}
		time.Sleep(time.Minute)
	default:
		os.Stderr.WriteString("unknown way to die\n")
		os.Exit(2)
	}
}

func signal(number syscall.Signal) {
	_ = syscall.Kill(syscall.Getpid(), number)
	time.Sleep(time.Minute)
}

func overflow(n int) int {
	var room [100]int
	room[n%100] = n
	return overflow(n+1) + room[0]
}
