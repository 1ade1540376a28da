// Short lives for a few milliseconds and states its figures.
package main

import (
	"flag"
	"os"

	"services/internal/finalstats"
)

type item struct {
	text string
	next *item
}

var head *item

func main() {
	n := flag.Int("n", 1000, "objects to allocate")
	out := flag.String("out", "", "file for the final statement; standard output if empty")
	code := flag.Int("code", 0, "exit code")
	flag.Parse()
	finalstats.WriteTo(*out)
	for i := 0; i < *n; i++ {
		head = &item{"item", head}
	}
	// Not at rest: a process this young has started no collection, no thread and no timer that could allocate later.
	finalstats.Report()
	os.Exit(*code)
}
