// A program that loads the plugin named by its first argument and has it allocate.
package main

import (
	"os"
	"plugin"
	"time"
)

var sink any

// called is called by the plugin, and allocates here.
//
//go:noinline
func called() { sink = new([6]int) }

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
	each, err := p.Lookup("Each")
	if err != nil {
		panic(err)
	}
	each.(func(int, func()))(500, called)
	if len(os.Args) > 2 { // stay
		for {
			fill.(func(int))(1000)
			time.Sleep(10 * time.Millisecond)
		}
	}
}
