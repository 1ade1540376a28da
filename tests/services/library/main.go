// Library is Go code for programs in other languages: go build -buildmode=c-shared.
package main

import "C"

var kept []*[3]uint64

// Allocate allocates n objects.
//
//export Allocate
func Allocate(n C.int) {
	for i := 0; i < int(n); i++ {
		kept = append(kept[:0], new([3]uint64))
	}
}

func main() {}
