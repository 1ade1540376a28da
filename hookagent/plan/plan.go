// Package plan reads the hook plan: what Python found in the service's binary, and all the agent knows of it.
//
// Every address in a plan is link-time; the agent adds the load bias (AT_ENTRY − Entry) once the service is mapped.
package plan

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"slices"
)

// Schema is the version of the document this package reads.
const Schema = 1

// Kind says what a hook point is, and with it which injected body runs there.
type Kind string

const (
	Alloc        Kind = "alloc"         // runtime.mallocgc: size in RAX, *_type in RBX
	AllocSpecial Kind = "alloc_special" // a size-specialised mallocgc: the same, unless it was called from mallocgc
	Go           Kind = "go"            // runtime.newproc1: *funcval in RAX
	Malg         Kind = "malg"          // runtime.malg: stack size in RAX
	CopyStack    Kind = "copystack"     // runtime.copystack: *g in RAX, new size in RBX
	STW          Kind = "stw"           // runtime.startTheWorldWithSema: now in RAX, worldStop in RBX, RCX, RDI
	Stop         Kind = "stop"          // runtime.stopTheWorldWithSema before Go 1.23: reason in RAX
	Exit         Kind = "exit"          // the runtime's exit hooks: the process is about to end
)

// Hook is one instruction to be replaced.
type Hook struct {
	Name   string `json:"name"`
	Kind   Kind   `json:"kind"`
	Entry  uint64 `json:"entry"` // the function's first instruction
	Size   uint64 `json:"size"`  // the function's length in bytes
	At     uint64 `json:"at"`    // the instruction to be replaced
	Expect Hex    `json:"expect"`
}

// Hex is a byte string written as hexadecimal digits.
type Hex []byte

// UnmarshalJSON implements json.Unmarshaler.
func (h *Hex) UnmarshalJSON(b []byte) error {
	var s string
	if err := json.Unmarshal(b, &s); err != nil {
		return err
	}
	d, err := hex.DecodeString(s)
	*h = d
	return err
}

// MarshalJSON implements json.Marshaler.
func (h Hex) MarshalJSON() ([]byte, error) { return json.Marshal(hex.EncodeToString(h)) }

// MaxWholeStacks is how many ranges Plan.WholeStacks may have.
const MaxWholeStacks = 1 << 9

// Plan is the whole document. Layout maps "struct.field" to a byte offset and "sizeof.struct" to a size.
type Plan struct {
	Schema    int               `json:"schema"`
	Exe       string            `json:"exe"`
	ExeBytes  []byte            `json:"exe_bytes,omitempty"` // the same where it is not UTF-8
	BuildID   string            `json:"build_id"`
	GoVersion string            `json:"go_version"`
	Arch      string            `json:"arch"`
	PIE       bool              `json:"pie"`
	Stripped  bool              `json:"stripped"`
	Entry     uint64            `json:"entry"`
	Text      [2]uint64         `json:"text"`
	Layout    map[string]uint64 `json:"layout"`
	Vars      map[string]uint64 `json:"vars"`
	Hooks     []Hook            `json:"hooks"`
	// SizeClasses is runtime.class_to_size (runtime/sizeclasses.go, internal/runtime/gc from 1.25); MallocHeader what
	// runtime.mallocgcSmallScanHeader adds to an object with pointers over 512 bytes.
	SizeClasses  []uint64 `json:"size_classes"`
	MallocHeader uint64   `json:"malloc_header"`
	// Callback is what it takes to cross from Go through C into Go on a stack; nil where C cannot call Go.
	Callback *Callback `json:"callback"`
	// RuntimeText is where the code of package runtime and its helpers is: {first address, bytes}, ascending. Empty: not known.
	RuntimeText [][2]uint64 `json:"runtime_text"`
	// WholeStacks is the code whose allocations are to keep whole stacks in modes that keep sites alone: {first address, bytes}.
	WholeStacks [][2]uint64 `json:"whole_stacks"`
	// Labels says how runtime/pprof keeps the labels of a goroutine (label.go labelMap): LabelsList, LabelsMap, or empty: not known.
	Labels string `json:"labels"`
	// WaitsOutsideMalloc are values of runtime.waitReason (runtime/runtime2.go): what a goroutine never waits for inside mallocgc.
	WaitsOutsideMalloc []WaitReason `json:"waits_outside_malloc"`
	Partial            []string     `json:"partial"`
}

