package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"syscall"
	"unsafe"
)

type instruction struct {
	code   uint16
	jt, jf uint8
	k      uint32
}

type program struct {
	n uint16
	f *instruction
}

var actions = map[string]uint32{
	"kill": 0x80000000, "kill-thread": 0, "trap": 0x00030000, "errno": 0x00050001, "trace": 0x7ff00000, "log": 0x7ffc0000, "allow": 0x7fff0000,
}

// confine installs the filter that was asked for (seccomp(2)).
func confine() {
	if *filter == "" {
		return
	}
	var call, argument, value int
	var action string
	if _, err := fmt.Sscan(strings.ReplaceAll(*filter, ":", " "), &call, &argument, &value, &action); err != nil {
		panic(err)
	}
	rules := []instruction{{0x20, 0, 0, 0}, {0x15, 0, 3, uint32(call)}}
	if argument >= 0 {
		rules = append(rules, instruction{0x20, 0, 0, uint32(16 + 8*argument)}, instruction{0x15, 0, 1, uint32(value)})
	} else {
		rules[1].jf = 1
	}
	rules = append(rules, instruction{0x06, 0, 0, actions[action]}, instruction{0x06, 0, 0, actions["allow"]})
	p := program{uint16(len(rules)), &rules[0]}
	install := func(flags uintptr) {
		runtime.LockOSThread()
		const noNewPrivs, setFilter, seccomp = 38, 1, 317
		_, _, e1 := syscall.Syscall6(syscall.SYS_PRCTL, noNewPrivs, 1, 0, 0, 0, 0)
		_, _, e2 := syscall.Syscall(seccomp, setFilter, flags, uintptr(unsafe.Pointer(&p)))
		if e1 != 0 || e2 != 0 {
			fmt.Fprintln(os.Stderr, e1, e2)
			os.Exit(1)
		}
	}
	const allThreads = 1
	if !*single {
		install(allThreads)
		runtime.UnlockOSThread()
		return
	}
	done := make(chan bool)
	go func() {
		install(0)
		close(done)
		select {} // and keeps the thread
	}()
	<-done
}
