// A program with types that print alike: of two packages of one name, local to two functions, made of those, and made by reflect.
package main

import (
	"reflect"

	a "services/namesakes/a/v1"
	b "services/namesakes/b/v1"
)

var sink any

//go:noinline
func create[T any](n int) {
	for i := 0; i < n; i++ {
		sink = new(T)
	}
}

//go:noinline
func first(n int) {
	type local struct{ a, b, c int }
	for i := 0; i < n; i++ {
		sink = new(local)
	}
}

//go:noinline
func second(n int) {
	type local struct{ a, b, c int }
	for i := 0; i < n; i++ {
		sink = new(local)
	}
}

//go:noinline
func reflected(t reflect.Type, n int) {
	of := reflect.ArrayOf(7, t)
	for i := 0; i < n; i++ {
		sink = reflect.New(of)
	}
}

func main() {
	create[a.Event](100)
	create[b.Event](200)
	create[*a.Event](300)
	create[*b.Event](400)
	create[a.Index](500)
	create[b.Index](600)
	create[[3]a.Event](700)
	create[[3]b.Event](800)
	create[a.Box[a.Event]](900)
	create[a.Box[b.Event]](1000)
	first(1100)
	second(1200)
	reflected(reflect.TypeOf(a.Event{}), 1300)
	reflected(reflect.TypeOf(b.Event{}), 1400)
}
