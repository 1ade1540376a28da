package stream

// Proto is the version of the wire protocol that this package speaks (PROTOCOL.md).
const Proto = 1

// MaxMessage is the longest message either side may send.
const MaxMessage = 16 << 20

// Codes of error messages.
const (
	CodeProto    = "proto"    // the viewer speaks another version
	CodeGarbage  = "garbage"  // not msgpack, not a map, too long or too deep
	CodeNoHello  = "no_hello" // the first message was another one, or none came in time
	CodeFull     = "full"     // too many viewers
	CodePeer     = "peer"     // the peer is another user
	CodeBadValue = "bad_value"
	CodeMode     = "mode" // the mode could not be switched
	CodeStop     = "stop" // the service could not be stopped
	CodeExe      = "exe"  // the executable could not be read
)

// Hello answers a viewer's hello. main fills in what does not change; the server the rest.
type Hello struct {
	T          string   `msgpack:"t"`
	Proto      int      `msgpack:"proto"`
	Agent      string   `msgpack:"agent"`
	PID        int      `msgpack:"pid"`
	AgentPID   int      `msgpack:"agent_pid"`
	Exe        string   `msgpack:"exe"`
	BuildID    string   `msgpack:"build_id"`
	Args       []string `msgpack:"args"`
	Cwd        string   `msgpack:"cwd"`
	GoVersion  string   `msgpack:"go_version"`
	Arch       string   `msgpack:"arch"`
	PIE        bool     `msgpack:"pie"`
	Stripped   bool     `msgpack:"stripped"`
	Started    int64    `msgpack:"started"`
	Mono       int64    `msgpack:"mono"`
	Unix       int64    `msgpack:"unix"`
	Output     string   `msgpack:"output"`
	Hooks      []string `msgpack:"hooks"`
	Partial    []string `msgpack:"partial"`
	Mode       string   `msgpack:"mode"`
	Depth      int      `msgpack:"depth"`
	IntervalMS int64    `msgpack:"interval_ms"`
	Attached   bool     `msgpack:"attached"`
	Rate       uint64   `msgpack:"rate"`
}

// Settings says how counting is done now and how often this viewer gets a tick.
type Settings struct {
	T          string `msgpack:"t"`
	Mode       string `msgpack:"mode"`
	Depth      int    `msgpack:"depth"`
	IntervalMS int64  `msgpack:"interval_ms"`
	Rate       uint64 `msgpack:"rate"`
}

// Stacks defines stacks, once a viewer and before their first use.
type Stacks struct {
	T    string     `msgpack:"t"`
	Defs []StackDef `msgpack:"defs"`
}

// StackDef is one stack; addresses are link-time.
type StackDef struct {
	//lint:ignore U1000 it tells msgpack to write a list
	_msgpack struct{} `msgpack:",as_array"`

	ID   int
	Kind uint8
	Type uint64
	PCs  Ints
	Cut  bool
	Path int8
	// Short: no more was kept for want of room; Cut is set as well.
	Short bool
}

// Types names types that are not in the binary.
type Types struct {
	T     string     `msgpack:"t"`
	Names []TypeName `msgpack:"names"`
}

// TypeName is the name of the type at Addr.
type TypeName struct {
	//lint:ignore U1000 it tells msgpack to write a list
	_msgpack struct{} `msgpack:",as_array"`

	Addr uint64
	Name string
	Path string // with the package's import path; empty: not known
	Hash uint32
}

// Functions names code that is not in the binary.
type Functions struct {
	T     string         `msgpack:"t"`
	Names []FunctionName `msgpack:"names"`
}

// FunctionName is where the return address Addr is in the source.
type FunctionName struct {
	//lint:ignore U1000 it tells msgpack to write a list
	_msgpack struct{} `msgpack:",as_array"`

	Addr     uint64
	Function string
	File     string
	Line     int
}

