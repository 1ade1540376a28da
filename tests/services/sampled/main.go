// Sampled allocates as it is told, one line on stdin at a time, and answers each with a line: `work N` does N rounds, `profile FILE`
// writes the runtime's own profile, `rate BYTES` sets its rate, `gc N` collects N times, `goroutines N` starts some that wait,
// `exec` becomes the same program anew, which says `ready` again.
package main

import (
	"bufio"
	"flag"
	"fmt"
	"os"
	"runtime"
	"runtime/pprof"
	"strings"
	"syscall"
)

type pair struct{ a, b *int }

var (
	pairs  []*pair
	bytes  []byte
	number *int
	block  = make(chan struct{})
)

//go:noinline
func work(rounds int) {
	pairs = make([]*pair, 0, 64)
	for i := 0; i < rounds; i++ {
		small(8)
		medium()
		below(40, large)
		if i%16 == 0 {
			huge()
		}
	}
}

//go:noinline
func small(n int) {
	pairs = pairs[:0]
	for i := 0; i < n; i++ {
		pairs = append(pairs, newPair())
	}
}

// newPair is inlined, into a loop.
func newPair() *pair { return &pair{number, number} }

//go:noinline
func medium() { bytes = append(doubled(make([]byte, 500, 512)), 1) }

// doubled is inlined and has a function inlined into it.
func doubled(b []byte) []byte { return append(cloned(b), b...) }

func cloned(b []byte) []byte { return append([]byte(nil), b...) }

//go:noinline
func large() { bytes = make([]byte, 20_000) }

//go:noinline
func huge() { bytes = make([]byte, 300_000) }

//go:noinline
func below(n int, f func()) {
	if n == 0 {
		f()
		return
	}
	below(n-1, f)
}

//go:noinline
func waiting() { <-block }

func main() {
	flag.IntVar(&runtime.MemProfileRate, "rate", runtime.MemProfileRate, "bytes a sample")
	flag.Parse()
	fmt.Println("ready")
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		what, value, _ := strings.Cut(in.Text(), " ")
		var n int
		_, _ = fmt.Sscan(value, &n)
		switch what {
		case "work":
			work(n)
		case "rate":
			runtime.MemProfileRate = n
		case "gc":
			for i := 0; i < n; i++ {
				runtime.GC()
			}
		case "goroutines":
			for i := 0; i < n; i++ {
				go waiting()
			}
		case "profile":
			write(value)
		case "exec":
			panic(syscall.Exec(os.Args[0], os.Args, os.Environ()))
		}
		fmt.Println("done")
	}
}

func write(path string) {
	runtime.GC() // publishes what was sampled until now
	file, err := os.Create(path)
	if err == nil {
		err = pprof.Lookup("allocs").WriteTo(file, 0)
	}
	if err == nil {
		err = file.Close()
	}
	if err != nil {
		panic(err)
	}
}
