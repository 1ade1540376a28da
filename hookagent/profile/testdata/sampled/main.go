// Command sampled lets the runtime record each of its allocations, and says what the runtime makes of that.
//
// For each byte on standard input: 'a' allocates 1000 objects of 4096 bytes in one place, 'g' also collects garbage, 'l' goes on
// allocating and collecting until the end. It answers with a line: how many of those objects runtime.MemProfile has.
package main

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	"strings"
)

var kept [1000]*[4096]byte

//go:noinline
func allocate() {
	for i := range kept {
		kept[i] = new([4096]byte)
	}
}

func main() {
	runtime.MemProfileRate = 1
	in := bufio.NewReader(os.Stdin)
	for {
		kind, err := in.ReadByte()
		if err != nil {
			return
		}
		allocate()
		switch kind {
		case 'g':
			kept = [1000]*[4096]byte{}
			runtime.GC()
			runtime.GC()
		case 'l':
			go func() {
				for {
					allocate()
					runtime.GC()
				}
			}()
		}
		fmt.Println(recorded())
	}
}

// recorded is what the runtime's profile says of allocate, up to the last but one collection.
func recorded() (n int64) {
	records := make([]runtime.MemProfileRecord, 10000)
	got, _ := runtime.MemProfile(records, true)
	for _, r := range records[:got] {
		if r.AllocBytes != 4096*r.AllocObjects {
			continue
		}
		for _, pc := range r.Stack() {
			if f := runtime.FuncForPC(pc - 1); f != nil && strings.HasSuffix(f.Name(), ".allocate") {
				n += r.AllocObjects
			}
		}
	}
	return n
}
