// A program whose compiler frees by hand what it can (GOEXPERIMENT=runtimefreegc): the backing arrays of slices that grow, and builders.
package main

import (
	"fmt"
	"strings"
)

//go:noinline
func grow(n int) []int {
	var s []int
	for i := 0; i < n; i++ {
		s = append(s, i)
	}
	return s
}

//go:noinline
func text(n int) string {
	var b strings.Builder
	for i := 0; i < n; i++ {
		b.WriteString("gotop")
	}
	return b.String()
}

func main() {
	total := 0
	for i := 0; i < 3000; i++ {
		total += len(grow(i%300)) + len(text(i%300))
	}
	fmt.Println(total)
}
