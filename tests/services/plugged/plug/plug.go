// A plugin that allocates objects of a type of its own.
package main

// Order is what it allocates.
type Order struct {
	Items [10]int
	Next  *Order
}

var last *Order

// Fill allocates n orders.
func Fill(n int) {
	for i := 0; i < n; i++ {
		last = order(i)
	}
}

// Each calls f n times.
func Each(n int, f func()) {
	for i := 0; i < n; i++ {
		f()
	}
}

//go:noinline
func order(i int) *Order { return &Order{Items: [10]int{i}} }

func main() {}
