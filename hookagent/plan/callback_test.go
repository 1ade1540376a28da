package plan

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const document = `{"schema": 1, "arch": "amd64", "text": [4096, 8192], "layout": {"g.m": 48, "g.stack.lo": 0, "g.stack.hi": 8, "m.p": 208,
"m.g0": 0, "m.curg": 184, "p.id": 0, "g.sched.sp": 56, "g.sched.bp": 104, "g.gopc": 288, "g.labels": 352},
"hooks": [{"name": "runtime.mallocgc", "kind": "alloc", "entry": 4096, "size": 64, "at": 4100, "expect": "0f8600000000"}],
"callback": CALLBACK}`

func TestCallback(t *testing.T) {
	for callback, refused := range map[string]bool{
		"null": false,
		`{"callback": [5000, 320], "switch": [6000, 32], "to_pc": 48, "to_frame": 8}`:                  false,
		`{"callback": [4000, 320], "switch": [6000, 32], "to_pc": 48, "to_frame": 8}`:                  true, // before the text
		`{"callback": [5000, 320], "switch": [8180, 32], "to_pc": 48, "to_frame": 8}`:                  true, // beyond its end
		`{"callback": [5000, 18446744073709551615], "switch": [6000, 32], "to_pc": 48, "to_frame": 8}`: true,
		`{"callback": [5000, 320], "switch": [6000, 32], "to_pc": 8, "to_frame": 8}`:                   true, // onto the same frame again
		`{"callback": [5000, 320], "switch": [6000, 32], "to_pc": 48, "to_frame": 0}`:                  true,
		`{"callback": [5000, 320], "switch": [6000, 32], "to_pc": 4294967344, "to_frame": 8}`:          true,
		`{"callback": [5000, 320], "switch": [6000, 32], "to_pc": 47, "to_frame": 8}`:                  true,
	} {
		file := filepath.Join(t.TempDir(), "plan.json")
		if err := os.WriteFile(file, []byte(strings.Replace(document, "CALLBACK", callback, 1)), 0o600); err != nil {
			t.Fatal(err)
		}
		p, err := Load(file)
		if (err != nil) != refused {
			t.Errorf("%s: %v", callback, err)
		}
		if err == nil && (p.Callback == nil) != (callback == "null") {
			t.Errorf("%s was read as %v", callback, p.Callback)
		}
	}
}
