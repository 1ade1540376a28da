package hook

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"testing"

	"gotop/hookagent/plan"
)

// TestEntriesOfTheAssembly: the injected code of every architecture opens with one jump a body, in the order of bodyTable.
func TestEntriesOfTheAssembly(t *testing.T) {
	var want []string
	for _, row := range bodyTable {
		want = append(want, row.label)
	}
	sources, err := filepath.Glob("injected_*.s")
	if err != nil || len(sources) == 0 {
		t.Fatalf("no assembly: %v", err)
	}
	entries := regexp.MustCompile(`(?m)^TEXT ·injected\(SB\).*\n((?:\t(?://|JMP|PCALIGN).*\n)+)`)
	jump := regexp.MustCompile(`(?m)^\tJMP (\w+)$`)
	for _, name := range sources {
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		found := entries.FindSubmatch(source)
		if found == nil {
			t.Fatalf("%s has no entries", name)
		}
		var got []string
		for _, m := range jump.FindAllSubmatch(found[1], -1) {
			got = append(got, string(m[1]))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s jumps to %q, bodyTable has %q", name, got, want)
		}
	}
}

// TestEveryKindHasABody: what package plan knows as kinds of hooks is what bodyTable has, each once, and plan.Kinds has all of them.
func TestEveryKindHasABody(t *testing.T) {
	var inTable []plan.Kind
	for _, row := range bodyTable {
		if row.kind != "" {
			inTable = append(inTable, row.kind)
		}
	}
	declared := declaredKinds(t)
	for _, list := range [][]plan.Kind{inTable, plan.Kinds} {
		list = slices.Clone(list)
		slices.Sort(list)
		if !slices.Equal(list, declared) {
			t.Errorf("%q, but package plan declares %q", list, declared)
		}
	}
}

// declaredKinds are the constants of type Kind in package plan's source, sorted.
func declaredKinds(t *testing.T) (kinds []plan.Kind) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../plan/plan.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if typ, ok := spec.Type.(*ast.Ident); ok && typ.Name == "Kind" && len(spec.Values) == 1 {
			value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			kinds = append(kinds, plan.Kind(value))
		}
		return true
	})
	slices.Sort(kinds)
	return kinds
}
