package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"
)

// way is one kind of allocation, repeated n times.
type way struct {
	name string
	run  func(n int, s *sink)
}

// sink keeps the last object of each kind reachable. Every goroutine has its own.
type sink struct {
	any     any
	bytes   []byte
	ints    []int
	strings []string
	text    string
	pair    *pair
	call    func() int
	channel chan *pair
	table   map[string]*pair
	numbers map[int]int
	err     error
}

type pair struct{ a, b *int }

type tree struct {
	left, right *tree
	value       int
}

type box[T any] struct {
	value T
	next  *box[T]
}

type shape interface{ area() int }

type square struct{ side int }

func (s square) area() int { return s.side * s.side }

type named struct {
	square
	Name string            `json:"name"`
	Tags []string          `json:"tags"`
	More map[string]string `json:"more"`
}

// below calls f with n frames more on the stack.
//
//go:noinline
func below(n int, f func()) {
	if n == 0 {
		f()
		return
	}
	below(n-1, f)
}

// wide is below with frames of 100 KB each.
//
//go:noinline
func wide(n int, f func()) byte {
	var room [100 << 10]byte
	room[n] = 1
	if n == 0 {
		f()
	} else {
		room[n-1] = wide(n-1, f)
	}
	return room[n]
}

//go:noinline
func push[T any](head *box[T], value T) *box[T] { return &box[T]{value, head} }

//go:noinline
func grow(depth int) int {
	var room [64]int // makes the stack grow, and copy, on the way down
	room[depth%64] = depth
	if depth == 0 {
		return 0
	}
	return grow(depth-1) + room[depth%64]
}

//go:noinline
func plant(depth int) *tree {
	if depth == 0 {
		return nil
	}
	return &tree{plant(depth - 1), plant(depth - 1), depth}
}