// WaitReason is a runtime.waitReason. (A []uint8 would be a string in JSON.)
type WaitReason uint8

// Callback says how the stack of Go code that C has called leads on to the Go code that called C (gotop/golang/cgo_callbacks.py).
// Functions are {first address, bytes}, distances are bytes on the goroutine's stack.
type Callback struct {
	Callback [2]uint64 `json:"callback"` // runtime.cgocallback
	Switch   [2]uint64 `json:"switch"`   // runtime.systemstack_switch, for whose frame the runtime passes that of asmcgocall off
	ToPC     uint64    `json:"to_pc"`    // from where cgocallback's callee saved its frame pointer to cgocallback's return address
	ToFrame  uint64    `json:"to_frame"` // from there to the frame pointer saved in the frame above
}

// Values of Plan.Labels.
const (
	LabelsList = "list" // a slice, from Go 1.24 on
	LabelsMap  = "map"  // a map, before
)

// Load reads and checks the plan in a file.
func Load(file string) (*Plan, error) { return load(file, Parse) }

// LoadUnhooked reads and checks a plan for a service that is only read: it may hold no hooks, and those it holds are dropped.
func LoadUnhooked(file string) (*Plan, error) { return load(file, parseUnhooked) }

func load(file string, parse func([]byte) (*Plan, error)) (*Plan, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("reading the hook plan: %w", err)
	}
	p, err := parse(b)
	if err != nil {
		return nil, fmt.Errorf("hook plan %s: %w", file, err)
	}
	return p, nil
}

// Parse reads and checks a plan. One that it accepts can be carried out without arithmetic that overflows; whether it is the plan of
// the service at hand is known when its hook points' bytes are compared.
func Parse(b []byte) (*Plan, error) {
	p := new(Plan)
	if err := json.Unmarshal(b, p); err != nil {
		return nil, err
	}
	p.useExeBytes()
	return p, p.check()
}

func parseUnhooked(b []byte) (*Plan, error) {
	p := new(Plan)
	if err := json.Unmarshal(b, p); err != nil {
		return nil, err
	}
	p.useExeBytes()
	p.Hooks = nil
	return p, p.checkHead()
}

// useExeBytes puts the path's own bytes in the place of what JSON could hold of them.
func (p *Plan) useExeBytes() {
	if len(p.ExeBytes) > 0 {
		p.Exe = string(p.ExeBytes)
	}
}

// needed are the offsets without which no hook can run.
var needed = []string{"g.m", "g.stack.lo", "g.stack.hi", "m.p", "m.g0", "m.curg", "p.id", "g.sched.sp", "g.sched.bp",
	"g.gopc", "g.labels"}

// Bounds of what a plan may say.
const (
	maxOffset = 1 << 14 // in g, m or p, where the injected code reads: nonsense would harm the service
	maxSize   = 32768   // of a small object: runtime/malloc.go maxSmallSize
)

func (p *Plan) check() error {
	if err := p.checkHead(); err != nil {
		return err
	}
	return p.checkHooks()
}

// checkHead checks all but the hooks.
func (p *Plan) checkHead() error {
	if p.Schema != Schema {
		return fmt.Errorf("it has schema %d, this agent reads %d: gotop and its agent are of different versions; reinstall gotop", p.Schema, Schema)
	}
	if p.Arch != runtime.GOARCH {
		return fmt.Errorf("it is for %s; this agent hooks %s", p.Arch, runtime.GOARCH)
	}
	return p.checkNumbers()
}

