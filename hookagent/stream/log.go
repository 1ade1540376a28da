package stream

import (
	"fmt"
	"os"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// How the service's output is followed.
const (
	logPoll      = 50 * time.Millisecond // with a viewer that wants it
	logIdlePoll  = time.Second           // without: only the files' length is watched
	logTail      = 256 << 10             // what a new viewer gets
	logBacklog   = 4 << 20               // what a slow viewer may be behind
	logChunk     = 64 << 10              // bytes a message
	logKeep      = 256 << 20             // bytes kept of each file
	logPunchStep = 16 << 20              // bytes over that before the oldest are given back
)

// logFile is a file that the service writes to and nobody else. Its offsets are those of the stream: what is too old is given
// back to the file system as a hole, which moves nothing.
type logFile struct {
	f    *os.File
	fd   int // 1 or 2
	keep int64

	size    atomic.Int64
	punched atomic.Int64 // bytes given back at the beginning
	broken  bool         // no holes can be made: the file system cannot, or the file may not be written
}

// poll looks at the file's length and returns whether there is more.
func (l *logFile) poll() bool {
	st, err := l.f.Stat()
	if err != nil || st.Size() == l.size.Load() {
		return false
	}
	l.size.Store(st.Size())
	if old := st.Size() - l.keep; old-l.punched.Load() > logPunchStep && !l.broken {
		l.punch(old &^ 4095)
	}
	return true
}

// punch gives back everything before end.
func (l *logFile) punch(end int64) {
	start := l.punched.Load()
	l.punched.Store(end) // first: nobody may take the hole's zeroes for output
	w, err := os.OpenFile(fmt.Sprintf("/proc/self/fd/%d", l.f.Fd()), os.O_WRONLY, 0)
	if err == nil {
		err = unix.Fallocate(int(w.Fd()), unix.FALLOC_FL_PUNCH_HOLE|unix.FALLOC_FL_KEEP_SIZE, start, end-start)
		w.Close()
	}
	if err != nil {
		l.broken = true
		l.punched.Store(start)
	}
}

// logCursor is how much of a file a viewer was sent; −1: nothing yet.
type logCursor struct{ off int64 }

// next returns the piece after the cursor, up to end; nil: there is none.
func (l *logFile) next(c *logCursor, end int64) *Log {
	from := max(c.off, 0)
	if c.off < 0 || end-from > logBacklog {
		from = max(from, end-logTail)
	}
	from = max(from, l.punched.Load())
	data := make([]byte, min(logChunk, max(end-from, 0)))
	n, _ := l.f.ReadAt(data, from) // an error shows as n == 0
	skipped := from - max(c.off, 0)
	if n == 0 {
		return nil
	}
	c.off = from + int64(n)
	return &Log{T: "log", FD: l.fd, Off: from, Data: data[:n], Skipped: skipped}
}

// followLogs polls the files until the server is closed, and tells the viewers that want to know.
func (s *Server) followLogs() {
	defer s.wg.Done()
	if len(s.logs) == 0 {
		return
	}
	for {
		more := false
		for _, l := range s.logs {
			more = l.poll() || more
		}
		interval := logIdlePoll
		s.mu.Lock()
		for v := range s.viewers {
			if !v.wantsLog.Load() {
				continue
			}
			interval = logPoll
			if more {
				notify(v.logs)
			}
		}
		s.mu.Unlock()
		select {
		case <-time.After(interval):
		case <-s.logWanted:
		case <-s.closed:
			return
		}
	}
}
