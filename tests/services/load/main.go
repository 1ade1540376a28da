// Load keeps a service on this machine busy for a while, and says how much it got done.
//
//	load [flags] http URL…    GET requests, the URLs in turn
//	load [flags] nats ADDRESS publish and subscribe, and a JetStream stream, over NATS's text protocol
package main

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

var (
	span    = flag.Duration("for", 5*time.Second, "how long")
	most    = flag.Int64("most", 1_000_000, "operations at most")
	workers = flag.Int("workers", 4, "at the same time")
	pause   = flag.Duration("pause", 0, "between two operations of one worker")

	done, failed atomic.Int64
	firstError   atomic.Pointer[string]
)

func main() {
	flag.Parse()
	if flag.NArg() < 2 {
		flag.Usage()
		os.Exit(2)
	}
	ctx, cancel := context.WithTimeout(context.Background(), *span)
	defer cancel()
	var group sync.WaitGroup
	for w := 0; w < *workers; w++ {
		w := w
		group.Add(1)
		go func() {
			defer group.Done()
			var err error
			switch flag.Arg(0) {
			case "http":
				err = get(ctx, flag.Args()[1:])
			case "nats":
				err = publish(ctx, flag.Arg(1), w)
			default:
				err = fmt.Errorf("unknown kind of load %q", flag.Arg(0))
			}
			if err != nil {
				failed.Add(1)
				text := err.Error()
				firstError.CompareAndSwap(nil, &text)
			}
		}()
	}
	group.Wait()
	text := ""
	if first := firstError.Load(); first != nil {
		text = *first
	}
	fmt.Printf("{\"done\": %d, \"failed\": %d, \"error\": %q}\n", done.Load(), failed.Load(), text)
}

// more counts one operation, waits as told, and says whether there is to be another one.
func more(ctx context.Context) bool {
	if done.Add(1) >= *most {
		return false
	}
	if *pause > 0 {
		select {
		case <-ctx.Done():
		case <-time.After(*pause):
		}
	}
	return ctx.Err() == nil
}

// loopback refuses every address that is not this machine's own.
func loopback(address string) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return err
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return fmt.Errorf("%s is not a loopback address", address)
	}
	return nil
}

func get(ctx context.Context, urls []string) error {
	for _, each := range urls {
		parsed, err := url.Parse(each)
		if err != nil {
			return err
		}
		if err := loopback(parsed.Host); err != nil {
			return err
		}
	}
	client := &http.Client{Transport: &http.Transport{}, Timeout: 30 * time.Second}
	for i := 0; ; i++ {
		answer, err := client.Get(urls[i%len(urls)])
		if err != nil {
			return err
		}
		_, err = io.Copy(io.Discard, answer.Body)
		answer.Body.Close()
		if err != nil {
			return err
		}
		if answer.StatusCode != http.StatusOK {
			return fmt.Errorf("%s: %s", urls[i%len(urls)], answer.Status)
		}
		if !more(ctx) {
			return nil
		}
	}
}

// publish sends messages to itself over the server, and every tenth into a stream that acknowledges it.
func publish(ctx context.Context, address string, worker int) error {
	if err := loopback(address); err != nil {
		return err
	}
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return err
	}
	defer conn.Close()
	stream := fmt.Sprintf(`{"name":"S%d","subjects":["kept.%d.>"],"storage":"memory","max_msgs":1000}`, worker, worker)
	fmt.Fprintf(conn, "CONNECT {\"verbose\":false,\"headers\":true}\r\nSUB plain.%d.> 1\r\nSUB answer.%d 2\r\n", worker, worker)
	fmt.Fprintf(conn, "PUB $JS.API.STREAM.CREATE.S%d answer.%d %d\r\n%s\r\n", worker, worker, len(stream), stream)
	r := bufio.NewReader(conn)
	if text, err := message(conn, r); err != nil || strings.Contains(text, `"error"`) {
		return fmt.Errorf("stream: %s %v", text, err)
	}
	for i := 0; ; i++ {
		payload := fmt.Sprintf("message %d of %d", i, worker)
		if i%10 == 0 {
			fmt.Fprintf(conn, "PUB kept.%d.%d answer.%d %d\r\n%s\r\n", worker, i%100, worker, len(payload), payload)
		} else {
			fmt.Fprintf(conn, "PUB plain.%d.%d %d\r\n%s\r\n", worker, i%100, len(payload), payload)
		}
		if text, err := message(conn, r); err != nil || strings.Contains(text, `"error"`) {
			return fmt.Errorf("message: %s %v", text, err)
		}
		if !more(ctx) {
			return nil
		}
	}
}

// message returns the next message's text and answers pings meanwhile.
func message(conn net.Conn, r *bufio.Reader) (string, error) {
	for {
		head, err := r.ReadString('\n')
		if err != nil {
			return "", err
		}
		switch {
		case strings.HasPrefix(head, "PING"):
			fmt.Fprint(conn, "PONG\r\n")
		case strings.HasPrefix(head, "-ERR"):
			return "", fmt.Errorf("%s", strings.TrimSpace(head))
		case strings.HasPrefix(head, "MSG"):
			fields := strings.Fields(head)
			var size int
			if _, err := fmt.Sscan(fields[len(fields)-1], &size); err != nil {
				return "", err
			}
			body := make([]byte, size+2)
			_, err := io.ReadFull(r, body)
			return string(body[:size]), err
		}
	}
}