// checkNumbers refuses what no Go program can have: the injected code and the reading of memory rely on it.
func (p *Plan) checkNumbers() error {
	for _, f := range needed {
		switch off, ok := p.Layout[f]; {
		case !ok:
			return fmt.Errorf("it lacks the offset of %s", f)
		case off >= maxOffset:
			return fmt.Errorf("the offset of %s cannot be %d", f, off)
		}
	}
	for name, addr := range p.Vars {
		if addr >= maxAddress {
			return fmt.Errorf("%s cannot be at %#x", name, addr)
		}
	}
	if p.Text[0] >= p.Text[1] || p.Text[1] >= maxAddress || p.Entry >= maxAddress {
		return fmt.Errorf("a program cannot have text from %#x to %#x and begin at %#x", p.Text[0], p.Text[1], p.Entry)
	}
	if n := len(p.WholeStacks); n > MaxWholeStacks {
		return fmt.Errorf("whole stacks of %d ranges of code are more than %d", n, MaxWholeStacks)
	}
	for _, r := range p.WholeStacks {
		if r[0] < p.Text[0] || r[0] >= p.Text[1] || r[1] > p.Text[1]-r[0] {
			return fmt.Errorf("code with whole stacks cannot be %d bytes at %#x", r[1], r[0])
		}
	}
	for _, r := range p.RuntimeText {
		if r[0] < p.Text[0] || r[0] >= p.Text[1] || r[1] > p.Text[1]-r[0] {
			return fmt.Errorf("the runtime's code cannot be %d bytes at %#x", r[1], r[0])
		}
	}
	if n := len(p.SizeClasses); n > 0 && (!slices.IsSorted(p.SizeClasses) || p.SizeClasses[n-1] > maxSize) || p.MallocHeader > maxSize {
		return fmt.Errorf("size classes cannot be %d, malloc headers %d bytes", p.SizeClasses, p.MallocHeader)
	}
	return nil
}

// checkHooks refuses hooks that cannot be, an allocator too few or too many, and two that would replace the same bytes.
func (p *Plan) checkHooks() error {
	allocs := 0
	at := make([]uint64, 0, len(p.Hooks))
	for _, h := range p.Hooks {
		if err := p.checkHook(h); err != nil {
			return err
		}
		if h.Kind == Alloc {
			allocs++
		}
		at = append(at, h.At)
	}
	slices.Sort(at)
	for i := 1; i < len(at); i++ {
		if at[i]-at[i-1] < HookLen {
			return fmt.Errorf("two hooks are at %#x", at[i])
		}
	}
	if allocs != 1 {
		return fmt.Errorf("it has %d allocators to hook, not one", allocs)
	}
	return p.Callback.check(p.Text)
}

// maxFrame is more than a frame of the runtime's assembly takes.
const maxFrame = 4096

// check refuses what would lead the injected code astray: it never reads outside of a goroutine's stack, but could go round in circles.
func (c *Callback) check(text [2]uint64) error {
	if c == nil {
		return nil
	}
	for _, f := range [][2]uint64{c.Callback, c.Switch} {
		if f[0] < text[0] || f[0] >= text[1] || f[1] > text[1]-f[0] {
			return fmt.Errorf("hook plan: %#x is outside the text", f[0])
		}
	}
	if c.ToPC < 16 || c.ToFrame < 8 || c.ToPC > maxFrame || c.ToFrame > maxFrame || (c.ToPC|c.ToFrame)&7 != 0 {
		return fmt.Errorf("hook plan: runtime.cgocallback's frame is %d and %d bytes long", c.ToPC, c.ToFrame)
	}
	return nil
}

// Has returns whether a function of this kind is hooked.
func (p *Plan) Has(kind Kind) bool {
	return slices.ContainsFunc(p.Hooks, func(h Hook) bool { return h.Kind == kind })
}

// Kinds are all of them; each has a body in the injected code (package hook's bodyTable).
var Kinds = []Kind{Alloc, AllocSpecial, Go, Malg, CopyStack, STW, Stop, Exit}

// checkHook refuses anything but the one form whose replacement is safe: the jump behind a stack check, inside its function and the text.
func (p *Plan) checkHook(h Hook) error {
	lo, hi := p.Text[0], p.Text[1]
	switch {
	case !slices.Contains(Kinds, h.Kind):
		return fmt.Errorf("%s is of the kind %q, which this agent does not know", h.Name, h.Kind)
	case !isHookPoint(h.Expect):
		return fmt.Errorf("%s is not %s but % x", h.Name, hookPoint, []byte(h.Expect))
	case h.Entry < lo || h.Entry > hi || h.Size > hi-h.Entry:
		return fmt.Errorf("%s: %#x is outside the text", h.Name, h.Entry)
	case h.Size < HookLen || h.At < h.Entry || h.At-h.Entry > h.Size-HookLen:
		return fmt.Errorf("%s: %#x is outside the function", h.Name, h.At)
	}
	return nil
}
