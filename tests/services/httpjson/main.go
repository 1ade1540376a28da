// Httpjson is an HTTP + JSON server with its own clients in the same process, over loopback, and says how many requests
// a second it answered, and how many in each second of processor time it used.
package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"services/internal/cputime"
	"services/internal/meter"
	"services/internal/observe"
	"services/internal/result"
)

type item struct {
	ID    int               `json:"id"`
	Name  string            `json:"name"`
	Price float64           `json:"price"`
	Tags  []string          `json:"tags"`
	Attrs map[string]string `json:"attrs"`
}

type order struct {
	Customer string `json:"customer"`
	Items    []item `json:"items"`
}

type receipt struct {
	Total float64 `json:"total"`
	Lines []line  `json:"lines"`
}

type line struct {
	Text  string  `json:"text"`
	Price float64 `json:"price"`
}

func serve(w http.ResponseWriter, r *http.Request) {
	var o order
	if err := json.NewDecoder(r.Body).Decode(&o); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	var out receipt
	for _, i := range o.Items {
		out.Total += i.Price
		out.Lines = append(out.Lines, line{fmt.Sprintf("%s (%s)", strings.ToUpper(i.Name), strings.Join(i.Tags, ", ")), i.Price})
	}
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(out); err != nil {
		panic(err)
	}
}

func main() {
	span := flag.Duration("for", 5*time.Second, "how long to measure")
	warm := flag.Duration("warm", 500*time.Millisecond, "how long to warm up")
	clients := flag.Int("clients", 4, "clients that send one request after the other")
	rival := observe.Flags()
	out := flag.String("out", "", "file for the result; standard output if empty")
	meterTo := flag.String("meter", "", "file for requests and processor time, every 10 ms")
	flag.Parse()
	rival.Start()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	go func() { panic(http.Serve(listener, http.HandlerFunc(serve))) }()

	o := order{Customer: "somebody"}
	for i := 0; i < 5; i++ {
		attrs := map[string]string{"color": "red", "size": "L"}
		o.Items = append(o.Items, item{i, fmt.Sprint("thing ", i), 1.5 * float64(i), []string{"new", "cheap"}, attrs})
	}
	body, err := json.Marshal(o)
	if err != nil {
		panic(err)
	}
	var answered atomic.Int64
	var stop atomic.Bool
	var group sync.WaitGroup
	url := "http://" + listener.Addr().String() + "/"
	for c := 0; c < *clients; c++ {
		group.Add(1)
		go func() {
			defer group.Done()
			client := &http.Client{Transport: &http.Transport{}}
			for !stop.Load() {
				answer, err := client.Post(url, "application/json", bytes.NewReader(body))
				if err != nil {
					fmt.Fprintln(os.Stderr, err)
					os.Exit(1)
				}
				if _, err := io.Copy(io.Discard, answer.Body); err != nil || answer.StatusCode != http.StatusOK {
					fmt.Fprintln(os.Stderr, answer.Status, err)
					os.Exit(1)
				}
				answer.Body.Close()
				answered.Add(1)
			}
		}()
	}
	time.Sleep(*warm)
	if m := meter.To(*meterTo); m != nil {
		go func() {
			for {
				m.Write(uint64(answered.Load()), cputime.Process())
				time.Sleep(10 * time.Millisecond)
			}
		}()
	}
	before, start, worked := answered.Load(), time.Now(), cputime.Process()
	time.Sleep(*span)
	requests := float64(answered.Load() - before)
	rate, perCPU := requests/time.Since(start).Seconds(), requests/(cputime.Process()-worked).Seconds()
	stop.Store(true)
	group.Wait()
	result.Write(*out, map[string]any{"requests_per_s": rate, "requests_per_cpu_s": perCPU})
}
