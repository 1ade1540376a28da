// Labelled allocates under pprof labels and states how many objects it made under which, for the attribution of allocations: the
// runtime's own count over phases of one label set each, and what is known to be allocated where sets change all the time.
package main

import (
	"context"
	"flag"
	"fmt"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"services/internal/finalstats"
	"services/internal/result"
)

type object struct{ a, b, c *int }

// phase is what was allocated under a set of labels. MemStats: the runtime says so; otherwise the program knows.
type phase struct {
	Labels   map[string]string `json:"labels"`
	Mallocs  uint64            `json:"mallocs"`
	MemStats bool              `json:"mem_stats"`
}

var (
	kept   [64]*object
	phases []phase
)

//go:noinline
func allocate(slot, n int) {
	for i := 0; i < n; i++ {
		kept[slot] = new(object)
	}
}

// inherit allocates in goroutines of goroutines, which have the labels of whoever started them.
func inherit(goroutines, n int) {
	var done sync.WaitGroup
	for i := 0; i < goroutines; i++ {
		done.Add(1)
		go func(i int) {
			defer done.Done()
			allocate(i, n)
			inner := make(chan struct{})
			go func() {
				defer close(inner)
				allocate(i, n)
			}()
			<-inner
		}(i)
	}
	done.Wait()
}

// measured runs f under the labels and notes what the runtime counted meanwhile.
func measured(ctx context.Context, labels map[string]string, f func(context.Context)) {
	var before, after runtime.MemStats
	note := &phase{Labels: labels, MemStats: true}
	pprof.Do(ctx, pprof.Labels(pairs(labels)...), func(ctx context.Context) {
		runtime.ReadMemStats(&before)
		f(ctx)
		runtime.ReadMemStats(&after)
	})
	note.Mallocs = after.Mallocs - before.Mallocs
	phases = append(phases, *note)
}

func pairs(labels map[string]string) (list []string) {
	for key, value := range labels {
		list = append(list, key, value)
	}
	return list
}

func inPhases(sets, goroutines, n int) {
	for i := 0; i < sets; i++ {
		labels := map[string]string{"set": strconv.Itoa(i), "path": "/api"}
		measured(context.Background(), labels, func(context.Context) { inherit(goroutines, n) })
	}
	// Labels added to labels, and labels under labels: the inner ones count alone for what is inside.
	pprof.Do(context.Background(), pprof.Labels("outer", "o", "path", "/old"), func(ctx context.Context) {
		measured(ctx, map[string]string{"path": "/new"}, func(context.Context) { inherit(goroutines, n) })
		phases[len(phases)-1].Labels["outer"] = "o"
	})
}

// unusual label sets: none, many, long ones, empty strings, characters of several bytes.
func unusual(n int) {
	many, eight := map[string]string{}, map[string]string{}
	for i := 0; i < 11; i++ {
		many[fmt.Sprintf("key%02d", i)] = strconv.Itoa(i)
	}
	for i := 0; i < 8; i++ {
		eight[fmt.Sprintf("k%d", i)] = strings.Repeat("v", i)
	}
	for _, labels := range []map[string]string{
		many, eight, {"empty": ""}, {"exact": strings.Repeat("x", 64)}, {"long": strings.Repeat("y", 65)},
		{"größe": strings.Repeat("ü", 40)}, {strings.Repeat("k", 100): "key"}, {"odd": "x" + strings.Repeat("ü", 40)},
	} {
		measured(context.Background(), labels, func(context.Context) { allocate(0, n) })
	}
}

// request is one of many, each with labels of its own.
func request(slot, number, n, paths, users int) {
	labels := pprof.Labels("path", "/r/"+strconv.Itoa(number%paths), "user", strconv.Itoa(number%users))
	pprof.Do(context.Background(), labels, func(context.Context) { allocate(slot, n) })
}

func requests(count, goroutines, n, paths, users int) {
	var done sync.WaitGroup
	for g := 0; g < goroutines; g++ {
		done.Add(1)
		go func(g int) {
			defer done.Done()
			for i := g; i < count; i += goroutines {
				request(g, i, n, paths, users)
			}
		}(g)
	}
	done.Wait()
	sums := map[[2]int]uint64{}
	for i := 0; i < count; i++ {
		sums[[2]int{i % paths, i % users}] += uint64(n)
	}
	for which, sum := range sums {
		phases = append(phases, phase{
			Labels: map[string]string{"path": "/r/" + strconv.Itoa(which[0]), "user": strconv.Itoa(which[1])}, Mallocs: sum,
		})
	}
}

// warmUp has the threads and the collector's workers started, under no labels: later the runtime finds them idle, and allocates
// none in the name of whoever happens to run.
func warmUp(goroutines int) {
	var asleep sync.WaitGroup
	for i := 0; i < 4*runtime.GOMAXPROCS(0)+8; i++ {
		asleep.Add(1)
		go func() {
			defer asleep.Done()
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			span := syscall.NsecToTimespec(int64(50 * time.Millisecond))
			_ = syscall.Nanosleep(&span, nil)
		}()
	}
	asleep.Wait()
	inherit(goroutines, 1000)
	for i := 0; i < 3; i++ {
		runtime.GC()
		inherit(goroutines, 1000)
	}
}

func main() {
	sets := flag.Int("sets", 5, "phases with one set of labels each")
	goroutines := flag.Int("goroutines", 8, "goroutines at a time, 64 at most")
	n := flag.Int("n", 1000, "objects of each goroutine and phase")
	count := flag.Int("requests", 0, "requests, each with a label object of its own")
	each := flag.Int("each", 3, "objects of each request")
	paths := flag.Int("paths", 7, "values of the requests' first label")
	users := flag.Int("users", 5, "values of the requests' second label")
	gcPercent := flag.Int("gc", 100, "GOGC while there are requests; -1 is off")
	again := flag.Duration("for", 0, "go on with requests for so long, for people who look")
	at := flag.String("at", "", "file for what was allocated under which labels")
	out := flag.String("out", "", "file for the final statement; standard output if empty")
	flag.Parse()
	finalstats.WriteTo(*out)
	debug.SetGCPercent(-1) // nothing but what is ordered runs while the runtime's count is taken
	warmUp(*goroutines)
	inPhases(*sets, *goroutines, *n)
	if *sets > 0 {
		unusual(*n)
	}
	debug.SetGCPercent(*gcPercent)
	requests(*count, *goroutines, *each, *paths, *users)
	for end := time.Now().Add(*again); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		requests(500, *goroutines, *each, *paths, *users)
		phases = phases[:0]
	}
	result.Write(*at, phases)
	finalstats.Settle()
	finalstats.Report()
}
