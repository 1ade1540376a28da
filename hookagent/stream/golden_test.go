package stream

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"flag"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/vmihailenco/msgpack/v5"
)

var update = flag.Bool("update", false, "write testdata/golden anew")

func ptr[T any](v T) *T { return &v }

// golden are the messages that Python is tested against, too. To viewers: Go encodes. From viewers (viewer_…): Python encodes,
// Go must understand.
var golden = map[string]any{
	"hello": Hello{
		T: "hello", Proto: 1, Agent: "0.1.0", PID: 4242, AgentPID: 4240, Exe: "/srv/größe/service", BuildID: "abc/def/123",
		Args: []string{"./service", "-addr", ":8080"}, Cwd: "/srv", GoVersion: "go1.26.6", Arch: "amd64", PIE: true,
		Started: 1_000_000_000, Mono: 1_500_000_000, Unix: 1_790_000_000_123_456_789, Output: "files",
		Hooks: []string{"runtime.mallocgc", "runtime.newproc1"}, Partial: []string{"runtime.mallocgc is inlined into main.f"},
		Mode: "exact", Depth: 64, IntervalMS: 100, Rate: 65536,
	},
	"hello_attached": Hello{
		T: "hello", Proto: 1, Agent: "0.1.0", PID: 1, AgentPID: 2, Exe: "/x", Args: []string{}, Cwd: "/", GoVersion: "go1.24.11",
		Arch: "amd64", Stripped: true, Output: "inherit", Hooks: []string{}, Partial: []string{}, Mode: "count", Depth: 1,
		IntervalMS: 10000, Attached: true,
	},
	"settings": Settings{T: "settings", Mode: "sampled", Depth: 128, IntervalMS: 250, Rate: 1 << 30},
	"stacks": Stacks{T: "stacks", Defs: []StackDef{
		{ID: 0, Kind: 0, Type: 0x4d2a60, PCs: Ints{0x46d0f3, 0x46d2aa, 0x4300c7}},
		{ID: 1, Kind: 1, Type: 0x46d400, PCs: Ints{0x46d11e}, Path: -1},
		{ID: 127, Kind: 2, PCs: Ints{0x43f0c1, 0x43f000}, Path: -1},
		{ID: 128, Kind: 3, PCs: Ints{}, Path: -1},
		{ID: 129, Kind: 4, PCs: Ints{0x46d0f3}, Path: 1},
		{ID: 70000, Kind: 0, PCs: Ints{0x7fffffffffffffff, 0xffffffffff600000}, Cut: true, Path: 3},
	}},
	"stacks_none": Stacks{T: "stacks", Defs: []StackDef{}},
	"functions":   Functions{T: "functions", Names: []FunctionName{{Addr: 0x7f0000401234, Function: "plug.order", File: "/src/plug/plug.go", Line: 23}, {Addr: 0xffffffff00000010, Function: "made"}}},
	"types":       Types{T: "types", Names: []TypeName{{Addr: 0xc000123456, Name: "[]map[string]main.Größe", Hash: 0xfedcba98}, {Addr: 0xffffff4000000000}}},
	"tick_first": Tick{
		T: "tick", Seq: 1, At: 2_000_000_000, DurNS: 1_000_000_000,
		Deltas: Ints{0, 1, 16, 0, 1, 200, 3200, 128, 70000, 65536, 4294967296, 0, 128, 1, 4096, 2048},
		Totals: Totals{Allocs: 65737, Bytes: 4294970512, Waste: 128, Unattributed: 3, UnattributedBytes: 48, Counted: 2, Stacks: 5, Gos: 7, Malgs: 6, MalgBytes: 12288, Copies: 1},
		Agent: Agent{CPUNS: 12_345_678, RSS: 12 << 20, LagMS: 0.25, Viewers: 1, TableBytes: 4096, Overhead: 0.0125, Budget: 0.03,
			OverheadLow: 0.01, OverheadHigh: 0.015, OverheadAll: 0.5, OverheadAllLow: 0.25, OverheadWhy: "samples are not allowed here"},
	},
	"tick": Tick{
		T: "tick", Seq: 300, At: 32_000_000_000, DurNS: 100_123_456, Deltas: Ints{1, 1, 16, 0},
		Totals: Totals{Allocs: 65738, Bytes: 4294970528, Waste: 128, Stacks: 5},
		Runtime: &Runtime{
			At: 31_999_900_000, Mallocs: ptr(uint64(65800)), Frees: ptr(uint64(60000)), AllocBytes: ptr(uint64(4294999999)),
			BaseMallocs: 60, BaseAllocBytes: 960, Hooked: ptr(uint64(65738)), Slack: 2, HookedBytes: ptr(uint64(4294970656)), SlackBytes: 48, HeapLive: ptr(uint64(4 << 20)), HeapGoal: ptr(uint64(math.MaxUint64)),
			HeapMarked: ptr(uint64(3 << 20)), NumGC: ptr(uint64(12)), PauseTotalNS: ptr(uint64(345_678)), Goroutines: ptr(uint64(9)),
			Threads: ptr(uint64(6)), GOMAXPROCS: ptr(uint64(2)), StackInuse: ptr(uint64(327680)), Missing: []string{},
		},
		Agent: Agent{CPUNS: 99, RSS: 1, Viewers: 64},
	},
	"tick_unreadable": Tick{
		T: "tick", Seq: 2, At: 1, DurNS: 0, Deltas: Ints{},
		Runtime: &Runtime{At: 1, Hooked: ptr(uint64(5)), NumGC: ptr(uint64(0)), Missing: []string{"mallocs: runtime.allp[1] is nil"}},
	},
	"tick_run": Tick{
		T: "tick", Seq: 3, At: 2, DurNS: 1, Deltas: Ints{},
		Columns: &DeltaColumns{First: 7, Length: 2, Counts: []byte{1, 255}, Bytes: []byte{16, 0, 240, 15}, Waste: []byte{}},
		Totals:  Totals{Allocs: 256, Bytes: 4096, Stacks: 9},
	},
	"tick_unhooked": Tick{
		T: "tick", Seq: 1, At: 2, DurNS: 1, Deltas: Ints{0, 3, 96, 0},
		Totals:  Totals{Allocs: 70000, Bytes: 4294970528, Unattributed: 70000, Counted: 70000, Stacks: 1},
		Runtime: &Runtime{At: 1, Mallocs: ptr(uint64(70000)), AllocBytes: ptr(uint64(4294970528)), Missing: []string{}},
	},
	"events": Events{T: "events", STW: []STW{
		{At: 3_000_000_000, Reason: 1, StoppingNS: 12_000, StoppedNS: 45_000},
		{At: 3_100_000_000, Reason: 5, StoppingNS: 0, StoppedNS: 1 << 33},
	}, GC: []GC{
		{
			Number: 12, SweepTerm: 2_999_000_000, Mark: 2_999_100_000, MarkTerm: 2_999_900_000, End: 3_000_000_000, Trigger: 4_100_000,
			Before: 4 << 20, After: 5 << 20, Marked: 1 << 20, Goal: 4_194_304, Stacks: 70_000, Globals: 123_456, AssistNS: 1_000,
			DedicatedNS: 700_000, FractionalNS: 3, IdleNS: 90_000, PauseNS: 200_000, StwProcs: 2, Procs: 4, CPUFraction: 0.25, Forced: true,
		},
		{Number: 13, CPUFraction: 0},
	}},
	"events_lost": Events{T: "events", STW: []STW{}, GC: []GC{}, Lost: 70_000},
	"goroutines": Goroutines{
		T: "goroutines", At: 4_000_000_000, TookNS: 33_000_000, Live: 100_004, System: ptr(uint64(4)), Dead: 3, DeadBytes: 4096,
		Folded: 2, FoldedCount: 3, FoldedBytes: 6144, Rows: []GoroutineRow{
			{Go: 0x46d11e, Start: 0x46d400, Status: 4, Wait: 16, Count: 100_000, StackBytes: 204_800_000},
			{Go: 0xffffffff80000000, Start: 0, Status: 2, Count: 1, StackBytes: 8192},
		},
	},
	"goroutines_missing": Goroutines{T: "goroutines", At: 1, Rows: []GoroutineRow{}, Missing: "the hook plan does not say where g.gopc is"},
	"attributes": Attributes{T: "attributes", Defs: []AttributeDef{
		{ID: 0, Creator: 0x46d11e, Labels: []Label{{Key: "path", Value: "/größe"}, {Key: "user", Value: ""}}},
		{ID: 1, Creator: 1, Labels: []Label{}},
		{ID: 300, Creator: 0xffffffff80000000, Labels: []Label{{Key: "k", Value: "v…"}}, More: 3},
		{ID: 301, Creator: 0, Labels: []Label{}, Kept: LabelsDropped},
		{ID: 302, Creator: 0x46d11e, Labels: []Label{}, Kept: LabelsUnread},
	}},
	"attribution":         Attribution{T: "attribution", At: 4_000_000_000, Since: 3_000_000_000, Deltas: Ints{0, 3, 48, 300, 1 << 33, 1 << 40}, Lost: Ints{2, 32}},
	"attribution_missing": Attribution{T: "attribution", At: 1, Since: 1, Deltas: Ints{}, Lost: Ints{0, 0}, Missing: "it is not known how go1.28 keeps pprof labels"},
	"log":                 Log{T: "log", FD: 2, Off: 262_144, Data: []byte("panic: \xff\x00 größe\n"), Skipped: 100_000},
	"exe":                 Exe{T: "exe", Off: 4096, Data: []byte("\x7fELF")},
	"exe_end":             Exe{T: "exe", Off: 1 << 40, Data: []byte{}},
	"ended_code":          Ended{T: "ended", At: 5_000_000_000, Code: ptr(3)},
	"ended_signal": Ended{T: "ended", At: 5_000_000_000, Signal: ptr(9), Core: true,
		ByUs: true},
	"ended_detached": Ended{T: "ended", At: 5_000_000_000, Detached: true},
	"error":          Error{T: "error", Code: CodeProto, Text: "this agent speaks protocol 1, the viewer 2: reinstall gotop"},

	"viewer_hello":           map[string]any{"t": "hello", "proto": 1, "viewer": "gotop 0.1.0", "log": true, "interval_ms": 250},
	"viewer_hello_runs":      map[string]any{"t": "hello", "proto": 1, "viewer": "gotop 0.1.0", "log": false, "interval_ms": 100, "runs": true},
	"viewer_set":             map[string]any{"t": "set", "interval_ms": 20, "mode": "count", "depth": 32},
	"size_classes":           SizeClasses{T: "size_classes", At: 5, Classes: Ints{0, 0, 0, 8, 100, 50, 32768, 1, 0}, Tiny: 7, Large: Ints{3, 120_000, 1, 40_000}},
	"viewer_set_rate":        map[string]any{"t": "set", "rate": 1 << 20},
	"viewer_set_goroutines":  map[string]any{"t": "set", "goroutines": true},
	"viewer_set_attribution": map[string]any{"t": "set", "attribution": true},
	"viewer_stop":            map[string]any{"t": "stop", "grace_ms": 5000},
	"viewer_exe":             map[string]any{"t": "exe", "off": 1 << 33, "len": 4 << 20},
}

