// A program that loads the plugin named by its first argument and has it allocate.
package main

import (
	"os"
	"plugin"
	"time"
)

func main() {
	p, err := plugin.Open(os.Args[1])
	if err != nil {
		panic(err)
	}
	fill, err := p.Lookup("Fill")
	if err != nil {
		panic(err)
	}
	fill.(func(int))(1000)
	if len(os.Args) > 2 { // stay
		for {
			fill.(func(int))(1000)
			time.Sleep(10 * time.Millisecond)
		}
	}
}
