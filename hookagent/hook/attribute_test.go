package hook_test

import (
	"debug/elf"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gotop/hookagent/hook"
	"gotop/hookagent/table"
)

// phase is what the service labelled says of a set of labels.
type phase struct {
	Labels   map[string]string `json:"labels"`
	Mallocs  uint64            `json:"mallocs"`
	MemStats bool              `json:"mem_stats"`
}

// labelled runs the service, counting by creator and labels, and returns the tables, its phases and its own count of everything.
func labelled(t *testing.T, o hook.Options, args ...string) (string, *table.Reader, []phase, uint64) {
	t.Helper()
	at := filepath.Join(t.TempDir(), "phases")
	o.Attribution = true
	exe := build(t, "labelled")
	r, _, out := hooked(t, exe, o, append(args, "-at", at)...)
	r.ScanAttribution()
	b, err := os.ReadFile(at)
	if err != nil {
		t.Fatal(err)
	}
	var phases []phase
	if err := json.Unmarshal(b, &phases); err != nil {
		t.Fatal(err)
	}
	return exe, r, phases, parseFinalStats(t, out).Mallocs
}

// objectBytes is the size of what the service allocates.
const objectBytes = 24

// symbol is the range of a function of a binary that is no PIE.
func symbol(t *testing.T, exe, name string) (lo, hi uint64) {
	t.Helper()
	f, err := elf.Open(exe)
	if err != nil {
		t.Fatal(err)
	}
	syms, err := f.Symbols()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range syms {
		if s.Name == name {
			return s.Value, s.Value + s.Size
		}
	}
	t.Fatalf("%s has no %s", exe, name)
	return 0, 0
}

// below is how many allocations have a function on their stack.
func below(r *table.Reader, lo, hi uint64) (n uint64) {
	for i, s := range r.Stacks() {
		if s.Kind == table.KindAlloc && slices.ContainsFunc(s.PCs, func(pc uint64) bool { return pc > lo && pc <= hi }) {
			n += r.Counts()[i].Count
		}
	}
	return n
}

// shown is how a set of labels is told apart; what has no place is cut as the tables cut it.
func shown(labels map[string]string) string {
	var parts []string
	for k, v := range labels {
		parts = append(parts, cut(k)+"="+cut(v))
	}
	slices.Sort(parts)
	more := max(0, len(parts)-table.MaxLabels)
	return fmt.Sprint(parts[:len(parts)-more], more)
}

func cut(s string) string {
	if len(s) <= table.LabelBytes {
		return s
	}
	return strings.ToValidUTF8(s[:table.LabelBytes], "") + "…"
}

func (p phase) String() string { return shown(p.Labels) }

// byLabels sums the counts by sets of labels, and all of them.
func byLabels(r *table.Reader) (sums map[string]table.Counters, all table.Counters) {
	sums = make(map[string]table.Counters)
	counts, lost := r.Attributed()
	for i, a := range r.Attributes() {
		labels := make(map[string]string)
		for _, l := range a.Labels {
			labels[l.Key] = l.Value
		}
		name := fmt.Sprint(strings.TrimSuffix(shown(labels), " 0"), " ", a.More)
		switch {
		case a.Dropped:
			name = "dropped"
		case a.Unread:
			name = "unread"
		}
		c := sums[name]
		c.Count, c.Bytes = c.Count+counts[i].Count, c.Bytes+counts[i].Bytes
		sums[name] = c
		all.Count, all.Bytes = all.Count+counts[i].Count, all.Bytes+counts[i].Bytes
	}
	all.Count, all.Bytes = all.Count+lost.Count, all.Bytes+lost.Bytes
	return sums, all
}

// totalled is what the mode's own tables have counted.
func totalled(r *table.Reader) (c table.Counters) {
	a, u := sum(r, table.KindAlloc), r.Unattributed()[table.KindAlloc]
	return table.Counters{Count: a.Count + u.Count, Bytes: a.Bytes + u.Bytes}
}

