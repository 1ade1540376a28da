// Package observe lets a program be watched by what Go itself has for it, to compare the cost.
package observe

import (
	"flag"
	"os"
	"runtime"
	"runtime/trace"
)

// Observers are the flags.
type Observers struct {
	rate  *int
	trace *string
}

// Flags defines them.
func Flags() Observers {
	return Observers{
		flag.Int("rate", 0, "runtime.MemProfileRate: mean bytes between samples of the runtime's own profile; 1 is all, 0 none"),
		flag.String("trace", "", "file for an execution trace (runtime/trace), with GODEBUG=traceallocfree=1 of all allocations"),
	}
}

// Start starts what the flags say. It is called before the program allocates much.
func (o Observers) Start() {
	runtime.MemProfileRate = *o.rate
	if *o.trace == "" {
		return
	}
	file, err := os.OpenFile(*o.trace, os.O_WRONLY|os.O_CREATE, 0o644)
	if err != nil {
		panic(err)
	}
	if err := trace.Start(file); err != nil {
		panic(err)
	}
}
