package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"math/rand"
	"net/http"
	"sync"
	"time"
)

var articles = []string{"anvil", "bolt", "cog", "dowel", "eyelet", "file", "gasket", "hinge", "ingot", "jack"}

// customer is a simulated client: it calls the desk over HTTP, again and again, as somebody's front end would.
type customer struct {
	name   string
	base   string
	client *http.Client
	random *rand.Rand
	orders int
}

// startCustomers starts n customers; they stop when ctx ends, and the returned group is done when all have.
func startCustomers(ctx context.Context, base string, n int) *sync.WaitGroup {
	var group sync.WaitGroup
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: n}, Timeout: 2 * time.Second}
	for i := range n {
		c := &customer{
			name:   fmt.Sprintf("customer-%02d", i),
			base:   base,
			client: client,
			random: rand.New(rand.NewSource(int64(i))),
		}
		group.Add(1)
		go func() {
			defer group.Done()
			c.shop(ctx)
		}()
	}
	return &group
}

// shop goes on until ctx ends. Business comes in waves of twenty seconds.
func (c *customer) shop(ctx context.Context) {
	started := time.Now()
	for ctx.Err() == nil {
		c.act(ctx)
		phase := time.Since(started).Seconds() * 2 * math.Pi / 20
		pause := time.Duration(float64(6*time.Millisecond) * (1 + 0.6*math.Sin(phase)))
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
}

// act does one thing: mostly looking, often ordering, sometimes searching, rarely an export.
func (c *customer) act(ctx context.Context) {
	switch n := c.random.Intn(1000); {
	case n < 450:
		c.get(ctx, fmt.Sprintf("/orders/%d", 1+c.random.Intn(100+c.orders*8)))
	case n < 850:
		c.placeOrder(ctx)
	case n < 999:
		c.get(ctx, "/search?article="+articles[c.random.Intn(len(articles))])
	default:
		c.get(ctx, "/export")
	}
}

func (c *customer) placeOrder(ctx context.Context) {
	order := Order{Customer: c.name, Tags: map[string]string{"channel": "web", "note": c.name + "/" + articles[0]}}
	for range 1 + c.random.Intn(12) {
		order.Lines = append(order.Lines, Line{
			Article:  articles[c.random.Intn(len(articles))],
			Quantity: 1 + c.random.Intn(9),
			Price:    float64(c.random.Intn(10000)) / 100,
		})
	}
	body, err := json.Marshal(order)
	if err != nil {
		return
	}
	c.orders++
	c.do(ctx, http.MethodPost, "/orders", bytes.NewReader(body))
}

func (c *customer) get(ctx context.Context, path string) {
	c.do(ctx, http.MethodGet, path, http.NoBody)
}

// do ignores failures: a customer who is not served simply comes again.
func (c *customer) do(ctx context.Context, method, path string, body io.Reader) {
	request, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		return
	}
	response, err := c.client.Do(request)
	if err != nil {
		return
	}
	defer func() { _ = response.Body.Close() }()
	_, _ = io.Copy(io.Discard, response.Body)
}
