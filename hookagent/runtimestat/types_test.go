package runtimestat

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"gotop/hookagent/internal/testchild"
)

// TestTypeNames compares with what reflect says in the service itself.
func TestTypeNames(t *testing.T) {
	for version, goCommand := range testchild.Toolchains() {
		t.Run(version, func(t *testing.T) {
			exe := testchild.Build(t, "reflected", goCommand, "-buildmode=pie")
			p := planOf(t, exe)
			s := start(t, exe)
			types := NewTypes(p, s.Bias(p.Entry), s.Memory)
			for compared := 0; ; compared++ {
				number, want, _ := strings.Cut(s.Line(), " ")
				addr, err := strconv.ParseUint(number, 10, 64)
				if err != nil {
					t.Fatal(err)
				}
				if addr == 0 {
					if compared < 15 {
						t.Errorf("%d types compared", compared)
					}
					return
				}
				got, inBinary := types.Name(addr)
				if wantBinary := want == "binary"; inBinary != wantBinary {
					// struct {} and func() are in most binaries, reflect finds them there
					if want != "struct {}" && want != "func()" {
						t.Errorf("%s: in the binary: %v", want, inBinary)
					}
				} else if !inBinary && got != want {
					t.Errorf("named %q, reflect says %q", got, want)
				}
			}
		})
	}
}

// TestTypeNamesGarbage: whatever memory holds, naming ends.
func TestTypeNamesGarbage(t *testing.T) {
	for i := range 2000 {
		g := &garbage{rand: rand.New(rand.NewPCG(7, uint64(i))), kind: i % 4}
		types := &Types{mem: g, md: 1, start: 0x400000, end: 0x500000}
		name, _ := types.Name(0xc000000000)
		if len(name) > maxName || g.reads > 1<<22 {
			t.Fatalf("kind %d: read %d bytes for a name of %d", g.kind, g.reads, len(name))
		}
	}
}
