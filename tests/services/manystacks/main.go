// Manystacks allocates on a given number of distinct stacks, again and again: for the cost of many stacks, for what
// happens when tables are full, and for the agent's load.
package main

import (
	"flag"
	"time"

	"services/internal/finalstats"
)

type object struct{ a, b *int }

var kept *object

// The way down is spelled by the number's bits: one of two functions at each level.

//go:noinline
func zero(bits, levels int) { down(bits, levels) }

//go:noinline
func one(bits, levels int) { down(bits, levels) }

func down(bits, levels int) {
	if levels == 0 {
		kept = new(object)
		return
	}
	if bits&1 == 0 {
		zero(bits>>1, levels-1)
	} else {
		one(bits>>1, levels-1)
	}
}

func main() {
	stacks := flag.Int("stacks", 1000, "distinct stacks")
	rounds := flag.Int("rounds", 10, "allocations on each stack; with -for: as many as there is time")
	levels := flag.Int("levels", 17, "frames on the way down; 2^levels stacks at most")
	span := flag.Duration("for", 0, "how long to go on")
	rate := flag.Int("rate", 0, "with -for: rounds a second; 0 is as fast as possible")
	out := flag.String("out", "", "file for the final statement; standard output if empty")
	flag.Parse()
	finalstats.WriteTo(*out)
	end := time.Now().Add(*span)
	for round := 0; *span > 0 && time.Now().Before(end) || *span == 0 && round < *rounds; round++ {
		for stack := 0; stack < *stacks; stack++ {
			zero(stack, *levels)
		}
		if *rate > 0 {
			time.Sleep(time.Second / time.Duration(*rate))
		}
	}
	finalstats.Settle()
	finalstats.Report()
}
