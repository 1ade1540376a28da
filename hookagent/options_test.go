package main

import (
	"slices"
	"strings"
	"testing"

	"gotop/hookagent/hook"
	"gotop/hookagent/target"
)

func words(s string) []string { return strings.Fields(s) }

func TestParse(t *testing.T) {
	const files = "--plan p.json --socket a.sock "
	o, err := parse("run", words(files+"--mode sampled --depth 7 --rate 1000 --budget 0.03 --memory 90000000 --attribution --output files --dir d -- ./exe -x --pid"))
	if err != nil {
		t.Fatal(err)
	}
	if o.plan != "p.json" || o.socket != "a.sock" || o.output != target.Files || o.dir != "d" || o.budget != 0.03 || o.memory != 90e6 || o.pid != 0 {
		t.Errorf("%+v", o)
	}
	if want := (hook.Options{Mode: hook.Sampled, Depth: 7, Rate: 1000, Attribution: true}); o.hooks != want {
		t.Errorf("hooks are %+v", o.hooks)
	}
	if !slices.Equal(o.args, []string{"./exe", "-x", "--pid"}) {
		t.Errorf("the service is started with %q", o.args)
	}

	o, err = parse("attach", words(files+"--pid 42 --sample-only"))
	if err != nil || o.pid != 42 || !o.sampleOnly {
		t.Errorf("%+v, %v", o, err)
	}
	if want := (hook.Options{Mode: hook.Exact, Depth: defaultDepth, Rate: defaultRate}); o.hooks != want {
		t.Errorf("without a word about it hooks are %+v", o.hooks)
	}
}

func TestParseRefuses(t *testing.T) {
	for line, says := range map[string]string{
		"run -- ./exe":                                      "--plan and --socket",
		"run --plan p --socket s":                           "nothing to run",
		"run --plan p --socket s --":                        "nothing to run",
		"run --plan p --socket s --output files -- ./exe":   "--dir",
		"run --plan p --socket s --pid 3 -- ./exe":          "-pid",
		"attach --plan p --socket s":                        "--pid",
		"attach --plan p --socket s --pid -3":               "--pid",
		"attach --plan p --socket s --pid x":                "-pid",
		"attach --plan p --socket s --pid 3 --output files": "-output",
		"attach --plan p --socket s --pid 3 --depth many":   "-depth",
		"attach --plan p --socket s --pid 3 --memory -1":    "-memory",
	} {
		args := words(line)
		if _, err := parse(args[0], args[1:]); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", line, err)
		}
	}
}
