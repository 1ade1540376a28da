package plan

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// good is a plan that can be carried out.
func good() *Plan {
	jbe := Hex{0x0f, 0x86, 1, 0, 0, 0}
	return &Plan{
		Schema: Schema, Exe: "/x", Arch: "amd64", Entry: 0x401000, Text: [2]uint64{0x401000, 0x500000},
		Layout: map[string]uint64{"g.m": 48, "g.stack.lo": 0, "g.stack.hi": 8, "m.p": 208, "m.g0": 0, "m.curg": 184, "p.id": 0,
			"g.sched.sp": 56, "g.sched.bp": 96, "g.gopc": 288, "g.labels": 352},
		Vars: map[string]uint64{"runtime.sched": 0x600000},
		Hooks: []Hook{
			{Name: "runtime.mallocgc", Kind: Alloc, Entry: 0x402000, Size: 64, At: 0x402004, Expect: jbe},
			{Name: "runtime.malg", Kind: Malg, Entry: 0x403000, Size: 64, At: 0x403004, Expect: jbe},
		},
		SizeClasses: []uint64{0, 8, 16, 32768}, MallocHeader: 8,
	}
}

func TestGood(t *testing.T) {
	file := filepath.Join(t.TempDir(), "plan.json")
	b, err := json.Marshal(good())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(file); err != nil {
		t.Error(err)
	}
	if _, err := Load(file + "x"); err == nil {
		t.Error("a plan that is not there")
	}
}

// TestBad: each of these would have the agent read or write where it must not.
func TestAPathThatIsNotUTF8(t *testing.T) {
	p := good()
	p.Exe, p.ExeBytes = "/x\ufffd", []byte("/x\xff")
	b, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	if p, err = Parse(b); err != nil || p.Exe != "/x\xff" {
		t.Errorf("%q, %v", p.Exe, err)
	}
}

func TestBad(t *testing.T) {
	const end = ^uint64(0)
	for name, c := range map[string]struct {
		change func(*Plan)
		says   string
	}{
		"schema":                    {func(p *Plan) { p.Schema = 2 }, "schema"},
		"another processor":         {func(p *Plan) { p.Arch = "arm64" }, "arm64"},
		"an offset is missing":      {func(p *Plan) { delete(p.Layout, "g.m") }, "g.m"},
		"an offset is huge":         {func(p *Plan) { p.Layout["m.p"] = 1 << 40 }, "m.p"},
		"a variable is nowhere":     {func(p *Plan) { p.Vars["runtime.sched"] = end }, "runtime.sched"},
		"no text":                   {func(p *Plan) { p.Text = [2]uint64{} }, "text"},
		"text turned round":         {func(p *Plan) { p.Text = [2]uint64{2, 1} }, "text"},
		"text without an end":       {func(p *Plan) { p.Text[1] = end }, "text"},
		"classes in disorder":       {func(p *Plan) { p.SizeClasses = []uint64{16, 8} }, "size classes"},
		"huge classes":              {func(p *Plan) { p.SizeClasses = []uint64{0, end} }, "size classes"},
		"huge header":               {func(p *Plan) { p.MallocHeader = end }, "headers"},
		"no allocator":              {func(p *Plan) { p.Hooks = p.Hooks[1:] }, "0 allocators"},
		"two allocators":            {func(p *Plan) { p.Hooks[1].Kind = Alloc }, "2 allocators"},
		"two hooks in one place":    {func(p *Plan) { p.Hooks[1].Entry, p.Hooks[1].At = p.Hooks[0].Entry, p.Hooks[0].At }, "two hooks"},
		"hooks that overlap":        {func(p *Plan) { p.Hooks[1].Entry, p.Hooks[1].At = p.Hooks[0].Entry, p.Hooks[0].At+5 }, "two hooks"},
		"unknown kind":              {func(p *Plan) { p.Hooks[1].Kind = "free" }, "free"},
		"another instruction":       {func(p *Plan) { p.Hooks[0].Expect = Hex{0xe9, 0, 0, 0, 0, 0} }, "jbe"},
		"a short instruction":       {func(p *Plan) { p.Hooks[0].Expect = Hex{0x0f} }, "jbe"},
		"outside of its function":   {func(p *Plan) { p.Hooks[0].At += 64 }, "function"},
		"its end wraps around":      {func(p *Plan) { p.Hooks[0].At = end - 2 }, "function"},
		"the function wraps around": {func(p *Plan) { p.Hooks[0].Size = end - 0x1000 }, "text"},
		"a tiny function":           {func(p *Plan) { p.Hooks[0].Size = 3 }, "function"},
		"outside of the text":       {func(p *Plan) { p.Hooks[0].Entry = 0x100; p.Hooks[0].At = 0x104 }, "text"},
	} {
		p := good()
		c.change(p)
		b, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Parse(b); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzParse: anything is an error or a plan that can be carried out, and stays one when it is written and read again.
func FuzzParse(f *testing.F) {
	b, err := json.Marshal(good())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	for _, s := range []string{"", "{}", "[]", "null", `{"schema":1,"arch":"amd64","hooks":[{"expect":"0f86"}]}`, `{"hooks":null,"text":[1,2,3]}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, input []byte) {
		p, err := Parse(input)
		if err != nil {
			return
		}
		allocs := 0
		for _, h := range p.Hooks {
			if h.At < p.Text[0] || h.At > p.Text[1] || p.Text[1]-h.At < HookLen || len(h.Expect) != HookLen {
				t.Fatalf("passed: %+v in %#x", h, p.Text)
			}
			if h.Kind == Alloc {
				allocs++
			}
		}
		if allocs != 1 {
			t.Fatalf("passed with %d allocators", allocs)
		}
		b, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Parse(b); err != nil {
			t.Fatalf("written and read again: %v", err)
		}
	})
}