func requestStacks(t *testing.T, r *table.Reader, exe string) uint64 {
	lo, hi := symbol(t, exe, "main.request.func1")
	return below(r, lo, hi)
}

func TestEveryAllocationHasItsLabels(t *testing.T) {
	for _, c := range []struct {
		name string
		o    hook.Options
		args []string
	}{
		{"phases", hook.Options{Mode: hook.Exact, Depth: 128}, nil},
		{"count", hook.Options{Mode: hook.Count, Depth: 1}, []string{"-goroutines", "3"}},
		{"sampled", hook.Options{Mode: hook.Sampled, Depth: 128, Rate: 4096}, []string{"-requests", "20000"}},
		{"requests", hook.Options{Mode: hook.Exact, Depth: 128}, []string{"-requests", "100000", "-gc", "10"}},
		{"sets", hook.Options{Mode: hook.Sites, Depth: 1}, []string{"-requests", "50000", "-paths", "101", "-users", "23", "-gc", "10"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			exe, r, phases, mallocs := labelled(t, c.o, c.args...)
			sums, all := byLabels(r)
			if all.Count != mallocs || all != totalled(r) {
				t.Errorf("attributed are %+v, counted %+v, MemStats.Mallocs is %d", all, totalled(r), mallocs)
			}
			var requests, extra uint64
			for _, p := range phases {
				got := sums[p.String()]
				more := got.Count - p.Mallocs
				if p.MemStats {
					if less := p.Mallocs - got.Count; less > 3 { // goroutines of the runtime's own have no labels
						t.Errorf("%v: %d allocations, the runtime says %d", p, got.Count, p.Mallocs)
					}
					continue
				}
				// What the runtime allocates in a request's name, a sudog in a collection that it begins, is larger than its objects.
				if got.Count < p.Mallocs || more > 9 || got.Bytes-p.Mallocs*objectBytes < more*2*objectBytes {
					t.Errorf("%v: %+v, the service says %d", p, got, p.Mallocs)
				}
				requests, extra = requests+got.Count, extra+more
			}
			if n := requestStacks(t, r, exe); c.o.Mode == hook.Exact && n != requests {
				t.Errorf("%d allocations with stacks that have labels, %d with these labels", n, requests)
			}
			if _, lost := r.Attributed(); lost.Count != 0 || sums["dropped"].Count != 0 {
				t.Errorf("%d without a place, %d without their labels", lost.Count, sums["dropped"].Count)
			}
			t.Logf("%d allocations, %d in the requests' name, %d sets, %d attributes, %d bytes of tables", all.Count, extra, len(sums), len(r.Attributes()), r.UsedBytes())
		})
	}
}

// TestMoreSetsThanThereIsRoomFor: those that find no place are counted as their creator's, and nothing is missing.
func TestMoreSetsThanThereIsRoomFor(t *testing.T) {
	_, r, phases, mallocs := labelled(t, hook.Options{Mode: hook.Count, Depth: 1}, "-sets", "0", "-requests", "60000", "-users", "60000", "-each", "2")
	sums, all := byLabels(r)
	if all.Count != mallocs || all != totalled(r) {
		t.Errorf("attributed are %+v, counted %+v, MemStats.Mallocs is %d", all, totalled(r), mallocs)
	}
	var kept uint64
	for _, p := range phases {
		if p.MemStats {
			continue
		}
		got := sums[p.String()].Count
		if got > p.Mallocs+9 {
			t.Errorf("%v: %d allocations, the service says %d", p, got, p.Mallocs)
		}
		kept += got
	}
	if dropped := sums["dropped"].Count; dropped == 0 || kept+dropped < 120000 || kept+dropped > 120100 {
		t.Errorf("%d allocations in sets that are kept, %d in others", kept, dropped)
	}
	if _, lost := r.Attributed(); lost.Count != 0 {
		t.Errorf("%d allocations have no creator", lost.Count)
	}
	t.Logf("%d sets kept, %d allocations of others", len(sums), sums["dropped"].Count)
}