// Tick carries what changed since this viewer's last one.
type Tick struct {
	T       string        `msgpack:"t"`
	Seq     uint64        `msgpack:"seq"`
	At      int64         `msgpack:"at"`
	DurNS   int64         `msgpack:"dur_ns"`
	Deltas  Ints          `msgpack:"deltas"` // id, count, bytes, waste, …
	Columns *DeltaColumns `msgpack:"run"`    // in place of deltas
	More    bool          `msgpack:"more"`   // changes that did not fit follow in the next one
	Totals  Totals        `msgpack:"totals"`
	Runtime *Runtime      `msgpack:"runtime"`
	Agent   Agent         `msgpack:"agent"`
}

// Totals are cumulative since the hooks were placed.
type Totals struct {
	Allocs            uint64 `msgpack:"allocs"`
	Bytes             uint64 `msgpack:"bytes"`
	Waste             uint64 `msgpack:"waste"`
	Unattributed      uint64 `msgpack:"unattributed"`
	Counted           uint64 `msgpack:"counted"`
	UnattributedBytes uint64 `msgpack:"unattributed_bytes"`
	Stacks            int    `msgpack:"stacks"`
	Gos               uint64 `msgpack:"gos"`
	Malgs             uint64 `msgpack:"malgs"`
	MalgBytes         uint64 `msgpack:"malg_bytes"`
	Copies            uint64 `msgpack:"copies"`
}

// Runtime is one reading of the runtime's own figures; nil where a figure cannot be read, and Missing says why.
type Runtime struct {
	At             int64    `msgpack:"at"`
	Mallocs        *uint64  `msgpack:"mallocs"`
	Frees          *uint64  `msgpack:"frees"`
	AllocBytes     *uint64  `msgpack:"alloc_bytes"`
	BaseMallocs    uint64   `msgpack:"base_mallocs"`
	BaseAllocBytes uint64   `msgpack:"base_alloc_bytes"`
	Hooked         *uint64  `msgpack:"hooked"` // nil: nothing is hooked
	Slack          uint64   `msgpack:"slack"`
	HookedBytes    *uint64  `msgpack:"hooked_bytes"` // nil: not known
	SlackBytes     uint64   `msgpack:"slack_bytes"`
	HeapLive       *uint64  `msgpack:"heap_live"`
	HeapGoal       *uint64  `msgpack:"heap_goal"`
	HeapMarked     *uint64  `msgpack:"heap_marked"`
	NumGC          *uint64  `msgpack:"num_gc"`
	PauseTotalNS   *uint64  `msgpack:"pause_total_ns"`
	Goroutines     *uint64  `msgpack:"goroutines"`
	Threads        *uint64  `msgpack:"threads"`
	GOMAXPROCS     *uint64  `msgpack:"gomaxprocs"`
	StackInuse     *uint64  `msgpack:"stack_inuse"`
	Missing        []string `msgpack:"missing"`
}

// Agent is what the agent itself costs.
type Agent struct {
	CPUNS      int64   `msgpack:"cpu_ns"`
	RSS        uint64  `msgpack:"rss"`
	LagMS      float64 `msgpack:"lag_ms"`
	Viewers    int     `msgpack:"viewers"`
	TableBytes uint64  `msgpack:"table_bytes"`
	Overhead   float64 `msgpack:"overhead"` // share of the service's CPU time that the hooks took in the last seconds
	Budget     float64 `msgpack:"budget"`   // share that they may take; 0: any

	OverheadLow     float64 `msgpack:"overhead_low"` // where it lies in 95 of 100 cases
	OverheadHigh    float64 `msgpack:"overhead_high"`
	OverheadAll     float64 `msgpack:"overhead_all"` // since the hooks were placed
	OverheadAllLow  float64 `msgpack:"overhead_all_low"`
	OverheadAllHigh float64 `msgpack:"overhead_all_high"`
	OverheadWhy     string  `msgpack:"overhead_why"` // why one of them is only a lower bound (its high is 0), for people
}

