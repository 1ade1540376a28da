// A program whose functions without a frame of their own are interrupted by faults, and which allocates while it panics.
package main

import (
	"encoding/json"
	"os"
	"runtime"
)

var (
	sink    any
	nowhere *[4]int
	seen    []string
)

//go:noinline
func leaf(p *[4]int) int { return p[2] }

//go:noinline
func caller(p *[4]int) int { return leaf(p) + 1 }

//go:noinline
func outer(p *[4]int) int { return caller(p) + 1 }

//go:noinline
func indirect(f func(*[4]int) int) int { return f(nowhere) + 1 }

//go:noinline
func through() int { return indirect(leaf) + 1 }

// note allocates in what runs while it panics, and keeps the functions that runtime.Callers sees there.
func note() {
	sink = new([5]int)
	var pcs [64]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(1, pcs[:])])
	seen = seen[:0]
	for {
		frame, more := frames.Next()
		seen = append(seen, frame.Function)
		if !more {
			break
		}
	}
	recover()
}

func run(f func()) []string {
	func() {
		defer note()
		f()
	}()
	return append([]string(nil), seen...)
}

func main() {
	both := [][]string{run(func() { outer(nowhere) }), run(func() { through() })}
	if len(os.Args) > 1 {
		file, err := os.Create(os.Args[1])
		if err != nil {
			panic(err)
		}
		if err := json.NewEncoder(file).Encode(both); err != nil {
			panic(err)
		}
	}
}
