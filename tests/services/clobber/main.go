// A program with assembly that uses the frame pointer's register for itself while it calls Go back.
package main

var sink any

// clobber calls f with another value in the frame pointer's register.
func clobber(f func())

//go:noinline
func lost() {
	for i := 0; i < 100; i++ {
		sink = new([3]int)
	}
}

//go:noinline
func whole() {
	for i := 0; i < 200; i++ {
		sink = new([4]int)
	}
}

func main() {
	clobber(lost)
	whole()
}
