// Chatty writes numbered lines to both of its outputs, faster than anybody reads them, so that a missing, doubled or
// torn line shows. The last line of each output says how many there were.
package main

import (
	"bufio"
	"flag"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"
)

func main() {
	lines := flag.Int("lines", 50000, "lines to each output")
	width := flag.Int("width", 60, "characters in a line after its number")
	rate := flag.Int("rate", 0, "lines a second; 0 is as fast as possible")
	whole := flag.Bool("whole", false, "write line by line: outputs that end in the same pipe do not cut each other's lines")
	unfinished := flag.Bool("unfinished", false, "leave the last line without its newline")
	flag.Parse()
	var group sync.WaitGroup
	for name, file := range map[string]*os.File{"out": os.Stdout, "err": os.Stderr} {
		name, file := name, file
		group.Add(1)
		go func() {
			defer group.Done()
			w := bufio.NewWriterSize(file, 1000) // not a multiple of the lines: writes end within lines
			if *rate > 0 || *whole {
				w = bufio.NewWriterSize(file, 1)
			}
			rest := strings.Repeat(name[:1], *width)
			for i := 0; i < *lines; i++ {
				fmt.Fprintf(w, "%s %d %s\n", name, i, rest)
				if *rate > 0 {
					time.Sleep(time.Second / time.Duration(*rate))
				}
			}
			newline := "\n" // in one write with the line: nothing comes between
			if *unfinished {
				newline = ""
			}
			fmt.Fprintf(w, "%s end %d%s", name, *lines, newline)
			if err := w.Flush(); err != nil {
				os.Exit(3)
			}
		}()
	}
	group.Wait()
}