// goldenRequests is what the viewers' messages mean.
var goldenRequests = map[string]Request{
	"viewer_hello":           {T: "hello", Proto: 1, Viewer: "gotop 0.1.0", Log: true, IntervalMS: ptr(int64(250))},
	"viewer_hello_runs":      {T: "hello", Proto: 1, Viewer: "gotop 0.1.0", IntervalMS: ptr(int64(100)), DeltaColumns: true},
	"viewer_set":             {T: "set", IntervalMS: ptr(int64(20)), Mode: ptr("count"), Depth: ptr(int64(32))},
	"viewer_set_rate":        {T: "set", Rate: ptr(int64(1 << 20))},
	"viewer_set_goroutines":  {T: "set", Goroutines: ptr(true)},
	"viewer_set_attribution": {T: "set", Attribution: ptr(true)},
	"viewer_stop":            {T: "stop", GraceMS: 5000},
	"viewer_exe":             {T: "exe", Off: 1 << 33, Len: 4 << 20},
}

func TestGolden(t *testing.T) {
	for name, message := range golden {
		t.Run(name, func(t *testing.T) {
			got, err := goldenEncoder(name).encode(message)
			if err != nil {
				t.Fatal(err)
			}
			checkFile(t, name+".msgpack", got)
			checkFile(t, name+".json", readable(t, got))
		})
	}
}

