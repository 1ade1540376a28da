// Command hookagent starts a Go service, or attaches to one, hooks its allocator, and serves what is counted to viewers on a Unix
// socket. It is gotop's other half and is started by it; PROTOCOL.md says how to talk to it.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"

	"gotop/hookagent/hook"
	"gotop/hookagent/target"
)

// version is set at build time (-ldflags -X main.version=…).
var version = "dev"

const usage = `usage:
  hookagent run --plan FILE --socket PATH [--mode MODE] [--depth N] [--rate BYTES] [--budget SHARE] [--attribution] [--output OUTPUT] [--dir DIR] -- EXE ARGS...
  hookagent attach --plan FILE --socket PATH --pid PID [--mode MODE] [--depth N] [--rate BYTES] [--budget SHARE] [--attribution]
  hookagent attach --plan FILE --socket PATH --pid PID --sample-only
  hookagent version

  --plan FILE      the hook plan of the executable (gotop inspect --plan)
  --socket PATH    where viewers connect
  --mode MODE      exact (type and full stack), sites (type and a few frames), sampled, count, or off: ready to be switched on
  --depth N        frames kept in modes exact and sampled, at most 512
  --rate BYTES     mean distance of two samples in mode sampled
  --budget SHARE   of the service's CPU time, such as 0.03, that the hooks may take: modes are switched to keep to it
  --attribution    count by pprof labels and creators of goroutines as well, from the start; else while a viewer wants it
  --sample-only    hook nothing and stop nothing: only read the process's memory, with the samples of its own heap profile
  --output OUTPUT  the service's stdout and stderr: files (in DIR), inherit, or stderr (both there)
  --dir DIR        where stdout.log and stderr.log are made
`

// options of a run or an attachment.
type options struct {
	plan, socket string
	hooks        hook.Options
	output       target.Output
	dir          string
	pid          int
	sampleOnly   bool
	budget       float64
	args         []string
}

func main() {
	if len(os.Args) < 2 {
		fail(usage)
	}
	switch os.Args[1] {
	case "run", "attach":
		o, err := parse(os.Args[1], os.Args[2:])
		if err != nil {
			fail("hookagent: " + err.Error() + "\n" + usage)
		}
		os.Exit(runSession(o))
	case "version":
		fmt.Println(version)
	case "help", "--help", "-h":
		fmt.Print(usage)
	default:
		fail(usage)
	}
}

func fail(text string) {
	os.Stderr.WriteString(text)
	os.Exit(2)
}

// defaultDepth holds the stacks of services seen so far; the runtime's own profile stops at 128 as well.
const defaultDepth = 128

// defaultRate is a sample in 64 KiB: eight times as many as the runtime's own profile takes, and still not to be noticed.
const defaultRate = 64 << 10

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
