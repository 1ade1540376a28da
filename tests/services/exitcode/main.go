// Exitcode ends with the code it is given, after the time it is given.
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
	os.Exit(code)
}
