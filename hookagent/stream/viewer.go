package stream

import (
	"errors"
	"fmt"
	"net"
	"os"
	"sync/atomic"
	"time"

	"gotop/hookagent/monitor"
)

// viewer is one connection. Its fields belong to the goroutine that runs serve, but for those that say otherwise.
type viewer struct {
	s        *Server
	conn     *net.UnixConn // may be closed by anyone
	enc      *encoder
	base     *baseline
	watch    *monitor.Watch
	interval time.Duration
	cursors  []logCursor // by file of the server
	ended    bool        // it has been told

	wantsGoroutines bool          // from the start
	attribution     bool          // wants that
	wantsColumns    bool          // delta columns in place of lists
	wantsLog        atomic.Bool   // read by followLogs
	logs            chan struct{} // there is more output
	settings        chan struct{} // the mode has changed
	requests        chan input    // from the goroutine that reads
}

// input is a request, or why there are no more.
type input struct {
	request *Request
	err     error
}

func newViewer(s *Server, conn *net.UnixConn) *viewer {
	v := &viewer{
		s: s, conn: conn, enc: newEncoder(),
		logs: make(chan struct{}, 1), settings: make(chan struct{}, 1), requests: make(chan input, 16),
	}
	for range s.logs {
		v.cursors = append(v.cursors, logCursor{-1})
	}
	return v
}

// serve talks to the viewer until it leaves, errs, or takes nothing any more.
func (v *viewer) serve() {
	defer v.conn.Close()
	if err := peerAllowed(v.conn); err != nil {
		v.sendError(CodePeer, err.Error())
		return
	}
	in := newFramer(v.conn)
	if !v.hello(in) {
		return
	}
	v.base = newBaseline(v.s.cfg.Hello.Started)
	v.watch = v.s.cfg.Monitor.Watch(v.interval)
	defer v.watch.Close()
	v.watch.WantGoroutines(v.wantsGoroutines)
	v.watch.WantAttribution(v.attribution)
	stop := make(chan struct{})
	defer close(stop)
	go v.read(in, stop)
	v.loop()
}

// read takes in requests. If they are not taken up, it waits: a viewer that asks faster than it listens waits for itself.
func (v *viewer) read(in *framer, stop chan struct{}) {
	for {
		r, err := in.request()
		select {
		case v.requests <- input{r, err}:
		case <-stop:
			return
		}
		if err != nil {
			return
		}
	}
}

// loop sends what is due and does what the viewer asks, until one of both fails or the server is closed.
func (v *viewer) loop() {
	for {
		var err error
		select {
		case <-v.watch.C:
			err = v.update()
		case <-v.logs:
			err = v.sendLogs()
		case <-v.settings:
			err = v.sendSettings()
		case in := <-v.requests:
			err = v.handle(in)
		case <-v.s.closed:
			return
		}
		if err != nil {
			return
		}
	}
}

// hello reads the viewer's hello and answers it, or says why not; false: the connection is to be closed.
func (v *viewer) hello(in *framer) bool {
	v.conn.SetReadDeadline(time.Now().Add(helloTimeout))
	r, err := in.request()
	v.conn.SetReadDeadline(time.Time{})
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		v.sendError(CodeNoHello, fmt.Sprintf("no hello came within %v", helloTimeout))
	case errors.Is(err, errGarbage):
		v.sendError(CodeGarbage, err.Error())
	case err != nil: // it has left
	case r.T != "hello":
		v.sendError(CodeNoHello, fmt.Sprintf("the first message must be hello, not %.32q", r.T))
	case r.Proto != Proto:
		v.sendError(CodeProto, fmt.Sprintf("this agent speaks protocol %d, the viewer %d: gotop and its agent are of different versions", Proto, r.Proto))
	default:
		return v.welcome(r) == nil
	}
	return false
}

// welcome answers a hello.
func (v *viewer) welcome(r *Request) error {
	v.interval = DefaultInterval
	if r.IntervalMS != nil {
		ms := min(max(*r.IntervalMS, MinInterval.Milliseconds()), MaxInterval.Milliseconds())
		v.interval = time.Duration(ms) * time.Millisecond
	}
	h := v.s.cfg.Hello
	h.T, h.Proto = "hello", Proto
	h.Mono, h.Unix = monitor.Now(), time.Now().UnixNano()
	h.Mode, h.Depth = v.s.Mode()
	h.IntervalMS, h.Rate = v.interval.Milliseconds(), v.s.rate.Load()
	h.Args, h.Hooks, h.Partial = list(h.Args), list(h.Hooks), list(h.Partial)
	if err := v.send(h); err != nil {
		return err
	}
	v.wantsGoroutines = r.Goroutines != nil && *r.Goroutines
	v.attribution = r.Attribution != nil && *r.Attribution
	v.wantsColumns = r.DeltaColumns
	if r.Log && len(v.s.logs) > 0 {
		v.wantsLog.Store(true)
		notify(v.logs)
		notify(v.s.logWanted)
	}
	return nil
}

// list copies a list. The copy is never nil, which would be another type on the wire.
func list(l []string) []string { return append([]string{}, l...) }

// update sends what has changed; after the service's end all of it, and the end.
func (v *viewer) update() error {
	for !v.ended {
		var u *increment
		viewers := v.s.Viewers()
		v.s.cfg.Monitor.Read(func(s *monitor.State) { u = v.base.advance(s, viewers, v.attribution) })
		if f := v.s.cfg.Prices; f != nil {
			u.tick.Agent.setPrices(f())
		}
		if v.wantsColumns && u.complete { // a tick that is not all says so by its length
			u.tick.packDeltas()
		}
		if u.end != nil {
			if err := v.sendLogs(); err != nil {
				return err
			}
		}
		for m := range u.messages() {
			if err := v.send(m); err != nil {
				return err
			}
		}
		if u.end == nil {
			return nil
		}
		if u.complete {
			return v.sendEnd(u.end)
		}
	}
	return nil
}

func (v *viewer) sendEnd(e *monitor.End) error {
	v.ended = true
	return v.send(Ended{T: "ended", At: e.At, Code: e.Code, Signal: e.Signal, Core: e.Core, ByUs: e.ByUs, Detached: e.Detached})
}

// sendLogs sends the output that there is now.
func (v *viewer) sendLogs() error {
	if !v.wantsLog.Load() {
		return nil
	}
	for i, l := range v.s.logs {
		st, err := l.f.Stat()
		if err != nil {
			continue
		}
		for end := st.Size(); v.cursors[i].off < end; {
			m := l.next(&v.cursors[i], end)
			if m == nil {
				break
			}
			if err := v.send(m); err != nil {
				return err
			}
		}
	}
	return nil
}

func (v *viewer) sendSettings() error {
	mode, depth := v.s.Mode()
	return v.send(Settings{T: "settings", Mode: mode, Depth: depth, IntervalMS: v.interval.Milliseconds(), Rate: v.s.rate.Load()})
}

func (v *viewer) sendError(code, text string) error {
	return v.send(Error{T: "error", Code: code, Text: text})
}

// send writes one message. The deadline is for each piece: a viewer may be slow, but has to read.
func (v *viewer) send(message any) error {
	b, err := v.enc.encode(message)
	if err != nil {
		return err
	}
	const piece = 64 << 10
	for len(b) > 0 {
		n := min(len(b), piece)
		v.conn.SetWriteDeadline(time.Now().Add(writeTimeout))
		if _, err := v.conn.Write(b[:n]); err != nil {
			return err
		}
		b = b[n:]
	}
	return nil
}
