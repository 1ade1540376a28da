// Ignoreterm says so and stays when it is asked to end, while it goes on allocating.
package main

import (
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

var kept []byte

func main() {
	asked := make(chan os.Signal, 10)
	signal.Notify(asked, syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
	fmt.Println("pid", os.Getpid())
	turn := time.NewTicker(time.Millisecond)
	for {
		select {
		case s := <-asked:
			fmt.Println("ignored", s)
		case <-turn.C:
			kept = make([]byte, 1000)
		}
	}
}
