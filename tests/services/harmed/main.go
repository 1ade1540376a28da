// Command harmed is a service that notices what is done to it. It answers orders on stdin, a line each:
//
//	gap                  the longest time that one of its ticking goroutines was late, in microseconds, since the last such order
//	exec PATH            starts a program, in the background: until that is loaded, the thread that does it cannot be stopped
//	storm on|off         starts and ends threads as fast as it can
//	undumpable           nobody but root may trace it from now on
//	lock-future          locks all memory that it takes from now on, up to 1 MB more than it has locked
//	block                starts a thread that blocks all signals, as those of many C libraries do
package main

import (
	"bufio"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"
)

var (
	threads = flag.Int("threads", 0, "threads that wait")
	ticking = flag.Int("ticking", 2, "goroutines that tick each millisecond")
	filter  = flag.String("seccomp", "", "CALL:ARGUMENT:VALUE:ACTION, ACTION for a system call where an argument (-1: any) has that value")
	single  = flag.Bool("one-thread", false, "the filter is for one thread")
)

var (
	longest atomic.Int64 // nanoseconds
	storm   atomic.Bool
	sinks   [64]*[64]byte
)

func tick(i int) {
	last := time.Now()
	for {
		time.Sleep(time.Millisecond)
		sinks[i%len(sinks)] = new([64]byte)
		now := time.Now()
		late := int64(now.Sub(last) - time.Millisecond)
		for old := longest.Load(); late > old && !longest.CompareAndSwap(old, late); old = longest.Load() {
		}
		last = now
	}
}

// thunder starts a thread that ends: a goroutine that ends while it is locked to its thread takes it along.
func thunder() {
	for storm.Load() {
		done := make(chan bool)
		go func() {
			runtime.LockOSThread()
			close(done)
		}()
		<-done
	}
}

// lockFuture has the kernel lock what is mapped from now on, within a limit (mlockall(2), setrlimit(2)).
func lockFuture() error {
	const memlock, future = 8, 2
	limit := syscall.Rlimit{Cur: 1 << 20, Max: 1 << 20}
	if err := syscall.Setrlimit(memlock, &limit); err != nil {
		return err
	}
	return syscall.Mlockall(future)
}

var blocked = make(chan bool)

func blockAll() {
	runtime.LockOSThread()
	all := ^uint64(0)
	const setMask = 2
	_, _, e := syscall.RawSyscall6(syscall.SYS_RT_SIGPROCMASK, setMask, uintptr(unsafe.Pointer(&all)), 0, 8, 0, 0)
	if e != 0 {
		panic(e)
	}
	blocked <- true
	for {
		time.Sleep(time.Hour)
	}
}

func main() {
	flag.Parse()
	debug.SetMaxThreads(100_000)
	confine()
	started := make(chan bool)
	for i := 0; i < *threads; i++ {
		go func() {
			runtime.LockOSThread()
			started <- true
			select {}
		}()
	}
	for i := 0; i < *threads; i++ {
		<-started
	}
	for i := 0; i < *ticking; i++ {
		go tick(i)
	}
	fmt.Println("ready")
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		order, argument, _ := strings.Cut(lines.Text(), " ")
		switch order {
		case "gap":
			fmt.Println(longest.Swap(0) / 1000)
		case "exec":
			go func() { _ = exec.Command(argument).Run() }()
			fmt.Println("ok")
		case "storm":
			if !storm.Swap(argument == "on") {
				for i := 0; i < 4; i++ {
					go thunder()
				}
			}
			fmt.Println("ok")
		case "confine":
			*filter = argument
			confine()
			fmt.Println("ok")
		case "block":
			go blockAll()
			<-blocked
			fmt.Println("ok")
		case "lock-future":
			fmt.Println(lockFuture())
		case "undumpable":
			_, _, e := syscall.Syscall(syscall.SYS_PRCTL, 4, 0, 0) // PR_SET_DUMPABLE
			fmt.Println(e)
		default:
			fmt.Println("error: unknown order", order)
		}
	}
}
