// Command remedies allocates by patterns that gotop knows a remedy for, and by twins of each that have none.
package main

import (
	"bytes"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
)

const rounds = 200

type order struct{ id, count int }

var (
	orders  []order
	names   map[int]string
	text    string
	raw     []byte
	kept    *order
	matched bool
	word    = regexp.MustCompile(`^\w+$`)
)

//go:noinline
func growing(n int) {
	var all []order
	for i := 0; i < n; i++ {
		all = append(all, order{i, i})
	}
	orders = all
}

//go:noinline
func sized(n int) {
	all := make([]order, 0, n)
	for i := 0; i < n; i++ {
		all = append(all, order{i, i})
	}
	orders = all
}

//go:noinline
func growingMap(n int) {
	found := map[int]string{}
	for i := 0; i < n; i++ {
		found[i] = "x"
	}
	names = found
}

//go:noinline
func sizedMap(n int) {
	found := make(map[int]string, n)
	for i := 0; i < n; i++ {
		found[i] = "x"
	}
	names = found
}

//go:noinline
func boxed(n int) { fmt.Fprintln(io.Discard, n+1000) }

//go:noinline
func appended(n int) { raw = strconv.AppendInt(raw[:0], int64(n), 10) }

//go:noinline
func toString(b []byte) { text = string(b) }

//go:noinline
func compared(b []byte) { matched = string(b) == "no" }

//go:noinline
func compiled(s string) { matched = regexp.MustCompile(`^\d+$`).MatchString(s) }

//go:noinline
func compiledOnce(s string) { matched = word.MatchString(s) }

//go:noinline
func built(n int) {
	var out strings.Builder
	for i := 0; i < n; i++ {
		out.WriteString("some words ")
	}
	text = out.String()
}

//go:noinline
func builtAtOnce(n int) {
	var out strings.Builder
	out.Grow(11 * n)
	for i := 0; i < n; i++ {
		out.WriteString("some words ")
	}
	text = out.String()
}

//go:noinline
func escapes(n int) { kept = newOrder(n) }

func newOrder(n int) *order { return &order{n, n} }

func main() {
	some := bytes.Repeat([]byte("x"), 100)
	for i := 0; i < rounds; i++ {
		growing(100)
		sized(100)
		growingMap(100)
		sizedMap(100)
		boxed(i)
		appended(i)
		toString(some)
		compared(some)
		compiled("12")
		compiledOnce("words")
		built(40)
		builtAtOnce(40)
		escapes(i)
	}
}