// goldenEncoder sorts the keys of the viewers' messages, which are maps here.
func goldenEncoder(name string) *encoder {
	e := newEncoder()
	e.enc.SetSortMapKeys(strings.HasPrefix(name, "viewer_"))
	return e
}

// TestGoldenFilesAreAllKnown finds files that no message makes any more.
func TestGoldenFilesAreAllKnown(t *testing.T) {
	files, err := os.ReadDir(filepath.Join("testdata", "golden"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		name, _, _ := strings.Cut(f.Name(), ".")
		if _, ok := golden[name]; !ok {
			t.Errorf("%s: nothing makes it", f.Name())
		}
	}
}

// TestGoldenRoundTrip decodes each file into its structure: what is written can be read back.
func TestGoldenRoundTrip(t *testing.T) {
	for name, message := range golden {
		if strings.HasPrefix(name, "viewer_") {
			continue
		}
		b, err := os.ReadFile(filepath.Join("testdata", "golden", name+".msgpack"))
		if err != nil {
			t.Fatal(err)
		}
		v := reflect.New(reflect.TypeOf(message))
		if err := msgpack.Unmarshal(b, v.Interface()); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !reflect.DeepEqual(v.Elem().Interface(), message) {
			t.Errorf("%s: decoded as %+v, want %+v", name, v.Elem().Interface(), message)
		}
	}
}

func TestGoldenRequests(t *testing.T) {
	for name, want := range goldenRequests {
		b, err := os.ReadFile(filepath.Join("testdata", "golden", name+".msgpack"))
		if err != nil {
			t.Fatal(err)
		}
		var got Request
		if err := msgpack.Unmarshal(b, &got); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s means %+v, want %+v", name, got, want)
		}
	}
}

func checkFile(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", "golden", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs:\n got %q\nwant %q", name, got, want)
	}
}

// readable is the message as JSON; a byte string becomes {"hex": digits}.
func readable(t *testing.T, message []byte) []byte {
	t.Helper()
	v, err := msgpack.NewDecoder(bytes.NewReader(message)).DecodeInterface()
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.MarshalIndent(hexed(v), "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return append(b, '\n')
}

func hexed(v any) any {
	switch v := v.(type) {
	case []byte:
		return map[string]string{"hex": hex.EncodeToString(v)}
	case []any:
		for i := range v {
			v[i] = hexed(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = hexed(v[k])
		}
	}
	return v
}
