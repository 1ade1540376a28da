package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"sort"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// Order is what customers send and get back.
type Order struct {
	ID       int               `json:"id"`
	Customer string            `json:"customer"`
	Lines    []Line            `json:"lines"`
	Tags     map[string]string `json:"tags,omitempty"`
	Total    float64           `json:"total"`
}

// Line is one position of an Order.
type Line struct {
	Article  string  `json:"article"`
	Quantity int     `json:"quantity"`
	Price    float64 `json:"price"`
}

// desk answers the requests.
type desk struct {
	cache   *cache
	workers *workers
	served  atomic.Int64
	lastID  atomic.Int64
}

func newDesk(c *cache, w *workers) *desk {
	return &desk{cache: c, workers: w}
}

func (d *desk) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /orders", d.placeOrder)
	mux.HandleFunc("GET /orders/{id}", d.showOrder)
	mux.HandleFunc("GET /search", d.search)
	mux.HandleFunc("GET /export", d.export)
	return d.counted(mux)
}

// counted counts the requests and writes a log line for some of them.
func (d *desk) counted(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		started := time.Now()
		next.ServeHTTP(w, r)
		line := fmt.Sprintf("%s %s from %s in %v", r.Method, r.URL.Path, r.RemoteAddr, time.Since(started))
		if n := d.served.Add(1); n%500 == 0 {
			log.Printf("request %d: %s", n, line)
		}
	})
}

func (d *desk) placeOrder(w http.ResponseWriter, r *http.Request) {
	var order Order
	if err := json.NewDecoder(r.Body).Decode(&order); err != nil {
		http.Error(w, "not an order: "+err.Error(), http.StatusBadRequest)
		return
	}
	order.ID = int(d.lastID.Add(1))
	d.cache.put(&order)
	d.workers.submit(&order)
	writeJSON(w, http.StatusCreated, map[string]any{"id": order.ID, "accepted": true})
}

func (d *desk) showOrder(w http.ResponseWriter, r *http.Request) {
	id, err := strconv.Atoi(r.PathValue("id"))
	if err != nil {
		http.Error(w, "not an order number: "+r.PathValue("id"), http.StatusBadRequest)
		return
	}
	order, found := d.cache.get(id)
	if !found {
		http.NotFound(w, r)
		return
	}
	writeJSON(w, http.StatusOK, order)
}

// search lists the customers that ordered an article, in order of what they spent.
func (d *desk) search(w http.ResponseWriter, r *http.Request) {
	spent := d.cache.spentOn(r.URL.Query().Get("article"))
	names := make([]string, 0, len(spent))
	for name := range spent {
		names = append(names, name)
	}
	sort.Slice(names, func(i, j int) bool { return spent[names[i]] > spent[names[j]] })
	writeJSON(w, http.StatusOK, names)
}

// export is the one request that needs a lot of memory at once.
func (d *desk) export(w http.ResponseWriter, _ *http.Request) {
	table := make([]byte, 0, 2<<20)
	for _, order := range d.cache.all() {
		table = append(table, orderRow(order)...)
	}
	w.Header().Set("Content-Type", "text/csv")
	_, _ = w.Write(table)
}

// orderRow builds its text the expensive way, piece by piece, as real code does more often than it should.
func orderRow(order *Order) string {
	row := strconv.Itoa(order.ID) + ";" + order.Customer
	for _, line := range order.Lines {
		row += ";" + line.Article
	}
	return row + "\n"
}

// reportEvery prints a summary until ctx ends.
func (d *desk) reportEvery(ctx context.Context, interval time.Duration) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			var text strings.Builder
			fmt.Fprintf(&text, "%d requests, %d orders in the cache", d.served.Load(), d.cache.len())
			fmt.Fprintf(&text, ", %d priced by the workers", d.workers.priced.Load())
			fmt.Println(text.String())
		}
	}
}

func writeJSON(w http.ResponseWriter, status int, value any) {
	body, err := json.Marshal(value)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(body)
}
