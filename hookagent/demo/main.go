// Command demo is the sample service behind "gotop demo": a small order desk with an HTTP + JSON interface, a cache,
// a worker pool and customers of its own. It listens on a random loopback port, talks to nobody else, and allocates
// in the ways that real services do, so that there is something to see in the monitor.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil {
		log.Fatalf("demo: %v", err)
	}
}

// run serves until ctx ends, then lets the requests and the orders under way finish.
func run(ctx context.Context) error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("opening a loopback port: %w", err)
	}
	desk := newDesk(newCache(2000), newWorkers(4))
	server := &http.Server{Handler: desk.routes(), ReadHeaderTimeout: 5 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	fmt.Printf("order desk is open on http://%s\n", listener.Addr())

	loadCtx, stopLoad := context.WithCancel(ctx)
	defer stopLoad()
	customers := startCustomers(loadCtx, "http://"+listener.Addr().String(), 8)
	go desk.reportEvery(loadCtx, 5*time.Second)

	select {
	case <-ctx.Done():
	case err := <-failed:
		return fmt.Errorf("serving: %w", err)
	}
	log.Print("closing time: finishing what is under way")
	customers.Wait()
	return shutdown(server, desk)
}

func shutdown(server *http.Server, desk *desk) error {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	err := server.Shutdown(ctx)
	desk.workers.close()
	fmt.Printf("order desk is closed after %d requests\n", desk.served.Load())
	if err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("shutting down: %w", err)
	}
	return nil
}
