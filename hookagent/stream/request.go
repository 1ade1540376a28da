package stream

import (
	"errors"
	"fmt"
	"io"
	"time"

	"gotop/hookagent/table"
)

// MaxExe is the most bytes of the executable that one request may ask for.
const MaxExe = 4 << 20

// Request is any message of a viewer: one structure, because a viewer's messages are few and small. Pointers are nil where the
// key was absent.
type Request struct {
	T          string   `msgpack:"t"`
	Proto      int64    `msgpack:"proto"`
	Viewer     string   `msgpack:"viewer"`
	Log        bool     `msgpack:"log"`
	IntervalMS *int64   `msgpack:"interval_ms"`
	Mode       *string  `msgpack:"mode"`
	Depth      *int64   `msgpack:"depth"`
	Budget     *float64 `msgpack:"budget"`
	Goroutines *bool    `msgpack:"goroutines"`
	Rate       *int64   `msgpack:"rate"`

	Attribution *bool `msgpack:"attribution"`

	DeltaColumns bool `msgpack:"runs"`

	GraceMS int64 `msgpack:"grace_ms"`
	Off     int64 `msgpack:"off"`
	Len     int64 `msgpack:"len"`
}

// handle does what a viewer asks; an error ends the connection.
func (v *viewer) handle(in input) error {
	if in.err != nil {
		if errors.Is(in.err, errGarbage) {
			v.sendError(CodeGarbage, in.err.Error())
		}
		return in.err
	}
	switch r := in.request; r.T {
	case "set":
		return v.set(r)
	case "stop":
		return v.stop(r)
	case "exe":
		return v.exe(r)
	}
	return nil // unknown messages are skipped
}

// maxRate is the greatest mean distance of two samples, in bytes.
const maxRate = 1 << 30

// set changes what a viewer asks to be changed; what cannot be is answered with an error message.
func (v *viewer) set(r *Request) error {
	mode, depth := v.s.Mode()
	if r.Mode != nil {
		mode = *r.Mode
	}
	if r.Depth != nil {
		if *r.Depth < 1 || *r.Depth > table.MaxDepth {
			return v.sendError(CodeBadValue, fmt.Sprintf("depth must be from 1 to %d, not %d", table.MaxDepth, *r.Depth))
		}
		depth = int(*r.Depth)
	}
	if r.IntervalMS != nil {
		lo, hi := MinInterval.Milliseconds(), MaxInterval.Milliseconds()
		if ms := *r.IntervalMS; ms < lo || ms > hi {
			return v.sendError(CodeBadValue, fmt.Sprintf("interval_ms must be from %d to %d, not %d", lo, hi, ms))
		}
	}
	if r.Mode != nil || r.Depth != nil {
		if err := v.s.SetMode(mode, depth); err != nil {
			return v.sendError(CodeMode, err.Error())
		}
	}
	if r.Budget != nil {
		if err := v.s.setBudget(*r.Budget); err != nil {
			return v.sendError(CodeBadValue, err.Error())
		}
	}
	if r.Rate != nil {
		if *r.Rate < 1 || *r.Rate > maxRate {
			return v.sendError(CodeBadValue, fmt.Sprintf("rate must be from 1 to %d, not %d", maxRate, *r.Rate))
		}
		if err := v.s.setRate(uint64(*r.Rate)); err != nil {
			return v.sendError(CodeMode, err.Error())
		}
	}
	if r.Goroutines != nil {
		v.watch.WantGoroutines(*r.Goroutines)
	}
	if r.Attribution != nil {
		v.attribution = *r.Attribution
		v.watch.WantAttribution(v.attribution)
	}
	if r.IntervalMS != nil {
		v.interval = time.Duration(*r.IntervalMS) * time.Millisecond
		v.watch.SetInterval(v.interval)
	}
	notify(v.settings)
	return nil
}

// stop ends the service for a viewer.
func (v *viewer) stop(r *Request) error {
	if v.s.cfg.Stop == nil {
		return v.sendError(CodeStop, "this agent cannot stop the service")
	}
	v.s.cfg.Monitor.SetStopRequested(true) // before: the end may come at once
	grace := time.Duration(min(max(r.GraceMS, 0), 3_600_000)) * time.Millisecond
	if err := v.s.cfg.Stop(grace); err != nil {
		v.s.cfg.Monitor.SetStopRequested(false)
		return v.sendError(CodeStop, err.Error())
	}
	return nil
}

// exe sends a piece of the executable.
func (v *viewer) exe(r *Request) error {
	if r.Off < 0 || r.Len < 0 || r.Len > MaxExe {
		return v.sendError(CodeBadValue, fmt.Sprintf("exe: off %d, len %d", r.Off, r.Len))
	}
	if v.s.cfg.Exe == nil {
		return v.sendError(CodeExe, "this agent has not kept the executable")
	}
	data := make([]byte, r.Len)
	n, err := v.s.cfg.Exe.ReadAt(data, r.Off)
	if err != nil && !errors.Is(err, io.EOF) {
		return v.sendError(CodeExe, fmt.Sprintf("reading the executable: %v", err))
	}
	return v.send(Exe{T: "exe", Off: r.Off, Data: data[:n]})
}
