// Package room tells how much address space and memory there is for the shared tables: what the resource limits of service and agent,
// their memory cgroups and the machine leave. Everything is read from /proc and the cgroup file systems; nothing is changed.
package room

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// System is where /proc and the mounts are found.
type System struct {
	Open func(path string) (io.ReadCloser, error) // path is below the root directory
}

// Here is this machine.
var Here = System{func(path string) (io.ReadCloser, error) { return os.Open(filepath.Join("/", path)) }}

// Bound is a number of bytes and what sets it, in words for people.
type Bound struct {
	Bytes uint64
	Why   string
}

// none is no bound.
var none = Bound{Bytes: math.MaxInt64}

// lower is the lower one.
func (b Bound) lower(bytes uint64, why string, args ...any) Bound {
	if bytes < b.Bytes {
		return Bound{bytes, fmt.Sprintf(why, args...)}
	}
	return b
}

// less is a − b, or 0.
func less(a, b uint64) uint64 { return a - min(a, b) }

// Shares of the address space that is left: of a process that runs; and of one that has not begun, as all that its runtime will want
// has still to come.
const (
	runningShare = 4
	freshShare   = 16
)

// lockable is the least limit of locked memory that is taken for one of a Go service that locks all its memory: mlockall(2) refuses
// where the address space is larger than that, and no Go program has less than some hundred MB.
const lockable = 1 << 30

// Address returns how many bytes of address space tables may take in process pid, which has not begun if fresh, and in this one.
func (s System) Address(pid int, fresh bool) Bound {
	b := none
	share := uint64(runningShare)
	if fresh {
		share = freshShare
	}
	size, locked, canLock := s.sizes(pid)
	if limit, ok := s.limit(pid, "Max address space"); ok {
		b = b.lower(less(limit, size)/share, "the service's address space is limited to %s (ulimit -v)", text(limit))
	}
	if limit, ok := s.limit(pid, "Max locked memory"); ok && !canLock && (limit >= lockable || locked > 0) {
		if limit >= lockable {
			locked = size
		}
		b = b.lower(less(limit, locked)/share, "the memory that the service may lock is limited to %s (ulimit -l)", text(limit))
	}
	self := os.Getpid()
	size, _, _ = s.sizes(self)
	if limit, ok := s.limit(self, "Max address space"); ok {
		b = b.lower(less(limit, size)/runningShare, "the address space of gotop's agent is limited to %s (ulimit -v)", text(limit))
	}
	if limit, ok := s.limit(self, "Max file size"); ok {
		b = b.lower(limit, "the size of files that gotop's agent writes is limited to %s (ulimit -f)", text(limit))
	}
	return b
}

// limit is a soft limit of a process; false: there is none.
func (s System) limit(pid int, name string) (uint64, bool) {
	for line := range s.lines(fmt.Sprintf("proc/%d/limits", pid)) {
		rest, ok := strings.CutPrefix(line, name)
		if fields := strings.Fields(rest); ok && len(fields) > 0 {
			n, err := strconv.ParseUint(fields[0], 10, 64)
			return n, err == nil && n < math.MaxInt64 // "unlimited" is no number
		}
	}
	return 0, false
}

// capIPCLock is CAP_IPC_LOCK (linux/capability.h): who has it may lock any amount.
const capIPCLock = 14

// sizes are a process's address space and locked memory in bytes, and whether it may lock any amount.
func (s System) sizes(pid int) (size, locked uint64, canLock bool) {
	for line := range s.lines(fmt.Sprintf("proc/%d/status", pid)) {
		name, value, _ := strings.Cut(line, ":")
		fields := strings.Fields(value)
		if len(fields) == 0 {
			continue
		}
		switch name {
		case "VmSize":
			size = kilobytes(fields[0])
		case "VmLck":
			locked = kilobytes(fields[0])
		case "CapEff":
			caps, _ := strconv.ParseUint(fields[0], 16, 64)
			canLock = caps>>capIPCLock&1 != 0
		}
	}
	return size, locked, canLock
}

func kilobytes(s string) uint64 {
	n, _ := strconv.ParseUint(s, 10, 64)
	return min(n, math.MaxInt64>>10) << 10
}

// pagesPerTable: a page of a page table maps that many pages. The service's own share of what the tables take is only that.
const pagesPerTable = 512

// Memory returns how many bytes of memory tables may take, of which taken is theirs already: a third. Another is for what this process keeps of them
// itself, and as much is left to everybody else. It is this process that has them allocated, so its cgroups are charged, with all above
// them. To the service's own cgroups, page tables are charged; they may
// take an eighth of what is free.
func (s System) Memory(pid int, taken uint64) Bound {
	b := none
	for line := range s.lines("proc/meminfo") {
		name, value, _ := strings.Cut(line, ":")
		if fields := strings.Fields(value); name == "MemAvailable" && len(fields) > 0 {
			free := kilobytes(fields[0])
			b = b.lower(third(free, taken), "the machine has %s of memory left", text(free))
		}
	}
	for _, g := range s.groups(os.Getpid()) {
		if limit, free, ok := s.free(g); ok {
			b = b.lower(third(free, taken), "the memory cgroup %s is limited to %s, of which %s are left", g, text(limit), text(free))
		}
	}
	for _, g := range s.groups(pid) {
		if limit, free, ok := s.free(g); ok {
			b = b.lower(free/8*pagesPerTable, "the service's memory cgroup %s is limited to %s, of which %s are left", g, text(limit), text(free))
		}
	}
	return b
}

// third is a third of what is free and what is taken already.
func third(free, taken uint64) uint64 { return (free + taken) / 3 }

// lines are a file's; none where it cannot be read.
func (s System) lines(path string) func(func(string) bool) {
	return func(yield func(string) bool) {
		f, err := s.Open(path)
		if err != nil {
			return
		}
		defer f.Close()
		for in := bufio.NewScanner(f); in.Scan(); {
			if !yield(in.Text()) {
				return
			}
		}
	}
}

// text is a number of bytes for people, in powers of ten as everywhere in gotop.
func text(n uint64) string {
	switch {
	case n >= 10e9:
		return fmt.Sprintf("%d GB", n/1e9)
	case n >= 1e9:
		return fmt.Sprintf("%.1f GB", float64(n)/1e9)
	case n >= 10e6:
		return fmt.Sprintf("%d MB", n/1e6)
	}
	return fmt.Sprintf("%.1f MB", float64(n)/1e6)
}
