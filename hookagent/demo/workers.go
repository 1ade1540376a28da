package main

import (
	"sync"
	"sync/atomic"
)

// workers price orders in the background. Every order gets a goroutine of its own whose stack has to grow, because
// discounts are worked out recursively: the cost of that is easily overlooked, and visible in the monitor.
type workers struct {
	jobs   chan *Order
	pool   sync.WaitGroup
	priced atomic.Int64
}

func newWorkers(n int) *workers {
	w := &workers{jobs: make(chan *Order, 256)}
	for range n {
		w.pool.Add(1)
		go w.work()
	}
	return w
}

// submit drops the order where the workers are far behind: pricing is not urgent.
func (w *workers) submit(order *Order) {
	select {
	case w.jobs <- order:
	default:
	}
}

func (w *workers) close() {
	close(w.jobs)
	w.pool.Wait()
}

func (w *workers) work() {
	defer w.pool.Done()
	for order := range w.jobs {
		done := make(chan float64)
		go price(order, done)
		<-done
		w.priced.Add(1)
	}
}

func price(order *Order, done chan<- float64) {
	total := 0.0
	for _, line := range order.Lines {
		total += discounted(line, 4+line.Quantity*4)
	}
	done <- total
}

// discounted applies one step of the discount table a call; its frame is large, so the stack is soon too small.
func discounted(line Line, steps int) float64 {
	var table [64]float64
	for i := range table {
		table[i] = line.Price * float64(steps-i) / 100
	}
	if steps == 0 {
		return line.Price * float64(line.Quantity)
	}
	return discounted(line, steps-1) - table[steps%len(table)]*1e-3
}
