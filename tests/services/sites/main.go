// Sites allocates in all the ways that lead through the runtime's own code, deterministically: one goroutine, no collections.
package main

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"reflect"
	"runtime"
	"runtime/debug"
	"sort"
	"strconv"
	"strings"
)

type pair struct{ key, value *int }

type wide [40]*int

var (
	keptAny     any
	keptMap     map[string]*pair
	keptInts    map[int]int
	keptBytes   []byte
	keptPointer *pair
	keptString  string
	keptWide    []wide
	keptChan    chan pair
	keptFunc    func() int
	keptError   error
	keptSmall   *[3]byte
)

//go:noinline
func grownMaps(n int) {
	keptMap = map[string]*pair{}
	keptInts = make(map[int]int)
	for i := 0; i < n; i++ {
		keptMap[strconv.Itoa(i)] = &pair{}
		keptInts[i] = i
	}
}

//go:noinline
func hintedMap(n int) { keptInts = make(map[int]int, n) }

//go:noinline
func appended(n int) {
	var s []wide
	for i := 0; i < n; i++ {
		s = append(s, wide{})
	}
	keptWide = s
}

//go:noinline
func stringed(a, b string) {
	keptString = a + b + a
	keptBytes = []byte(keptString)
	keptString = string(keptBytes[1:])
	keptString = string([]rune(keptString))
}

//go:noinline
func boxed(n int) {
	keptAny = n + 100000
	keptAny = "x" + keptString
	keptAny = wide{}
}

//go:noinline
func reflected() {
	keptAny = reflect.New(reflect.TypeOf(pair{})).Interface()
	keptAny = reflect.MakeSlice(reflect.TypeOf([]wide{}), 3, 3).Interface()
	m := reflect.MakeMap(reflect.TypeOf(map[int]pair{}))
	for i := 0; i < 20; i++ {
		m.SetMapIndex(reflect.ValueOf(i), reflect.ValueOf(pair{}))
	}
}

//go:noinline
func several(n int) {
	keptPointer = &pair{}
	keptChan = make(chan pair, n)
	keptFunc = func() int { return n }
	keptError = errors.New("some")
	keptSmall = new([3]byte)
	keptBytes = make([]byte, 40000+n) // large
	keptBytes = make([]byte, n%20)    // tiny and small at one line
	keptBytes = bytes.Repeat([]byte{'a'}, n+1)
	keptString = strings.Repeat("b", n+1)
	s := sort.StringSlice(strings.Split(keptString, ""))
	sort.Sort(s)
}

// recursive calls f at a depth.
func recursive(depth int, f func()) {
	if depth == 0 {
		f()
		return
	}
	recursive(depth-1, f)
}

func main() {
	n := flag.Int("n", 200, "rounds")
	out := flag.String("out", os.DevNull, "file for what the runtime has counted")
	flag.Parse()
	debug.SetGCPercent(-1)
	for i := 0; i < *n; i++ {
		grownMaps(40)
		hintedMap(100)
		appended(10)
		stringed("first", "second")
		boxed(i)
		recursive(i%50, reflected)
		recursive(i%50, func() { several(i % 64) })
	}
	f, err := os.Create(*out)
	if err != nil {
		panic(err)
	}
	var m runtime.MemStats
	buffer := make([]byte, 0, 200)
	runtime.ReadMemStats(&m)
	buffer = append(buffer, `{"mallocs": `...)
	buffer = strconv.AppendUint(buffer, m.Mallocs, 10)
	buffer = append(buffer, "}\n"...)
	f.Write(buffer)
}
