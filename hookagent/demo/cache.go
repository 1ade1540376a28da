package main

import "sync"

// cache keeps the latest orders in memory; when it is full, the oldest one goes.
type cache struct {
	mu     sync.Mutex
	limit  int
	orders map[int]*Order
	queue  []int
}

func newCache(limit int) *cache {
	return &cache{limit: limit, orders: make(map[int]*Order)}
}

func (c *cache) put(order *Order) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.orders[order.ID] = order
	c.queue = append(c.queue, order.ID)
	if len(c.queue) > c.limit {
		delete(c.orders, c.queue[0])
		c.queue = c.queue[1:]
	}
}

func (c *cache) get(id int) (*Order, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	order, found := c.orders[id]
	return order, found
}

func (c *cache) len() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.orders)
}

// all copies the list, so that the caller can take its time.
func (c *cache) all() []*Order {
	c.mu.Lock()
	defer c.mu.Unlock()
	orders := make([]*Order, 0, len(c.orders))
	for _, order := range c.orders {
		orders = append(orders, order)
	}
	return orders
}

// spentOn sums by customer what was spent on an article, over the latest orders.
func (c *cache) spentOn(article string) map[string]float64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	spent := make(map[string]float64)
	for _, id := range c.queue[max(0, len(c.queue)-200):] {
		order := c.orders[id]
		for _, line := range order.Lines {
			if line.Article == article {
				spent[order.Customer] += line.Price * float64(line.Quantity)
			}
		}
	}
	return spent
}
