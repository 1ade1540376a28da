// Package testplan makes hook plans for tests, from the symbol table and DWARF of an unstripped binary: enough to test the agent
// without Python, and a second opinion on what Python makes.
package testplan

import (
	"bytes"
	"cmp"
	"debug/buildinfo"
	"debug/dwarf"
	"debug/elf"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"gotop/hookagent/plan"
)

var kinds = []struct {
	name *regexp.Regexp
	kind plan.Kind
}{
	{regexp.MustCompile(`^runtime\.mallocgc$`), plan.Alloc},
	{regexp.MustCompile(`^runtime\.mallocgc\w+SC\d+$`), plan.AllocSpecial},
	{regexp.MustCompile(`^runtime\.newproc1$`), plan.Go},
	{regexp.MustCompile(`^runtime\.malg$`), plan.Malg},
	{regexp.MustCompile(`^runtime\.copystack$`), plan.CopyStack},
	{regexp.MustCompile(`^runtime\.startTheWorldWithSema$`), plan.STW},
	{regexp.MustCompile(`^internal/runtime/exithook\.Run$`), plan.Exit},
}

// SizeClasses are runtime.class_to_size of Go 1.16 to 1.27.
var SizeClasses = []uint64{0, 8, 16, 24, 32, 48, 64, 80, 96, 112, 128, 144, 160, 176, 192, 208, 224, 240, 256, 288, 320, 352, 384, 416, 448,
	480, 512, 576, 640, 704, 768, 896, 1024, 1152, 1280, 1408, 1536, 1792, 2048, 2304, 2688, 3072, 3200, 3456, 4096, 4864, 5376,
	6144, 6528, 6784, 6912, 8192, 9472, 9728, 10240, 10880, 12288, 13568, 14336, 16384, 18432, 19072, 20480, 21760, 24576, 27264, 28672, 32768}

// Make makes the plan of the binary.
func Make(exe string) (*plan.Plan, error) {
	f, err := elf.Open(exe)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := buildinfo.ReadFile(exe)
	if err != nil {
		return nil, err
	}
	text := f.Section(".text")
	p := &plan.Plan{Schema: plan.Schema, Exe: exe, GoVersion: info.GoVersion, Arch: "amd64", PIE: f.Type == elf.ET_DYN, Entry: f.Entry,
		Text: [2]uint64{text.Addr, text.Addr + text.Size}, Layout: map[string]uint64{}, Vars: map[string]uint64{}, SizeClasses: SizeClasses, MallocHeader: 8,
		Labels: plan.LabelsList}
	code, err := text.Data()
	if err != nil {
		return nil, err
	}
	syms, err := f.Symbols()
	if err != nil {
		return nil, err
	}
	p.RuntimeText = runtimeText(syms)
	for _, s := range syms {
		if strings.HasPrefix(s.Name, "runtime.") && elf.ST_TYPE(s.Info) == elf.STT_OBJECT {
			p.Vars[s.Name] = s.Value
		}
		for _, k := range kinds {
			if !k.name.MatchString(s.Name) {
				continue
			}
			body := code[s.Value-text.Addr:][:s.Size]
			i := bytes.Index(body[:32], []byte{0x0f, 0x86})
			if i < 0 {
				return nil, fmt.Errorf("%s has no stack check", s.Name)
			}
			p.Hooks = append(p.Hooks, plan.Hook{Name: s.Name, Kind: k.kind, Entry: s.Value, Size: s.Size, At: s.Value + uint64(i), Expect: body[i : i+6]})
		}
	}
	return p, layout(f, p.Layout)
}

// helper matches names of functions of the runtime and of the packages that are part of it (gotop/golang/runtime_text.py).
var helper = regexp.MustCompile(`^(runtime|internal/(runtime/[\w/]+|abi|bytealg|byteorder|chacha8rand|cpu|goarch|goos|stringslite|race|msan|asan))\.`)

// runtimeText returns where the code of the runtime is, going by the names of symbols.
func runtimeText(syms []elf.Symbol) (ranges [][2]uint64) {
	functions := slices.DeleteFunc(slices.Clone(syms), func(s elf.Symbol) bool { return elf.ST_TYPE(s.Info) != elf.STT_FUNC || s.Size == 0 })
	slices.SortFunc(functions, func(a, b elf.Symbol) int { return cmp.Compare(a.Value, b.Value) })
	within := false
	for _, s := range functions {
		was := within
		within = helper.MatchString(s.Name)
		switch n := len(ranges); {
		case within && was:
			ranges[n-1][1] = s.Value + s.Size - ranges[n-1][0]
		case within:
			ranges = append(ranges, [2]uint64{s.Value, s.Size})
		}
	}
	return ranges
}

// structs are the runtime types whose fields a plan names.
var structs = map[string]bool{"g": true, "m": true, "p": true, "stack": true, "mcache": true, "mspan": true, "mheap": true,
	"bucket": true, "memRecord": true, "memRecordCycle": true}

func layout(f *elf.File, out map[string]uint64) error {
	d, err := f.DWARF()
	if err != nil {
		return err
	}
	for r := d.Reader(); ; {
		e, err := r.Next()
		if err != nil || e == nil {
			return err
		}
		name, _ := e.Val(dwarf.AttrName).(string)
		if e.Tag != dwarf.TagStructType || !structs[strings.TrimPrefix(name, "runtime.")] {
			continue
		}
		t, err := d.Type(e.Offset)
		if err != nil {
			return err
		}
		short := strings.TrimPrefix(name, "runtime.")
		out["sizeof."+short] = uint64(t.Size())
		fields(short, 0, t.(*dwarf.StructType), out)
	}
}

func fields(prefix string, base uint64, t *dwarf.StructType, out map[string]uint64) {
	for _, m := range t.Field {
		name := prefix + "." + m.Name
		out[name] = base + uint64(m.ByteOffset)
		ft := m.Type
		for {
			td, ok := ft.(*dwarf.TypedefType)
			if !ok {
				break
			}
			ft = td.Type
		}
		if s, ok := ft.(*dwarf.StructType); ok && strings.Count(name, ".") < 4 {
			fields(name, base+uint64(m.ByteOffset), s, out)
		}
	}
}
