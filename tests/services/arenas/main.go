//go:build goexperiment.arenas

// A program that makes its objects in an arena (GOEXPERIMENT=arenas), past runtime.mallocgc.
package main

import (
	"arena"
	"fmt"
)

type record struct {
	id   int
	next *record
	body [1000]byte
}

func main() {
	var total int
	for j := 0; j < 20; j++ {
		a := arena.NewArena()
		var last *record
		for i := 0; i < 10_000; i++ {
			r := arena.New[record](a)
			r.id, r.next = i, last
			last = r
		}
		total += last.id
		a.Free()
	}
	fmt.Println(total)
}
