// Exitcode ends with the code it is given, after the time it is given, in as many goroutines at once as it is told.
package main

import (
	"os"
	"strconv"
	"time"
)

func main() {
	code, err := strconv.Atoi(os.Args[1])
	if err != nil {
		panic(err)
	}
	if len(os.Args) > 2 {
		stay, err := time.ParseDuration(os.Args[2])
		if err != nil {
			panic(err)
		}
		time.Sleep(stay)
	}
	if len(os.Args) > 3 {
		exits, err := strconv.Atoi(os.Args[3])
		if err != nil {
			panic(err)
		}
		for i := 1; i < exits; i++ {
			go os.Exit(code)
		}
		time.Sleep(10 * time.Millisecond)
	}
	os.Exit(code)
}
