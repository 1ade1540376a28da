package cpusample

import (
	"errors"
	"os"
	"os/exec"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// spin uses CPU time until it is told to stop.
//
//go:noinline
func spin(stop <-chan struct{}) (n uint64) {
	for {
		for range 1 << 16 {
			n = n*2862933555777941757 + 3037000493
		}
		select {
		case <-stop:
			return n
		default:
		}
	}
}

// within returns whether a code address belongs to a function.
func within(f any) func(pc uint64) bool {
	entry := reflect.ValueOf(f).Pointer()
	return func(pc uint64) bool {
		found := runtime.FuncForPC(uintptr(pc))
		return found != nil && found.Entry() == entry
	}
}

// sampler of this process; where the kernel allows no sampling there is nothing to test but that it says so.
func sampler(t *testing.T, inside func(uint64) bool) *Sampler {
	t.Helper()
	s, err := New(os.Getpid(), inside)
	if err != nil {
		if text := err.Error(); !errors.Is(err, unix.EACCES) && !errors.Is(err, unix.EPERM) && !errors.Is(err, unix.ENOSYS) || !strings.Contains(text, "sample") {
			t.Fatalf("refused: %v", err)
		}
		t.Skipf("this kernel does not allow it, and says so: %v", err)
	}
	t.Cleanup(s.end)
	return s
}

// await calls again and again until the condition holds.
func await(t *testing.T, what string, condition func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !condition(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("in vain: %s", what)
		}
	}
}

func TestCodeThatWorksIsSeen(t *testing.T) {
	s := sampler(t, within(spin))
	done, stop, ended, gone := make(chan struct{}), make(chan struct{}), make(chan struct{}), make(chan struct{})
	go func() { // on a thread that comes later than the sampler
		runtime.LockOSThread()
		spin(stop)
		close(ended)
	}()
	go func() { s.Run(done, func() bool { return true }); close(gone) }()
	await(t, "a hundred samples inside", func() bool { return s.Read().Inside >= 100 })
	close(stop)
	<-ended
	got := s.Read()
	if got.Inside > got.All {
		t.Errorf("%d of %d", got.Inside, got.All)
	}
	close(done)
	<-gone
	if left := openFiles(t); left != nil {
		t.Errorf("left open: %v", left)
	}
}

func TestWhatIsElsewhereIsNot(t *testing.T) {
	s := sampler(t, func(uint64) bool { return false })
	stop := make(chan struct{})
	go spin(stop)
	defer close(stop)
	await(t, "samples", func() bool {
		s.end()
		s.begin()
		return s.Read().All >= 20
	})
	if got := s.Read(); got.Inside != 0 {
		t.Errorf("%d of %d are inside of nothing", got.Inside, got.All)
	}
}

func openFiles(t *testing.T) (perf []string) {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if to, err := os.Readlink("/proc/self/fd/" + e.Name()); err == nil && strings.Contains(to, "perf_event") {
			perf = append(perf, e.Name())
		}
	}
	return perf
}

// TestABurstLeavesNothingOpen: not of a process that runs on, and not of one that ends in the midst.
func TestABurstLeavesNothingOpen(t *testing.T) {
	before := openFiles(t)
	child := exec.Command("sleep", "1000")
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	kill := sync.OnceFunc(func() {
		_ = child.Process.Kill()
		_ = child.Wait()
	})
	defer kill()
	s := sampler(t, func(uint64) bool { return true })
	s.pid = child.Process.Pid
	for range 3 {
		if n := s.begin(); n != 1 || len(openFiles(t)) != len(before)+1 {
			t.Errorf("%d threads, %d files", n, len(openFiles(t))-len(before))
		}
		s.end()
	}
	s.begin()
	kill()
	s.Read()
	s.end()
	if n := s.begin(); n != 0 {
		t.Errorf("%d threads of a process that has ended", n)
	}
	if got := openFiles(t); !slices.Equal(got, before) {
		t.Errorf("left open: %v", got)
	}
}

func TestNothingIsOpenWhileItIsNotWanted(t *testing.T) {
	s := sampler(t, func(uint64) bool { return true })
	done, asked := make(chan struct{}), 0
	s.Run(done, func() bool {
		if asked++; asked == 3 {
			close(done)
		}
		if s.rings != nil {
			t.Error("sampled without being wanted")
		}
		return false
	})
	if got := s.Read(); got.All != 0 {
		t.Errorf("%d samples", got.All)
	}
}

func TestProcessThatIsNotThere(t *testing.T) {
	if _, err := New(1<<22+1, nil); err == nil { // beyond PID_MAX_LIMIT
		t.Error("a process that is not there is sampled")
	}
}

func TestRecordsAreCut(t *testing.T) {
	record := func(kind, size byte, body ...byte) []byte {
		return append([]byte{kind, 0, 0, 0, 0, 0, size, 0}, body...)
	}
	s := &Sampler{inside: func(pc uint64) bool { return pc == 7 }}
	one := func(abi, pc byte) []byte {
		b := make([]byte, 16)
		b[0], b[8] = abi, pc
		return record(unix.PERF_RECORD_SAMPLE, 24, b...)
	}
	lost := record(unix.PERF_RECORD_LOST, 24, append(make([]byte, 8), 5, 0, 0, 0, 0, 0, 0, 0)...)
	all := slices.Concat(one(2, 7), one(2, 8), record(99, 8), lost, one(1, 7), record(unix.PERF_RECORD_SAMPLE, 16, make([]byte, 8)...))
	eachRecord(slices.Concat(all, record(9, 200)), s.record) // the last one is cut off
	if want := (Totals{Inside: 2, All: 4, Lost: 5}); s.totals != want {
		t.Errorf("%+v, not %+v", s.totals, want)
	}
	for n := range len(all) {
		eachRecord(all[:n], s.record)
	}
	eachRecord(record(9, 0), s.record) // no progress is an end
}
