// Package sampling is what the monitor reads of a service in which nothing is hooked: the runtime's own heap profile in place of
// the shared tables, and its own count of allocations in place of the hooks'.
//
// Invariants. Nothing but memory is read. What cannot be read any more stays what it was when it last could, so that the figures of
// a service that has ended are its last ones. Counts never go back.
package sampling

import (
	"time"

	"gotop/hookagent/profile"
	"gotop/hookagent/runtimestat"
	"gotop/hookagent/table"
)

// Mode is the name of this way of counting.
const Mode = "sample-only"

// Figures reads the runtime's own figures: *runtimestat.Reader.
type Figures interface{ Read() *runtimestat.Figures }

// Source is a monitor.Tables and a monitor.Runtime. All methods but Rate and WaitExit are for the monitor's one goroutine.
type Source struct {
	figures Figures
	profile *profile.Reader
	depth   int // frames that the runtime keeps at most

	stacks []table.Stack
	counts []table.Counters
	all    table.Counters // what the runtime has counted
	read   time.Time      // when the profile was last read
	err    error          // why it could not be since
}

// New makes a source and reads the profile once, so that one that can never be read is an error at once.
func New(p *profile.Reader, figures Figures, depth int) (*Source, error) {
	s := &Source{figures: figures, profile: p, depth: depth, read: time.Now()}
	if _, err := p.Read(); err != nil && !profile.Busy(err) {
		return nil, err
	}
	return s, nil
}

// patience is for how long reading the profile may fail before Read says so.
const patience = 2 * time.Second

// Read implements monitor.Runtime. It notes the runtime's count of allocations, which totals are made of.
func (s *Source) Read() *runtimestat.Figures {
	f := s.figures.Read()
	if f.Mallocs != nil && f.AllocBytes != nil {
		s.all.Count, s.all.Bytes = max(s.all.Count, *f.Mallocs), max(s.all.Bytes, *f.AllocBytes)
	}
	if s.err != nil && time.Since(s.read) > patience {
		f.Missing = append(f.Missing, "the heap profile: "+s.err.Error())
	}
	return f
}

// Scan reads the profile.
func (s *Source) Scan() {
	buckets, err := s.profile.Read()
	if s.err = err; err != nil {
		return
	}
	s.read = time.Now()
	for i, b := range buckets {
		if i == len(s.stacks) {
			s.stacks, s.counts = append(s.stacks, s.stack(b)), append(s.counts, table.Counters{})
		}
		s.counts[i] = table.Counters{Count: b.Allocs, Bytes: b.Allocs * b.Size}
	}
}

// maxSmallSize is the size from which on objects have pages of their own (runtime/sizeclasses.go).
const maxSmallSize = 32768

func (s *Source) stack(b profile.Bucket) table.Stack {
	st := table.Stack{Kind: table.KindSample, Range: table.RangeUnknown, PCs: b.PCs, Cut: len(b.PCs) >= s.depth}
	if b.Size > maxSmallSize {
		st.Range = table.RangeLarge
	}
	return st
}

// Stacks returns the profile's stacks, one a bucket, in the order in which the runtime made them.
func (s *Source) Stacks() []table.Stack { return s.stacks }

// Counts returns the samples of each stack since the service's start.
func (s *Source) Counts() []table.Counters { return s.counts }

// Unattributed returns all that the runtime has counted: none of it has a stack of its own, see Counted.
func (s *Source) Unattributed() (u [table.Kinds]table.Counters) {
	u[table.KindAlloc] = s.all
	return u
}

// Counted returns the same: it is this mode that keeps no stacks but those of samples.
func (s *Source) Counted() table.Counters { return s.all }

// ScanAttribution does nothing: there are no counts by creator and labels.
func (s *Source) ScanAttribution() {}

// Attributes returns none.
func (s *Source) Attributes() []table.Attribute { return nil }

// Attributed returns nothing: samples do not say whose they are.
func (s *Source) Attributed() (counts []table.Counters, lost table.Counters) { return nil, lost }

// Allocated returns what hooks have counted: nothing.
func (s *Source) Allocated(func(id int) bool) (all, tiny table.Counters) { return all, tiny }

// Events does nothing: hooks tell of events.
func (s *Source) Events(func(table.Event)) (lost uint64) { return 0 }

// UsedBytes returns how much memory is shared with the service: none.
func (s *Source) UsedBytes() uint64 { return 0 }

// Heartbeat does nothing: there is nobody to leave a sign of life for.
func (s *Source) Heartbeat(time.Duration) {}

// WaitExit returns false after the timeout: there is no exit hook.
func (s *Source) WaitExit(timeout time.Duration) bool {
	time.Sleep(timeout)
	return false
}

// Exiting returns false: only that hook would tell.
func (s *Source) Exiting() bool { return false }

// AckExit does nothing: there is no exit hook.
func (s *Source) AckExit() {}

// Rate returns the mean distance of two samples in bytes, now; 0: the runtime takes none.
func (s *Source) Rate() (uint64, error) { return s.profile.Rate() }
