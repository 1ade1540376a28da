// Command hookagent starts a Go service, or attaches to one, hooks its allocator, and serves what is counted to viewers on a Unix
// socket. It is gotop's other half and is started by it; PROTOCOL.md says how to talk to it.
package main

import (
	"fmt"
	"os"
)

// version is set at build time (-ldflags -X main.version=…).
var version = "dev"

const usage = `usage:
  hookagent run --plan FILE --socket PATH [--mode MODE] [--depth N] [--rate BYTES] [--budget SHARE] [--memory BYTES] [--attribution] [--output OUTPUT] [--dir DIR] -- EXE ARGS...
  hookagent attach --plan FILE --socket PATH --pid PID [--mode MODE] [--depth N] [--rate BYTES] [--budget SHARE] [--memory BYTES] [--attribution]
  hookagent attach --plan FILE --socket PATH --pid PID --sample-only
  hookagent detach --plan FILE --pid PID
  hookagent version

  --plan FILE      the hook plan of the executable (gotop inspect --plan)
  --socket PATH    where viewers connect
  --mode MODE      exact (type and full stack), sites (type and call site), sites+sampled (as sites, and full stacks of a sample), sampled, count, or off: ready to be switched on
  --depth N        frames kept in modes exact, sites+sampled and sampled, at most 512
  --rate BYTES     mean distance of two samples in modes sites+sampled and sampled
  --budget SHARE   of the service's CPU time, such as 0.03, that the hooks may take: modes are switched to keep to it
  --memory BYTES   what tables and agent may take; otherwise as much as limits and machine leave
  --attribution    count by pprof labels and creators of goroutines as well, from the start; else while a viewer wants it
  --sample-only    hook nothing and stop nothing: only read the process's memory, with the samples of its own heap profile
  --output OUTPUT  the service's stdout and stderr: files (in DIR), inherit, or stderr (both there)
  --dir DIR        where stdout.log and stderr.log are made
`

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
	case "detach":
		o, err := parse(os.Args[1], os.Args[2:])
		if err != nil {
			fail("hookagent: " + err.Error() + "\n" + usage)
		}
		os.Exit(detached(o))
	case rehearseCommand:
		rehearsal()
	case "version":
		fmt.Println(version)
	case "help", "--help", "-h":
		fmt.Print(usage)
	default:
		fail(usage)
	}
}

// fail ends the agent because it was called wrongly.
func fail(text string) {
	os.Stderr.WriteString(text)
	os.Exit(2)
}
