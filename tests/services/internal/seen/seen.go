// Package seen notes who calls it, with the runtime's own eyes.
package seen

import (
	"encoding/json"
	"os"
	"reflect"
	"runtime"
	"sync"
)

const deepest = 64

type key struct {
	kind string
	pcs  [deepest]uintptr
}

type frame struct {
	Function string `json:"function"`
	File     string `json:"file"`
	Line     int    `json:"line"`
	Inlined  bool   `json:"inlined"`
}

type site struct {
	Type   string  `json:"type"`
	Allocs int     `json:"allocs"`
	Bytes  uint64  `json:"bytes"`
	Frames []frame `json:"frames"`
}

var (
	mutex sync.Mutex
	sites = map[key]*site{}
	last  any
)

// Keep notes the caller's stack and what it hands over, a newly allocated *T.
//
//go:noinline
func Keep[T any](object *T) {
	kind := reflect.TypeOf(object).Elem()
	note(kind.String(), uint64(kind.Size()), object)
}

// KeepSlice does so for a newly made slice.
//
//go:noinline
func KeepSlice[T any](slice []T) {
	kind := reflect.TypeOf(slice).Elem()
	note(kind.String(), uint64(kind.Size())*uint64(cap(slice)), slice)
}

// KeepText does so for a newly made string, which has no type to the allocator.
//
//go:noinline
func KeepText(text string) { note("", uint64(len(text)), text) }

//go:noinline
func note(kind string, bytes uint64, object any) {
	mutex.Lock()
	defer mutex.Unlock()
	last = object
	k := key{kind: kind}
	n := runtime.Callers(3, k.pcs[:])
	s := sites[k]
	if s == nil {
		s = &site{Type: kind, Frames: resolve(k.pcs[:n])}
		sites[k] = s
	}
	s.Allocs++
	s.Bytes += bytes
}

func resolve(pcs []uintptr) []frame {
	var out []frame
	frames := runtime.CallersFrames(pcs)
	for {
		f, more := frames.Next()
		// Frames of inlined calls have no Func of their own.
		out = append(out, frame{f.Function, f.File, f.Line, f.Func == nil})
		if !more {
			return out
		}
	}
}

// Write writes what was noted, as JSON.
func Write(path string) error {
	mutex.Lock()
	defer mutex.Unlock()
	var all []*site
	for _, s := range sites {
		all = append(all, s)
	}
	text, err := json.Marshal(all)
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o644)
}
