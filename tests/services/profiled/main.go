// Profiled records every one of its allocations in the runtime's own profile (MemProfileRate = 1 before anything in
// package main runs) and writes that profile at the end: an independent account of who allocated what.
//
// That profile does not see every tiny object: objects without pointers of less than 16 bytes share blocks, and only a
// new block is recorded, on the account of whoever needed it. Functions whose names begin with "tiny" make such
// objects; all others here never do, so that their figures must agree exactly.
package main

import (
	"encoding/json"
	"flag"
	"os"
	"reflect"
	"runtime"
	"runtime/pprof"
	"strings"
	"sync"

	"services/internal/finalstats"
)

// Variables are initialised before any init function and before main.
var _ = recordEverything()

func recordEverything() bool {
	runtime.MemProfileRate = 1
	return true
}

type pair struct{ a, b *int }

type node[T any] struct {
	value T
	next  *node[T]
}

// sink is what the goroutine allocated last.
type sink struct {
	any     any
	pair    *pair
	bytes   []byte
	text    string
	pointer **int
	call    func() int
}

//go:noinline
func below(n int, f func()) {
	if n == 0 {
		f()
		return
	}
	below(n-1, f)
}

//go:noinline
func pointers(n int, s *sink) {
	for i := 0; i < n; i++ {
		s.pointer = new(*int)
		s.pair = new(pair)
		s.any = new([5]*int)
	}
}

func smallest() *[16]byte { return new([16]byte) } // inlined

//go:noinline
func plainBytes(n int, s *sink) {
	for i := 0; i < n; i++ {
		s.any = smallest()
		s.bytes = make([]byte, 16+i%2000)
		s.any = new([100]int64)
	}
}

//go:noinline
func headers(n int, s *sink) {
	for i := 0; i < n; i++ {
		s.any = new([65]*int)
		s.any = make([]*int, 100)
		s.any = new([1000]*int)
	}
}

//go:noinline
func large(n int, s *sink) {
	for i := 0; i < n/10+1; i++ {
		s.bytes = make([]byte, 33000)
		s.any = new([9000]*int)
	}
}

//go:noinline
func texts(n int, s *sink) {
	base := strings.Repeat("text", 5)
	for i := 0; i < n; i++ {
		s.text = base + s.text[:i%len(base)%(len(s.text)+1)]
		s.bytes = []byte(base)
		s.text = string(s.bytes)
	}
}

//go:noinline
func appended(n int, s *sink) {
	var pairs []*pair
	wide := make([]int64, 0, 2)
	for i := 0; i < n; i++ {
		pairs = append(pairs, s.pair)
		wide = append(wide, int64(i))
	}
	s.any = pairs
	s.any = wide
}

//go:noinline
func maps(n int, s *sink) {
	table := map[string]*pair{}
	for i := 0; i < n; i++ {
		table[strings.Repeat("k", 16+i)] = &pair{}
	}
	s.any = table
}

//go:noinline
func listed[T any](n int, s *sink, value T) {
	var head *node[T]
	for i := 0; i < n; i++ {
		head = &node[T]{value, head}
	}
	s.any = head
}

//go:noinline
func closures(n int, s *sink) {
	for i := 0; i < n; i++ {
		local, p := [2]int{i}, s.pair
		s.call = func() int { local[0]++; _ = p; return local[0] }
		func() {
			defer func() { s.pair = new(pair) }()
			s.any = &pair{}
		}()
	}
}

//go:noinline
func reflected(n int, s *sink) {
	kind := reflect.TypeOf(pair{})
	for i := 0; i < n; i++ {
		s.any = reflect.New(kind).Interface()
		s.any = reflect.MakeSlice(reflect.TypeOf([]pair{}), 10, 10).Interface()
	}
}

//go:noinline
func channels(n int, s *sink) {
	for i := 0; i < n; i++ {
		s.any = make(chan int64, 10)
		s.any = make(chan *pair, 10)
	}
}

//go:noinline
func recursion(n int, s *sink) {
	for i := 0; i < n; i++ {
		for _, depth := range []int{5, 15, 30} {
			below(depth, func() { s.pair = new(pair) })
		}
	}
}

//go:noinline
func tinyObjects(n int, s *sink) {
	for i := 0; i < n; i++ {
		s.any = new(byte)
		s.any = new(int32)
		s.any = new([15]byte)
	}
}

//go:noinline
func tinyJSON(n int, s *sink) {
	for i := 0; i < n; i++ {
		text, _ := json.Marshal(map[string]any{"number": i, "list": []int{1, 2, 3}})
		_ = json.Unmarshal(text, &s.any)
	}
}

func work(n int) {
	s := new(sink)
	pointers(n, s)
	plainBytes(n, s)
	headers(n, s)
	large(n, s)
	texts(n, s)
	appended(n, s)
	maps(n, s)
	listed(n, s, int64(1))
	listed(n, s, "text")
	listed(n, s, s)
	closures(n, s)
	reflected(n, s)
	channels(n, s)
	recursion(n, s)
	tinyObjects(n, s)
	tinyJSON(n, s)
}

//go:noinline
func writeProfile(path string) {
	// What was allocated in a cycle is published two cycles later.
	runtime.GC()
	runtime.GC()
	runtime.GC()
	file, err := os.Create(path)
	if err != nil {
		panic(err)
	}
	if err := pprof.Lookup("allocs").WriteTo(file, 0); err != nil {
		panic(err)
	}
	if err := file.Close(); err != nil {
		panic(err)
	}
}

func main() {
	n := flag.Int("n", 200, "rounds")
	goroutines := flag.Int("goroutines", 2, "goroutines that work at the same time, besides main's own")
	profile := flag.String("profile", "", "file for the profile")
	out := flag.String("out", "", "file for the final statement")
	flag.Parse()
	finalstats.WriteTo(*out)
	var group sync.WaitGroup
	for i := 0; i < *goroutines; i++ {
		group.Add(1)
		go func() {
			defer group.Done()
			work(*n)
		}()
	}
	work(*n)
	group.Wait()
	writeProfile(*profile)
	finalstats.Settle()
	finalstats.Report()
}
