// Cgocreators allocates in Go functions that C calls, from threads of C, goroutines and the main goroutine, and states how many objects
// it made for whom: for the attribution of allocations to what started their goroutine.
package main

/*
#cgo LDFLAGS: -lpthread
#include <pthread.h>
#include <stdint.h>

extern void goAllocate(int64_t), goThread(int64_t, int64_t);

static __attribute__((noinline)) void c_allocate(int64_t n) { goAllocate(n); }

struct thread {
	pthread_t id;
	int64_t number, calls, n;
};

static void *thread(void *argument) {
	struct thread *t = argument;
	for (int64_t i = 0; i < t->calls; i++) goThread(t->number, t->n);
	return 0;
}

// c_threads has threads call back that end then, so that others get what the runtime had made for them.
static void c_threads(int64_t threads, int64_t calls, int64_t n) {
	struct thread all[64];
	if (threads > 64) threads = 64;
	for (int64_t i = 0; i < threads; i++) {
		all[i] = (struct thread){0, i, calls, n};
		pthread_create(&all[i].id, 0, thread, &all[i]);
	}
	for (int64_t i = 0; i < threads; i++) pthread_join(all[i].id, 0);
}
*/
import "C"

import (
	"context"
	"flag"
	"runtime"
	"runtime/pprof"
	"strconv"
	"sync"
	"sync/atomic"

	"services/internal/finalstats"
	"services/internal/result"
)

type object struct{ a, b, c *int }

var last atomic.Pointer[object]

//go:noinline
func allocate(n int) {
	for i := 0; i < n; i++ {
		last.Store(new(object))
	}
}

//export goAllocate
func goAllocate(n C.int64_t) { allocate(int(n)) }

// What a call of goThread allocates times n: in the goroutine of the thread of C, of that below labels, and in one that it starts.
const inThread, labelled, inStarted = 4, 1, 2

// goThread is called by threads that C has made.
//
//export goThread
func goThread(number, n C.int64_t) {
	allocate(int(n))
	pprof.Do(context.Background(), pprof.Labels("thread", strconv.Itoa(int(number))), func(context.Context) { allocate(int(n)) })
	C.c_allocate(n) // C and Go once more on the same stack
	done := make(chan struct{})
	go started(int(n), done)
	<-done // this goroutine goes on when another has run on its P
	allocate(int(n))
}

func started(n int, done chan<- struct{}) {
	defer close(done)
	allocate(n)
	C.c_allocate(C.int64_t(n))
}

// statement is how many objects were made: by the function with the go statement that started the goroutine.
type statement struct {
	Threads   int `json:"(a thread of C)"`
	Started   int `json:"main.goThread"`
	Goroutine int `json:"main.beside"`
	Main      int `json:"(main goroutine)"`
	Labelled  int `json:"labelled"` // those below the labels of one thread
}

// beside has goroutines call C, and through it Go, at the same time as the threads.
func beside(goroutines, n int) *sync.WaitGroup {
	group := new(sync.WaitGroup)
	for i := 0; i < goroutines; i++ {
		group.Add(1)
		go func() {
			defer group.Done()
			C.c_allocate(C.int64_t(n))
		}()
	}
	return group
}

func main() {
	rounds := flag.Int("rounds", 5, "rounds, each with threads of its own")
	threads := flag.Int("threads", 12, "threads of C at a time, 64 at most")
	calls := flag.Int("calls", 20, "calls of each thread")
	n := flag.Int("n", 50, "objects at a time")
	at := flag.String("at", "", "file for what was allocated by whom")
	out := flag.String("out", "", "file for the final statement; standard output if empty")
	flag.Parse()
	finalstats.WriteTo(*out)
	for round := 0; round < *rounds; round++ {
		group := beside(*threads, *n)
		C.c_threads(C.int64_t(*threads), C.int64_t(*calls), C.int64_t(*n))
		C.c_allocate(C.int64_t(*n))
		group.Wait()
		runtime.GC()
	}
	callbacks := *rounds * *threads * *calls
	result.Write(*at, statement{
		callbacks * inThread * *n, callbacks * inStarted * *n, *rounds * *threads * *n, *rounds * *n, callbacks / *threads * labelled * *n,
	})
	finalstats.Settle()
	finalstats.Report()
}