var ways = []way{
	{"tiny", func(n int, s *sink) {
		for i := 0; i < n; i++ {
			a, b, c := new(byte), new(int32), new([3]int32)
			*a, *b, c[0] = byte(i), int32(i), 1
			s.any = a
			s.any = b
			s.any = c
		}
	}},
	{"small without pointers", func(n int, s *sink) {
		for i := 0; i < n; i++ {
			s.bytes = make([]byte, 16+i%1000)
			s.any = new([2]int)
			s.any = new([8]int)
			s.any = new([10]int)
			s.any = new([11]int)
			s.any = new([60]int)
		}
	}},
	{"small with pointers", func(n int, s *sink) {
		for i := 0; i < n; i++ {
			s.pair = new(pair)
			s.any = new(*int)
			s.any = new([10]*int)
			s.any = new([11]*int)
			s.any = new([64]*int)
		}
	}},
	{"header", func(n int, s *sink) {
		for i := 0; i < n; i++ {
			s.any = new([65]*int)
			s.any = new([100]*int)
			s.any = make([]*int, 65+i%1000)
			s.any = new([1024]pair)
		}
	}},
	{"large", func(n int, s *sink) {
		for i := 0; i < n/10+1; i++ {
			s.bytes = make([]byte, 32<<10+1+i)
			s.bytes = make([]byte, 100<<10)
			s.any = make([]*int, 10000)
			s.any = new([40 << 10]byte)
		}
	}},
	{"nothing", func(n int, s *sink) {
		for i := 0; i < n; i++ {
			s.any = new(struct{})
			s.bytes = make([]byte, i-i)
		}
	}},
	{"strings", func(n int, s *sink) {
		for i := 0; i < n; i++ {
			s.text = "number " + strconv.Itoa(1000+i)
			s.bytes = []byte(s.text)
			s.text = string(s.bytes) + s.text
			s.text = string([]rune(s.text))
			s.strings = strings.Split(s.text, "n")
			s.text = strings.Join(s.strings, strings.Repeat("-", i%50))
			var b strings.Builder
			fmt.Fprintf(&b, "%d/%s", i, s.text)
			s.text = b.String()
		}
	}},
	{"append", func(n int, s *sink) {
		s.ints, s.strings = nil, nil
		for i := 0; i < n; i++ {
			s.ints = append(s.ints, i)
			s.strings = append(s.strings, "x")
			s.bytes = append(s.bytes[:len(s.bytes):len(s.bytes)], byte(i))
			if len(s.bytes) > 3000 {
				s.bytes = nil
			}
		}
	}},
	{"maps", func(n int, s *sink) {
		s.table, s.numbers = map[string]*pair{}, make(map[int]int, 10)
		for i := 0; i < n; i++ {
			s.table[strconv.Itoa(i)] = &pair{}
			s.numbers[i] = i
			delete(s.numbers, i-50)
			small := map[byte]byte{byte(i): 1}
			s.any = small
		}
	}},
	{"fmt", func(n int, s *sink) {
		for i := 0; i < n; i++ {
			s.text = fmt.Sprint(i, s.pair, float64(i)/3, named{Name: "n"})
			s.err = fmt.Errorf("round %d: %w", i, errors.New("no"))
		}
	}},
	{"reflect", func(n int, s *sink) {
		kind := reflect.TypeOf(named{})
		for i := 0; i < n; i++ {
			s.any = reflect.New(kind).Interface()
			s.any = reflect.MakeSlice(reflect.TypeOf([]int{}), i%100, 100).Interface()
			table := reflect.MakeMap(reflect.TypeOf(map[string]int{}))
			table.SetMapIndex(reflect.ValueOf("a"), reflect.ValueOf(i))
			s.any = table.Interface()
			made := reflect.ArrayOf(1+i%20, reflect.TypeOf(pair{})) // a type that is not in the binary
			s.any = reflect.New(made).Interface()
			out := reflect.ValueOf(square{i}.area).Call(nil)
			s.any = out[0].Interface()
		}
	}},
	{"channels", func(n int, s *sink) {
		for i := 0; i < n; i++ {
			s.channel = make(chan *pair, i%10)
			s.any = make(chan int, 100)
			s.any = make(chan struct{})
		}
		turn := make(chan *pair)
		go func() {
			for i := 0; i < n; i++ {
				turn <- &pair{}
			}
			close(turn)
		}()
		for got := range turn {
			s.pair = got
		}
	}},
	{"closures", func(n int, s *sink) {
		for i := 0; i < n; i++ {
			i := i
			s.call = func() int { i++; return i }
			s.call = square{i}.area
			defer func() { i-- }()
		}
	}},
	{"interfaces", func(n int, s *sink) {
		for i := 0; i < n; i++ {
			s.any = i + 1000
			s.any = square{i + 1000}
			var figure shape = named{square: square{i}}
			s.any = figure
			s.any = s.text + "."
		}
	}},
	{"generics", func(n int, s *sink) {
		var numbers *box[int]
		var texts *box[string]
		var pairs *box[*pair]
		for i := 0; i < n; i++ {
			numbers, texts, pairs = push(numbers, i), push(texts, "t"), push(pairs, &pair{})
		}
		s.any = [3]any{numbers, texts, pairs}
	}},
	{"goroutines", func(n int, s *sink) {
		var group sync.WaitGroup
		for i := 0; i < n; i++ {
			i := i
			group.Add(1)
			go func() {
				defer group.Done()
				_ = fmt.Sprint(i)
				_ = grow(i % 40)
			}()
		}
		group.Wait()
	}},
	{"recursion", func(n int, s *sink) {
		for i := 0; i < n; i++ {
			for _, depth := range []int{5, 15, 30, 100} {
				below(depth, func() { s.pair = new(pair); s.bytes = make([]byte, 64) })
			}
		}
		s.any = plant(8)
	}},
	{"wide frames", func(n int, s *sink) {
		wide(8, func() {
			for i := 0; i < n; i++ {
				s.pair = new(pair)
			}
		})
	}},
	{"stack growth", func(n int, s *sink) {
		for i := 0; i < n/10+1; i++ {
			done := make(chan int)
			go func() { done <- grow(1000) }()
			<-done
		}
	}},
	{"finalizers", func(n int, s *sink) {
		for i := 0; i < n; i++ {
			object := &tree{value: i}
			runtime.SetFinalizer(object, func(t *tree) { _ = make([]byte, 100+t.value%10) })
		}
	}},
	{"pool", func(n int, s *sink) {
		pool := sync.Pool{New: func() any { return new(bytes.Buffer) }}
		for i := 0; i < n; i++ {
			buffer := pool.Get().(*bytes.Buffer)
			buffer.Reset()
			fmt.Fprintf(buffer, "%d", i)
			if i%3 > 0 {
				pool.Put(buffer)
			}
		}
	}},
	{"json", func(n int, s *sink) {
		for i := 0; i < n/4+1; i++ {
			text, _ := json.Marshal(named{square{i}, "n", []string{"a", "b"}, map[string]string{"k": "v"}})
			var back named
			s.err = json.Unmarshal(text, &back)
			s.any = back
		}
	}},
	{"panics", func(n int, s *sink) {
		for i := 0; i < n; i++ {
			func() {
				defer func() { s.any = recover() }()
				if i%2 == 0 {
					panic(fmt.Sprint("round ", i))
				}
				var none *pair
				s.any = *none.a
			}()
		}
	}},
	{"timers", func(n int, s *sink) {
		var group sync.WaitGroup
		for i := 0; i < n; i++ {
			group.Add(1)
			time.AfterFunc(time.Microsecond, group.Done)
			s.any = time.NewTimer(time.Hour).Stop()
		}
		group.Wait()
	}},
	{"sorting", func(n int, s *sink) {
		numbers := make([]int, n)
		for i := range numbers {
			numbers[i] = i * 7919 % (n + 1)
		}
		sort.Slice(numbers, func(i, j int) bool { return numbers[i] < numbers[j] })
		s.ints = numbers
	}},
}
