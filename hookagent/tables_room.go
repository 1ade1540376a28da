package main

import (
	"encoding/binary"
	"math"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"

	"gotop/hookagent/hook"
	"gotop/hookagent/room"
)

// leastHeap is what the agent may take before it collects garbage more often, in bytes.
const leastHeap = 48 << 20

// ofTables is what part of the memory that was chosen (--memory) the tables get. The agent gets the rest: it keeps of each stack what the
// tables have, and collects its garbage when there is as much again.
const ofTables = 3

// measureRoom finds out what the tables may take of a service that will have so many Ps, before it stands still.
func (s *session) measureRoom(pid, procs int) (err error) {
	o := &s.options.hooks
	o.Pid, o.Procs = pid, procs
	o.Length, err = hook.Room(pid, s.pid == 0)
	// What the agent keeps of the tables is less than they are; where there is little room it collects its garbage before it takes more.
	own := min(room.Here.Memory(pid, 0).Bytes, math.MaxInt64) / 2
	if m := s.options.memory; m > 0 {
		o.Length = min(o.Length, hook.LengthWithin(m/ofTables))
		own = min(own, m-m/ofTables)
	}
	debug.SetMemoryLimit(max(leastHeap, int64(own)))
	return err
}

// procsWanted is how many Ps a service that has not begun will have, as far as that can be known (runtime/proc.go schedinit).
func procsWanted(env []string) int {
	for _, v := range env {
		if n, err := strconv.Atoi(strings.TrimPrefix(v, "GOMAXPROCS=")); err == nil && n > 0 && strings.HasPrefix(v, "GOMAXPROCS=") {
			return n
		}
	}
	return runtime.NumCPU()
}

// gomaxprocs is runtime.gomaxprocs of the service; 0: it cannot be read.
func (s *session) gomaxprocs() int {
	addr, ok := s.plan.Vars["runtime.gomaxprocs"]
	var b [4]byte
	if !ok || s.proc.ReadAt(b[:], addr+s.proc.Bias()) != nil {
		return 0
	}
	return int(int32(binary.LittleEndian.Uint32(b[:])))
}
