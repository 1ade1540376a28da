package main

import (
	"gotop/hookagent/hook"
	"gotop/hookagent/monitor"
	"gotop/hookagent/runtimestat"
	"gotop/hookagent/target"
)

// execGuard reads the runtime's figures as long as they are those of the program that was hooked: after an execve there would be
// another one's at the same addresses.
type execGuard struct {
	monitor.Runtime
	hooks *hook.Hooks
	proc  *target.Process
}

// Read returns the figures; after an execve none, and why.
func (r execGuard) Read() *runtimestat.Figures {
	if r.hooks.Replaced(r.proc) {
		return &runtimestat.Figures{Missing: []string{hook.ErrReplaced.Error()}}
	}
	return r.Runtime.Read()
}
