// Callers says of each of its allocations where it was made and what of: the frames of runtime.CallersFrames and the
// type's name by reflect. It is the oracle for symbols.
//
// Every allocation is an argument of keep on the same line, so that the stack keep sees is the stack the allocator
// saw, line by line.
package main

import (
	"encoding/json"
	"flag"
	"os"
	"reflect"
	"runtime"
	"sort"
	"sync"
	"time"

	"services/callers/far"
	"services/internal/seen"
)

const rounds = 7

type pair struct{ a, b *int }

type box[T any] struct {
	value T
	next  *box[T]
}

type (
	number  int64
	numbers []number
	inner   struct{ pair }
	outer   struct{ *inner }
	maker   interface{ make(n int) }
	made    struct {
		name string
		tags map[string][]*pair
		call func(int, ...string) error
	}
)

func (b *box[T]) method() { seen.Keep(new(box[T])) }

func (p pair) value()     { seen.Keep(new(pair)) }
func (p *pair) pointer()  { seen.Keep(new(pair)) }
func (i *inner) make(int) { seen.Keep(new([3]pair)) }

//go:noinline
func plain() { seen.Keep(new(pair)) }

// Three functions that are inlined into the fourth.
func inlined1() { seen.Keep(new(pair)) }
func inlined2() { inlined1(); seen.Keep(new([2]pair)) }
func inlined3() { inlined2() }

//go:noinline
func inlinedInto() {
	inlined3()
	inlined1()
}

//go:noinline
func generic[T any](value T) { seen.Keep(&box[T]{value: value}) }

func genericInlined[T any]() { seen.Keep(new(box[T])) }

//go:noinline
func closures() {
	one := 1
	f := func() {
		seen.Keep(new(pair))
		func() {
			defer func() { seen.Keep(new([4]pair)); one++ }()
			seen.Keep(new([5]pair))
		}()
	}
	f()
	apply(func(n int) { seen.Keep(new([6]pair)); one += n })
}

func apply(f func(int)) { f(1) } // inlined, and with it the closure

//go:noinline
func callMaker(m maker) { m.make(1) }

//go:noinline
func call(f func()) { f() }

//go:noinline
func callWith(f func(pair)) { f(pair{}) }

//go:noinline
func callValuer(v interface{ value() }) { v.value() }

//go:noinline
func wrappers() {
	o := outer{&inner{}}
	callMaker(o)         // through a wrapper that the compiler makes for the embedded pointer
	call(o.pair.pointer) // a method value, through another one
	callWith(pair.value)
	callValuer(&o.pair) // from a pointer to a value receiver
	(&box[number]{}).method()
	reflect.ValueOf(&o.pair).MethodByName("Reflected").Call(nil)
}

// Reflected is called by reflection.
func (p *pair) Reflected() { seen.Keep(new(pair)) }

//go:noinline
func deferred() {
	defer plain()
	defer func() { seen.Keep(new([7]pair)) }()
	for i := 0; i < 2; i++ {
		defer func(n int) { seen.Keep(new([8]pair)) }(i)
	}
	var p pair
	defer p.value()
}

//go:noinline
func panics() {
	defer func() {
		seen.Keep(new([9]pair))
		_ = recover()
		seen.Keep(new([10]pair))
	}()
	throw(1)
}

//go:noinline
func throw(n int) {
	defer func() { seen.Keep(new([11]pair)) }()
	panic(n)
}

//go:noinline
func faults(p *pair) {
	defer func() {
		_ = recover()
		seen.Keep(new([12]pair))
	}()
	plain()
	p.a = nil
	plain()
}

//go:noinline
func deep(n int) {
	if n == 0 {
		seen.Keep(new(pair))
		return
	}
	deep(n - 1)
}

//go:noinline
func library() {
	sort.Slice([]int{2, 1}, func(i, j int) bool { seen.Keep(new([13]pair)); return false })
	var once sync.Once
	once.Do(plain)
	far.Away(func() { seen.Keep(new([14]pair)) })
	_, _ = json.Marshal(marshaled{})
}

type marshaled struct{}

func (marshaled) MarshalJSON() ([]byte, error) { seen.Keep(new([15]pair)); return []byte("1"), nil }

//go:noinline
func types() {
	seen.Keep(new(int))
	seen.Keep(new(number))
	seen.Keep(new(numbers))
	seen.Keep(new(*pair))
	seen.Keep(new(made))
	seen.Keep(new(struct{ x, y float64 }))
	seen.Keep(new(map[string]*pair))
	seen.Keep(new(chan<- *pair))
	seen.Keep(new(func(int) error))
	seen.Keep(new(any))
	seen.Keep(new(error))
	seen.Keep(new(box[map[number]box[string]]))
	seen.Keep(new(far.Type))
	seen.Keep(new(box[far.Type]))
	seen.Keep(new(time.Time))
	type local struct{ a, b string }
	seen.Keep(new(local))
	seen.Keep(new([1000]*pair))
	seen.Keep(new([10000]*pair))
	seen.KeepSlice(make([]pair, rounds))
	seen.KeepSlice(make([]byte, 10*rounds))
	seen.KeepSlice(make([]string, rounds))
	seen.KeepSlice(make([]numbers, 100*rounds))
	seen.KeepText(words[0] + words[1])
}

var words = [2]string{"some text, ", "and more of it"}

var atStart = func() bool { seen.Keep(new([16]pair)); return true }()

func init() { seen.Keep(new([17]pair)) }

func main() {
	out := flag.String("out", "", "file for what was seen")
	flag.Parse()
	for i := 0; i < rounds; i++ {
		plain()
		inlinedInto()
		generic(1)
		generic("s")
		generic(&pair{})
		generic(box[int]{})
		genericInlined[int]()
		genericInlined[[]string]()
		closures()
		wrappers()
		deferred()
		panics()
		faults(nil)
		deep(5)
		deep(15)
		deep(30)
		library()
		types()
		goroutines()
	}
	if err := seen.Write(*out); err != nil {
		os.Stderr.WriteString(err.Error())
		os.Exit(1)
	}
	runtime.KeepAlive(atStart)
}

func goroutines() {
	var group sync.WaitGroup
	group.Add(4)
	go func() {
		defer group.Done()
		seen.Keep(new([18]pair))
	}()
	go done(&group)
	p := &pair{}
	go p.inGoroutine(&group)
	object := new(pair)
	runtime.SetFinalizer(object, func(*pair) { seen.Keep(new([19]pair)); group.Done() })
	runtime.KeepAlive(object)
	object = nil
	runtime.GC()
	group.Wait()
}

//go:noinline
func done(group *sync.WaitGroup) { seen.Keep(new(pair)); group.Done() }

//go:noinline
func (p *pair) inGoroutine(group *sync.WaitGroup) { seen.Keep(new(pair)); group.Done() }
