// Cgocallers says, like callers, where its allocations were made: in Go functions that C called.
package main

// #cgo LDFLAGS: -lpthread
// #include "calls.h"
import "C"

import (
	"flag"
	"os"
	"runtime"
	"runtime/pprof"
	"unsafe"

	"services/internal/finalstats"
	"services/internal/seen"
)

const rounds = 7

type object struct{ a, b *int }

//export goAllocate
func goAllocate(depth C.int64_t) {
	if depth > 0 {
		below(C.ALLOCATE, depth-1) // Go, C, Go, C and Go on one stack
		return
	}
	for i := 0; i < rounds; i++ {
		seen.Keep(new(object))
	}
}

// goMove goes on elsewhere: after the scheduler has used the place where the callback had saved where to return to, and on
// other stacks, larger and smaller ones.
//
//export goMove
func goMove(depth C.int64_t) {
	if depth > 0 {
		below(C.MOVE, depth-1)
		return
	}
	for i := 0; i < rounds; i++ {
		seen.Keep(new(object))
		park <- struct{}{}
		seen.Keep(new(object))
		grow(200)
		seen.Keep(new(object))
		runtime.GC()
		seen.Keep(new(object))
	}
	for i := 0; i < waiting; i++ {
		seen.Keep(new(object))
		go wait()
	}
	for i := 0; i < waiting; i++ {
		waits <- struct{}{}
	}
}

//export goPanic
func goPanic(depth C.int64_t) {
	defer func() {
		seen.Keep(new(object))
	}()
	if depth > 0 {
		below(C.PANIC, depth-1)
		return
	}
	panic("through C")
}

//go:noinline
func below(what C.int, depth C.int64_t) { C.c_outer(what, depth) }

//go:noinline
func fromMain(what C.int, depth C.int64_t) { C.c_outer(what, depth) }

//go:noinline
func fromGoroutine(what C.int, depth C.int64_t, done chan struct{}) {
	C.c_inner(what, depth)
	done <- struct{}{}
}

//go:noinline
func fromThread(what C.int, depth C.int64_t) { C.c_thread(what, depth, 3) }

// astray leaves in RBP what is nothing, and then what is on this very stack, but no frame.
//
//go:noinline
func astray(what C.int, depth C.int64_t) {
	var local [8]uintptr
	C.c_astray(what, depth, 1)
	C.c_astray(what, depth, C.int64_t(uintptr(unsafe.Pointer(&local[4]))))
}

//go:noinline
func recovering(depth C.int64_t) {
	defer func() {
		seen.Keep(new(object))
		if recover() == nil {
			panic("nothing to recover from")
		}
		seen.Keep(new(object))
	}()
	C.c_outer(C.PANIC, depth)
}

//go:noinline
func grow(depth int) int {
	var room [64]int
	room[depth%64] = depth
	if depth == 0 {
		return 0
	}
	return grow(depth-1) + room[depth%64]
}

var park = make(chan struct{})

// waiting goroutines at the same time are more than have ended before: some are new, which runtime.malg allocates, on the
// thread's stack.
const waiting = 20

var waits = make(chan struct{})

func wait() { <-waits }

func main() {
	out := flag.String("out", "", "file for what was seen")
	statement := flag.String("statement", "", "file for the final statement of how many objects there were")
	profile := flag.String("cpuprofile", "", "meanwhile, write a CPU profile to this file")
	flag.Parse()
	finalstats.WriteTo(*statement)
	if *profile != "" {
		file, err := os.Create(*profile)
		must(err)
		must(pprof.StartCPUProfile(file))
	}
	go func() {
		for range park {
		}
	}()
	done := make(chan struct{})
	for i := 0; i < rounds; i++ {
		for depth := C.int64_t(0); depth < 3; depth++ {
			for _, what := range []C.int{C.ALLOCATE, C.MOVE} {
				fromMain(what, depth)
				fromThread(what, depth)
				astray(what, depth)
				go fromGoroutine(what, depth, done)
				<-done
			}
			recovering(depth)
		}
	}
	if *profile != "" {
		pprof.StopCPUProfile()
	}
	must(seen.Write(*out))
	finalstats.Settle()
	finalstats.Report()
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
