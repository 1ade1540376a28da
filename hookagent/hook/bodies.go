package hook

import (
	"bytes"
	"errors"

	"gotop/hookagent/plan"
)

// body is an entry point of the injected code.
type body int

const (
	bodyExact body = iota
	bodySpecial
	bodyCount
	bodyGo
	bodyMalg
	bodyCopyStack
	bodySTW
	bodyExit
	bodyRestore
	bodySampled
	bodyStop
	bodyAttribute
	bodySites
	bodySitesSampled
	bodyResume
	bodies // how many there are
)

// bodyTable says of each body under which label it stands in the assembly (TestEntriesOfTheAssembly compares the order) and which kind of
// hook runs it; "": none by itself. Heap allocations run what the mode in force says (SetMode): bodyExact stands for all of those.
var bodyTable = [bodies]struct {
	label string
	kind  plan.Kind
}{
	bodyExact:        {"exact", plan.Alloc},
	bodySpecial:      {"special", plan.AllocSpecial},
	bodyCount:        {"count", ""},
	bodyGo:           {"gostmt", plan.Go},
	bodyMalg:         {"malg", plan.Malg},
	bodyCopyStack:    {"copystack", plan.CopyStack},
	bodySTW:          {"stw", plan.STW},
	bodyExit:         {"exithook", plan.Exit},
	bodyRestore:      {"restoreargs", ""},
	bodySampled:      {"sampled", ""},
	bodyStop:         {"stop", plan.Stop},
	bodyAttribute:    {"attribute", ""},
	bodySites:        {"sites", ""},
	bodySitesSampled: {"sitessampled", ""},
	bodyResume:       {"resume", ""},
}

// bodyOf returns the body that a kind of hook runs; ok is false where there is none.
func bodyOf(kind plan.Kind) (b body, ok bool) {
	for b, row := range bodyTable {
		if row.kind == kind && kind != "" {
			return body(b), true
		}
	}
	return 0, false
}

// injectedCode returns a copy of the injected code, without its end mark, and the offsets of its bodies in it.
func injectedCode() (text []byte, entry [bodies]uint64, err error) {
	n := bytes.Index(injectedStart[:], codeEnd)
	if n < 0 {
		return nil, entry, errors.New("the agent's injected code has no end mark: the agent was built wrongly")
	}
	text = bytes.Clone(injectedStart[:n])
	for i := range entry {
		if entry[i], err = jumpTarget(text, uint64(i*entrySpacing)); err != nil {
			return nil, entry, err
		}
	}
	return text, entry, nil
}
