// Cgo allocates in Go functions that C calls: from goroutines' threads and from threads that C made.
package main

/*
#cgo LDFLAGS: -lpthread
#include <pthread.h>
#include <stdint.h>

extern int64_t goAllocate(int64_t);

static __attribute__((noinline)) int64_t c_inner(int64_t n) {
	int64_t sum = 0;
	for (int64_t i = 0; i < n; i++) sum += goAllocate(i);
	return sum;
}

static __attribute__((noinline)) int64_t c_outer(int64_t n) { return c_inner(n) + 1; }

static void *thread(void *n) { return (void *)c_outer((int64_t)n); }

static void c_threads(int threads, int64_t n) {
	pthread_t started[32];
	if (threads > 32) threads = 32;
	for (int i = 0; i < threads; i++) pthread_create(&started[i], 0, thread, (void *)n);
	for (int i = 0; i < threads; i++) pthread_join(started[i], 0);
}
*/
import "C"

import (
	"flag"
	"runtime"
	"sync"
	"sync/atomic"

	"services/internal/finalstats"
)

type fromC struct {
	next *fromC
	n    int64
}

var last atomic.Pointer[fromC]

//export goAllocate
func goAllocate(i C.int64_t) C.int64_t {
	if i%100 == 99 {
		// Go, C and Go once more on the same stack.
		return C.c_inner(1)
	}
	return allocate(int64(i))
}

//go:noinline
func allocate(i int64) C.int64_t {
	last.Store(&fromC{n: i})
	return 1
}

func main() {
	rounds := flag.Int("rounds", 5, "rounds")
	n := flag.Int("n", 500, "calls back a thread and round")
	threads := flag.Int("threads", 8, "threads made by C, and goroutines")
	out := flag.String("out", "", "file for the final statement; standard output if empty")
	flag.Parse()
	finalstats.WriteTo(*out)
	for round := 0; round < *rounds; round++ {
		var group sync.WaitGroup
		for i := 0; i < *threads; i++ {
			group.Add(1)
			go func() {
				defer group.Done()
				C.c_outer(C.int64_t(*n))
			}()
		}
		C.c_threads(C.int(*threads), C.int64_t(*n))
		group.Wait()
		runtime.GC()
	}
	finalstats.Settle()
	finalstats.Report()
}
