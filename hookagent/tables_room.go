package main

import (
	"encoding/binary"
	"runtime"
	"strconv"
	"strings"

	"gotop/hookagent/hook"
)

// measureRoom finds out what the tables may take of a service that will have so many Ps, before it stands still.
func (s *session) measureRoom(pid, procs int) (err error) {
	o := &s.options.hooks
	o.Pid, o.Procs = pid, procs
	o.Length, err = hook.Room(pid, s.pid == 0)
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
