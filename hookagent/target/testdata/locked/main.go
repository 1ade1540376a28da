// Command locked has threads that belong to a goroutine each and wait with it; it ends with its input.
package main

import (
	"fmt"
	"io"
	"os"
	"runtime"
)

func main() {
	started := make(chan bool)
	for i := 0; i < 40; i++ {
		go func() {
			runtime.LockOSThread()
			started <- true
			select {}
		}()
	}
	for i := 0; i < 40; i++ {
		<-started
	}
	fmt.Println("ready")
	_, _ = io.Copy(io.Discard, os.Stdin)
}
