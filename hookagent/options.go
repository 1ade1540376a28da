package main

import (
	"errors"
	"flag"
	"strings"

	"gotop/hookagent/hook"
	"gotop/hookagent/target"
)

// options of a run or an attachment.
type options struct {
	plan, socket string
	hooks        hook.Options
	output       target.Output
	dir          string
	pid          int
	sampleOnly   bool
	budget       float64
	memory       uint64 // bytes that tables and agent may take; 0: as many as there is room for
	args         []string
}

// defaultDepth holds the stacks of services seen so far; the runtime's own profile stops at 128 as well.
const defaultDepth = 128

// defaultRate is a sample in 64 KiB: eight times as many as the runtime's own profile takes, and still not to be noticed.
const defaultRate = 64 << 10

// parse reads the arguments of command, run, attach or detach.
func parse(command string, args []string) (options, error) {
	var o options
	f := flag.NewFlagSet(command, flag.ContinueOnError)
	f.SetOutput(new(strings.Builder)) // main says it
	f.StringVar(&o.plan, "plan", "", "")
	f.StringVar(&o.socket, "socket", "", "")
	f.StringVar((*string)(&o.hooks.Mode), "mode", string(hook.Exact), "")
	f.IntVar(&o.hooks.Depth, "depth", defaultDepth, "")
	f.Uint64Var(&o.hooks.Rate, "rate", defaultRate, "")
	f.Float64Var(&o.budget, "budget", 0, "")
	f.Uint64Var(&o.memory, "memory", 0, "")
	f.BoolVar(&o.hooks.Attribution, "attribution", false, "")
	if command == "run" {
		f.StringVar((*string)(&o.output), "output", string(target.Inherit), "")
		f.StringVar(&o.dir, "dir", "", "")
	} else {
		f.IntVar(&o.pid, "pid", 0, "")
		f.BoolVar(&o.sampleOnly, "sample-only", false, "")
	}
	if err := f.Parse(args); err != nil {
		return o, err
	}
	o.args = f.Args()
	switch {
	case command == "detach" && (o.plan == "" || o.pid <= 0):
		return o, errors.New("--plan and --pid are needed")
	case command == "detach":
		return o, nil
	case o.plan == "" || o.socket == "":
		return o, errors.New("--plan and --socket are needed")
	case command == "run" && len(o.args) == 0:
		return o, errors.New("there is nothing to run: EXE and its arguments follow --")
	case command == "run" && o.output == target.Files && o.dir == "":
		return o, errors.New("--output files needs --dir")
	case command == "attach" && o.pid <= 0:
		return o, errors.New("--pid is needed")
	}
	return o, nil
}