func (a *Agent) setPrices(p Prices) {
	a.Overhead, a.OverheadLow, a.OverheadHigh = p.Recent.Share, p.Recent.Low, p.Recent.High
	a.OverheadAll, a.OverheadAllLow, a.OverheadAllHigh = p.All.Share, p.All.Low, p.All.High
	a.OverheadWhy, a.Budget = p.Why, p.Budget
}

// Events are the rare events since this viewer's last events message.
type Events struct {
	T    string `msgpack:"t"`
	STW  []STW  `msgpack:"stw"`
	GC   []GC   `msgpack:"gc"`
	Lost uint64 `msgpack:"lost"`
}

// STW is one stop-the-world.
type STW struct {
	//lint:ignore U1000 it tells msgpack to write a list
	_msgpack struct{} `msgpack:",as_array"`

	At         int64
	Reason     uint64
	StoppingNS int64
	StoppedNS  int64
}

// GC is one cycle of the garbage collector, see gccycle.Cycle.
type GC struct {
	//lint:ignore U1000 it tells msgpack to write a list
	_msgpack struct{} `msgpack:",as_array"`

	Number                                                uint64
	SweepTerm, Mark, MarkTerm, End                        int64
	Trigger, Before, After, Marked, Goal, Stacks, Globals uint64
	AssistNS, DedicatedNS, FractionalNS, IdleNS, PauseNS  int64
	StwProcs, Procs                                       int64
	CPUFraction                                           float64
	Forced                                                bool
}

// Goroutines are all goroutines, as the last reading has them.
type Goroutines struct {
	T           string         `msgpack:"t"`
	At          int64          `msgpack:"at"`
	TookNS      int64          `msgpack:"took_ns"`
	Live        uint64         `msgpack:"live"`
	System      *uint64        `msgpack:"system"`
	Dead        uint64         `msgpack:"dead"`
	DeadBytes   uint64         `msgpack:"dead_bytes"`
	Folded      uint64         `msgpack:"folded"` // rows that are not listed, and what they add up to
	FoldedCount uint64         `msgpack:"folded_count"`
	FoldedBytes uint64         `msgpack:"folded_bytes"`
	Rows        []GoroutineRow `msgpack:"rows"`
	Missing     string         `msgpack:"missing"` // why there are none; empty where there are
}

// GoroutineRow is how many goroutines there are of one kind; addresses are link-time.
type GoroutineRow struct {
	//lint:ignore U1000 it tells msgpack to write a list
	_msgpack struct{} `msgpack:",as_array"`

	Go, Start         uint64
	Status, Wait      uint8
	Count, StackBytes uint64
}

// SizeClasses is what the runtime itself counts of each size class, since the service's start.
type SizeClasses struct {
	T       string `msgpack:"t"`
	At      int64  `msgpack:"at"`
	Classes Ints   `msgpack:"classes"` // size, mallocs, frees, …
	Tiny    uint64 `msgpack:"tiny"`
	Large   Ints   `msgpack:"large"` // mallocs, bytes, frees, bytes freed
}

// Log is a piece of the service's standard output (1) or error (2).
type Log struct {
	T       string `msgpack:"t"`
	FD      int    `msgpack:"fd"`
	Off     int64  `msgpack:"off"`
	Data    []byte `msgpack:"data"`
	Skipped int64  `msgpack:"skipped"`
}

// Exe is a piece of the executable; no data: its end.
type Exe struct {
	T    string `msgpack:"t"`
	Off  int64  `msgpack:"off"`
	Data []byte `msgpack:"data"`
}

// Ended says how the service ended.
type Ended struct {
	T        string `msgpack:"t"`
	At       int64  `msgpack:"at"`
	Code     *int   `msgpack:"code"`
	Signal   *int   `msgpack:"signal"`
	Core     bool   `msgpack:"core"`
	ByUs     bool   `msgpack:"by_us"`
	Detached bool   `msgpack:"detached"`
}

// Error tells a viewer what went wrong; Text is for people.
type Error struct {
	T    string `msgpack:"t"`
	Code string `msgpack:"code"`
	Text string `msgpack:"text"`
}
