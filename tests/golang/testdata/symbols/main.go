// Symbols prints stacks of every kind with what the runtime itself makes of them, and types with what reflect calls them.
// It is the oracle of tests/golang/test_symbols.py and test_types.py.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"reflect"
	"runtime"
	"sort"
	"strings"
	"sync"
	"unsafe"
)

type frame struct {
	Function string `json:"function"`
	File     string `json:"file"`
	Line     int    `json:"line"`
}

type stack struct {
	Name   string    `json:"name"`
	PCs    []uintptr `json:"pcs"`
	Frames []frame   `json:"frames"`
}

type typ struct {
	Addr uintptr `json:"addr"`
	Name string  `json:"name"`
}

type function struct {
	Entry uintptr `json:"entry"`
	Frame frame   `json:"frame"`
}

var report struct {
	Main      uintptr    `json:"main"` // entry of main.main as mapped: gives the load bias
	Stacks    []stack    `json:"stacks"`
	Types     []typ      `json:"types"`
	Functions []function `json:"functions"`
}

var mu sync.Mutex

//go:noinline
func record(name string) {
	pcs := make([]uintptr, 64)
	pcs = pcs[:runtime.Callers(1, pcs)]
	var out []frame
	for it := runtime.CallersFrames(pcs); ; {
		f, more := it.Next()
		out = append(out, frame{f.Function, f.File, f.Line})
		if !more {
			break
		}
	}
	mu.Lock()
	report.Stacks = append(report.Stacks, stack{name, pcs, out})
	mu.Unlock()
}

func inlined1(name string) { record(name) }
func inlined2(name string) { inlined1(name) }
func inlined3(name string) { inlined2(name); inlined1(name + " twice") }

type pair[K comparable, V any] struct {
	key   K
	value V
}

//go:noinline
func (p pair[K, V]) method(name string) { inlined1(name) }

//go:noinline
func generic[T any](name string, x T) { func() { record(name) }() }

type speaker interface{ speak(name string) }

type base struct{ n int }

//go:noinline
func (b *base) speak(name string) { inlined1(name) }

type value struct{ a, b, c int }

//go:noinline
func (v value) speak(name string) { record(name) }

type derived struct {
	_ int
	*base
}

//go:noinline
func say(s speaker, name string) { s.speak(name) }

//go:noinline
func call(f func()) { f() }

//go:noinline
func recovered(name string, f func()) {
	defer func() {
		recover()
		record(name)
	}()
	f()
}

//go:noinline
func deferred(name string, v value) {
	defer v.speak(name)
	defer say(v, name+" through an interface")
	for i := 0; i < 2; i++ {
		defer inlined2(name + " in a loop")
	}
}

//go:noinline
func nilDereference(p *value) int { return p.c }

func inlinedDereference(p *value) int { return nilDereference(p) + p.b }

//go:noinline
func divide(a, b int) int { return a / b }

func goStatement(f func()) {
	done := make(chan bool)
	go func() { f(); close(done) }()
	<-done
}

func stacks() {
	record("plain")
	inlined3("inlined")
	pair[string, int]{}.method("generic method")
	pair[[4]int, map[string]any]{}.method("generic method with brackets")
	generic("generic", 1)
	generic("generic struct", struct{ a, b string }{})
	say(derived{base: &base{}}, "embedded pointer")
	say(&value{}, "value method through a pointer")
	say(value{}, "value method")
	call(func() { inlined2("closure") })
	f := (&base{}).speak
	call(func() { f("method value") })
	speaker.speak(value{}, "method expression")
	deferred("defer", value{})
	recovered("panic", func() { panic("x") })
	recovered("nil pointer", func() { nilDereference(nil) })
	recovered("nil pointer inlined", func() { inlinedDereference(nil) })
	recovered("division", func() { divide(1, len(os.Args)-len(os.Args)) })
	recovered("bounds", func() { _ = os.Args[len(os.Args)+1] })
	recovered("panicwrap", func() { var v *value; say(v, "") })
	recovered("nil method", func() { var s speaker; s.speak("") })
	recovered("goexit of a deferred call", func() { defer record("while panicking"); panic(io.EOF) })
	goStatement(func() { record("go") })
	goStatement(func() { defer inlined1("go and defer"); runtime.Gosched() })
	x := []string{"b", "a", "c"}
	sort.Slice(x, func(i, j int) bool { record("called back by sort"); return x[i] < x[j] })
	strings.Map(func(r rune) rune { record("called back by strings"); return r }, "a")
	reflect.ValueOf(func(string) { record("reflect call") }).Call([]reflect.Value{reflect.ValueOf("")})
	reflect.ValueOf(value{}).Interface().(speaker).speak("reflected")
	var once sync.Once
	once.Do(func() { record("once") })
}

type (
	named     int
	alias     = map[named][]*base
	recursive struct{ next *recursive }
	tree[T any] struct {
		left, right *tree[T]
		value       T
	}
)

func typeWord(x any) uintptr { return (*[2]uintptr)(unsafe.Pointer(&x))[0] }

func types() {
	type local struct{ x int }
	for _, x := range []any{
		1, "", 1.5, true, 'x', uint8(0), complex(1, 2), uintptr(0), unsafe.Pointer(nil), []byte(nil), []string(nil),
		[3]int{}, [0]struct{}{}, struct{}{}, struct{ A, b int }{}, struct {
			X int `json:"x"`
		}{},
		map[string]int(nil), map[[2]string][]map[int]bool{}, make(chan int), make(chan<- struct{}), make(<-chan []error),
		func() {}, func(int, ...string) (error, bool) { return nil, false }, func(func(func())) {}, new(int), new(*string),
		new(any), new(error), new(interface {
			io.Reader
			Foo(int) string
		}), named(1), new(named), alias(nil), recursive{}, &recursive{}, tree[int]{}, &tree[map[string][]tree[named]]{},
		pair[string, func() int]{}, local{}, &local{}, []local{}, value{}, &value{}, derived{}, &bytes.Buffer{}, errors.New("x"),
		reflect.TypeOf(1), os.Stdout, sync.Mutex{}, &sync.Map{}, json.Decoder{}, [][]*[5]map[named]func(local) chan bool{},
		struct{ pair[int, local] }{}, struct {
			_ int
			*base
		}{}, new(speaker), [1 << 20]byte{},
	} {
		report.Types = append(report.Types, typ{typeWord(x), reflect.TypeOf(x).String()})
	}
}

func functions() {
	for _, f := range []any{main, record, inlined1, generic[int], generic[string], (*base).speak, value.speak, (*value).speak,
		pair[string, int].method, strings.Map, sort.Slice, (*bytes.Buffer).Write, func() { record("") }, runtime.GC} {
		pc := reflect.ValueOf(f).Pointer()
		fn := runtime.FuncForPC(pc)
		file, line := fn.FileLine(pc)
		report.Functions = append(report.Functions, function{fn.Entry(), frame{fn.Name(), file, line}})
	}
}

func main() {
	report.Main = reflect.ValueOf(main).Pointer()
	stacks()
	types()
	functions()
	if err := json.NewEncoder(os.Stdout).Encode(&report); err != nil {
		panic(err)
	}
}
