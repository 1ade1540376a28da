package stream

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"gotop/hookagent/monitor"
)

// MaxViewers is how many may be connected at once.
const MaxViewers = 64

// Bounds of a viewer's interval, and what it is where none is asked for.
const (
	MinInterval     = 20 * time.Millisecond
	MaxInterval     = 10 * time.Second
	DefaultInterval = 100 * time.Millisecond
)

// Variables only for the tests.
var (
	helloTimeout = 5 * time.Second
	writeTimeout = 2 * time.Minute // in which a viewer must have taken 64 KiB
)

// Config of a server.
type Config struct {
	Monitor *monitor.Monitor
	Hello   Hello // what does not change: T, Proto, Mono, Unix, Mode, Depth and IntervalMS are filled in
	Mode    string
	Depth   int
	SetMode func(mode string, depth int) error
	Rate    uint64                          // bytes between samples in mode sampled
	SetRate func(bytes uint64) error        // nil: it cannot be changed
	Stop    func(grace time.Duration) error // returns at once

	// What the hooks cost and may cost, as shares of the service's CPU time.
	Prices    func() Prices              // nil: not known
	SetBudget func(budget float64) error // nil: there is none
	Exe       io.ReaderAt
	Logs      [2]*os.File // the files behind the service's stdout and stderr; nil where there is none
}

// Price is a share of the service's CPU time that the hooks took, and where it lies in 95 of 100 cases. High is 0 where Share is only
// a lower bound.
type Price struct{ Share, Low, High float64 }

// Prices are those of the last seconds and since the hooks were placed, why one of them is not measured, for people, and what they may be.
type Prices struct {
	Recent, All Price
	Why         string
	Budget      float64
}

// Server serves viewers.
type Server struct {
	cfg  Config
	logs []*logFile

	mu      sync.Mutex
	viewers map[*viewer]struct{}
	left    time.Time // when the last viewer did, or the server was made
	retired bool      // nobody is accepted any more
	mode    string
	depth   int
	rate    atomic.Uint64

	setMu     sync.Mutex // one change of the mode at a time
	logWanted chan struct{}
	closed    chan struct{}
	closeOnce sync.Once
	wg        sync.WaitGroup
}

// NewServer makes a server; viewers come with Serve.
func NewServer(cfg Config) *Server {
	s := &Server{
		cfg:       cfg,
		viewers:   make(map[*viewer]struct{}),
		left:      time.Now(),
		mode:      cfg.Mode,
		depth:     cfg.Depth,
		logWanted: make(chan struct{}, 1),
		closed:    make(chan struct{}),
	}
	for i, f := range cfg.Logs {
		if f != nil {
			s.logs = append(s.logs, &logFile{f: f, fd: i + 1, keep: logKeep})
		}
	}
	s.rate.Store(cfg.Rate)
	s.wg.Add(1)
	go s.followLogs()
	return s
}

// Serve serves the viewers that come to ln until it is closed.
func (s *Server) Serve(ln *Listener) error {
	for {
		conn, err := ln.AcceptUnix()
		switch {
		case errors.Is(err, net.ErrClosed):
			return nil
		case err != nil && isTemporary(err):
			time.Sleep(50 * time.Millisecond) // out of descriptors: others may be closed
			continue
		case err != nil:
			return err
		}
		s.accept(conn)
	}
}

func isTemporary(err error) bool {
	var e net.Error
	//lint:ignore SA1019 there is no other way to tell EMFILE and ECONNABORTED from an end
	return errors.As(err, &e) && e.Temporary()
}

// accept starts the viewer's goroutine, or tells it why not.
func (s *Server) accept(conn *net.UnixConn) {
	v := newViewer(s, conn)
	s.mu.Lock()
	full, retired := len(s.viewers) >= MaxViewers, s.retired
	select {
	case <-s.closed:
		full = true
	default:
	}
	if !full && !retired {
		s.viewers[v] = struct{}{}
		s.wg.Add(1)
	}
	s.mu.Unlock()
	if retired {
		conn.Close() // as if it had come a moment later, when the socket is gone
		return
	}
	if full {
		conn.SetWriteDeadline(time.Now().Add(time.Second))
		v.sendError(CodeFull, "there are as many viewers as this agent serves")
		conn.Close()
		return
	}
	go func() {
		defer s.wg.Done()
		v.serve()
		s.mu.Lock()
		delete(s.viewers, v)
		s.left = time.Now()
		s.mu.Unlock()
	}()
}

// Retire makes the server accept nobody any more, and returns true, if no viewer is connected and none was within that time: whoever has
// been answered may come back so soon and is served.
func (s *Server) Retire(after time.Duration) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.retired = s.retired || len(s.viewers) == 0 && time.Since(s.left) > after
	return s.retired
}

// SetMode changes how everything is counted, and tells every viewer.
func (s *Server) SetMode(mode string, depth int) error {
	s.setMu.Lock()
	defer s.setMu.Unlock()
	if s.cfg.SetMode == nil {
		return errors.New("this agent counts in one way only")
	}
	if err := s.cfg.SetMode(mode, depth); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mode, s.depth = mode, depth
	for v := range s.viewers {
		notify(v.settings)
	}
	return nil
}

// setRate changes how far apart samples are, and tells every viewer.
func (s *Server) setRate(bytes uint64) error {
	if s.cfg.SetRate == nil {
		return errors.New("this agent takes no samples")
	}
	if err := s.cfg.SetRate(bytes); err != nil {
		return err
	}
	s.TellRate(bytes)
	return nil
}

// TellRate tells every viewer how far apart samples are, where that has changed.
func (s *Server) TellRate(bytes uint64) {
	if s.rate.Swap(bytes) == bytes {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for v := range s.viewers {
		notify(v.settings)
	}
}

// Mode returns how everything is counted: the mode, and the frames kept.
func (s *Server) Mode() (mode string, depth int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.mode, s.depth
}

func (s *Server) setBudget(budget float64) error {
	if s.cfg.SetBudget == nil {
		return errors.New("this agent keeps no budget")
	}
	return s.cfg.SetBudget(budget)
}

// Viewers returns the number of connections.
func (s *Server) Viewers() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.viewers)
}

// Close closes every connection and waits for the viewers' goroutines. The listener is the caller's to close, before.
func (s *Server) Close() {
	s.closeOnce.Do(func() {
		s.mu.Lock()
		close(s.closed)
		for v := range s.viewers {
			v.conn.Close()
		}
		s.mu.Unlock()
	})
	s.wg.Wait()
}

// notify leaves a token in a channel that holds one.
func notify(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
