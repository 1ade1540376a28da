// Cgocallers says, like callers, where its allocations were made: in Go functions that C called.
package main

/*
#cgo LDFLAGS: -lpthread
#include <pthread.h>
#include <stdint.h>

extern void goAllocate(int64_t);

static __attribute__((noinline)) void c_inner(int64_t depth) { goAllocate(depth); }

static __attribute__((noinline)) void c_outer(int64_t depth) { c_inner(depth); }

static void *thread(void *depth) { c_outer((int64_t)depth); return 0; }

static void c_thread(int64_t depth) {
	pthread_t started;
	pthread_create(&started, 0, thread, (void *)depth);
	pthread_join(started, 0);
}
*/
import "C"

import (
	"flag"
	"os"

	"services/internal/seen"
)

const rounds = 7

type object struct{ a, b *int }

//export goAllocate
func goAllocate(depth C.int64_t) {
	if depth > 0 {
		below(depth - 1) // Go, C, Go, C and Go on one stack
		return
	}
	seen.Keep(new(object))
}

//go:noinline
func below(depth C.int64_t) { C.c_outer(depth) }

//go:noinline
func fromMain(depth C.int64_t) { C.c_outer(depth) }

//go:noinline
func fromGoroutine(depth C.int64_t, done chan struct{}) {
	C.c_inner(depth)
	done <- struct{}{}
}

//go:noinline
func fromThread(depth C.int64_t) { C.c_thread(depth) }

func main() {
	out := flag.String("out", "", "file for what was seen")
	flag.Parse()
	done := make(chan struct{})
	for i := 0; i < rounds; i++ {
		for depth := C.int64_t(0); depth < 3; depth++ {
			fromMain(depth)
			fromThread(depth)
			go fromGoroutine(depth, done)
			<-done
		}
	}
	if err := seen.Write(*out); err != nil {
		os.Stderr.WriteString(err.Error())
		os.Exit(1)
	}
}
