package room

import (
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// service is a process that is not this one.
const service = 4242

// machine has these files; PID stands for this process's number.
func machine(files map[string]string) System {
	there := make(map[string]string)
	for name, text := range files {
		there[filepath.Join("/", strings.ReplaceAll(name, "PID", fmt.Sprint(os.Getpid())))] = text
	}
	return System{func(path string) (io.ReadCloser, error) {
		text, ok := there[filepath.Join("/", path)]
		if !ok {
			return nil, fs.ErrNotExist
		}
		return io.NopCloser(strings.NewReader(text)), nil
	}}
}

func limits(as, locked, file string) string {
	return "Limit                     Soft Limit           Hard Limit           Units     \n" +
		fmt.Sprintf("Max file size             %-20s unlimited            bytes     \n", file) +
		fmt.Sprintf("Max locked memory         %-20s unlimited            bytes     \n", locked) +
		fmt.Sprintf("Max address space         %-20s unlimited            bytes     \n", as)
}

func status(size, locked uint64, caps string) string {
	return fmt.Sprintf("Name:\tx\nVmSize:\t%8d kB\nVmLck:\t%8d kB\nCapEff:\t%s\n", size>>10, locked>>10, caps)
}

const none64, all64 = "0000000000000000", "000001ffffffffff"

func TestAddress(t *testing.T) {
	const u = "unlimited"
	for _, c := range []struct {
		name    string
		service string // limits
		status  string
		agent   string
		fresh   bool
		want    uint64
		why     string
	}{
		{"no limits", limits(u, u, u), status(1<<30, 0, none64), limits(u, u, u), false, math.MaxInt64, ""},
		{"the service's, running", limits("2147483648", u, u), status(1<<30, 0, none64), limits(u, u, u), false, 1 << 28, "the service's address space is limited to 2.1 GB (ulimit -v)"},
		{"the service's, not begun", limits("2147483648", u, u), status(0, 0, none64), limits(u, u, u), true, 1 << 27, "the service's address space is limited to 2.1 GB (ulimit -v)"},
		{"the service's, lowered below its size", limits("1000", u, u), status(1<<30, 0, none64), limits(u, u, u), false, 0, "the service's address space is limited to 0.0 MB (ulimit -v)"},
		{"the agent's", limits(u, u, u), status(1<<30, 0, none64), limits("1610612736", u, u), false, 1 << 27, "the address space of gotop's agent is limited to 1.6 GB (ulimit -v)"},
		{"the agent's files", limits(u, u, u), status(1<<30, 0, none64), limits(u, u, "1000000"), false, 1000000, "the size of files that gotop's agent writes is limited to 1.0 MB (ulimit -f)"},
		{"what everybody may lock", limits(u, "8388608", u), status(1<<30, 0, none64), limits(u, u, u), false, math.MaxInt64, ""},
		{"locked already", limits(u, "8388608", u), status(1<<30, 4<<20, none64), limits(u, u, u), false, 1 << 20, "the memory that the service may lock is limited to 8.4 MB (ulimit -l)"},
		{"locked, with the capability", limits(u, "8388608", u), status(1<<30, 4<<20, all64), limits(u, u, u), false, math.MaxInt64, ""},
		{"enough to lock all of it", limits(u, "2147483648", u), status(1<<30, 0, none64), limits(u, u, u), false, 1 << 28, "the memory that the service may lock is limited to 2.1 GB (ulimit -l)"},
	} {
		s := machine(map[string]string{
			"proc/4242/limits": c.service, "proc/4242/status": c.status,
			"proc/PID/limits": c.agent, "proc/PID/status": status(1<<30, 0, all64),
		})
		if got := s.Address(service, c.fresh); got.Bytes != c.want || got.Why != c.why {
			t.Errorf("%s: %+v, not %d", c.name, got, c.want)
		}
	}
	if got := machine(nil).Address(service, false); got.Bytes != math.MaxInt64 {
		t.Errorf("without /proc: %+v", got)
	}
}

const mountinfo = `22 1 254:0 / / rw - ext4 /dev/vda rw
30 22 0:26 / /sys/fs/cgroup ro - tmpfs tmpfs ro
31 30 0:27 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu
33 30 0:29 %s /sys/fs/cgroup/memory rw shared:7 - cgroup cgroup rw,memory
34 30 0:30 / /sys/fs/cgroup/with\040space rw - cgroup2 cgroup2 rw
`

func TestMemory(t *testing.T) {
	const meminfo = "MemTotal:  8388608 kB\nMemAvailable:   4194304 kB\n"
	one, two := "sys/fs/cgroup/memory/", "sys/fs/cgroup/with space/"
	for _, c := range []struct {
		name  string
		files map[string]string
		taken uint64
		want  uint64
		why   string
	}{
		{"the machine's", nil, 0, (4 << 30) / 3, "the machine has 4.3 GB of memory left"},
		{"a part is taken", nil, 1 << 30, (5 << 30) / 3, "the machine has 4.3 GB of memory left"},
		{"version 2", map[string]string{
			"proc/PID/cgroup": "0::/a/b\n", two + "a/b/memory.max": "max\n", two + "a/b/memory.current": "1048576\n",
			two + "a/memory.max": "104857600\n", two + "a/memory.high": "max\n", two + "a/memory.current": "20971520\n", two + "a/memory.stat": "anon 1\ninactive_file 10485760\n",
		}, 10 << 20, (100 << 20) / 3, "the memory cgroup /sys/fs/cgroup/with space/a is limited to 104 MB, of which 94 MB are left"},
		{"version 2, high", map[string]string{
			"proc/PID/cgroup": "0::/a\n", two + "a/memory.max": "104857600\n", two + "a/memory.high": "41943040\n", two + "a/memory.current": "20971520\n",
		}, 0, (20 << 20) / 3, "the memory cgroup /sys/fs/cgroup/with space/a is limited to 41 MB, of which 20 MB are left"},
		{"version 2, more used than allowed", map[string]string{
			"proc/PID/cgroup": "0::/a\n", two + "a/memory.max": "1000\n", two + "a/memory.current": "20971520\n",
		}, 0, 0, "the memory cgroup /sys/fs/cgroup/with space/a is limited to 0.0 MB, of which 0.0 MB are left"},
		{"version 1", map[string]string{
			"proc/PID/cgroup":               "5:cpu:/x\n4:memory:/docker/c\n0::/\n",
			one + "memory.limit_in_bytes":   "104857600\n",
			one + "memory.usage_in_bytes":   "20971520\n",
			one + "memory.stat":             "inactive_file 1\ntotal_inactive_file 4\n",
			one + "c/memory.usage_in_bytes": "1\n",
		}, 0, (80<<20 + 4) / 3, "the memory cgroup /sys/fs/cgroup/memory is limited to 104 MB, of which 83 MB are left"},
		{"version 1 without a limit", map[string]string{
			"proc/PID/cgroup": "4:memory:/docker\n", one + "memory.limit_in_bytes": "9223372036854771712\n", one + "memory.usage_in_bytes": "5\n",
		}, 0, (4 << 30) / 3, "the machine has 4.3 GB of memory left"},
		{"another namespace's group", map[string]string{
			"proc/PID/cgroup": "4:memory:/elsewhere\n", one + "memory.limit_in_bytes": "20971520\n", one + "memory.usage_in_bytes": "0\n",
		}, 0, (20 << 20) / 3, "the memory cgroup /sys/fs/cgroup/memory is limited to 20 MB, of which 20 MB are left"},
		{"the service's: page tables only", map[string]string{
			"proc/4242/cgroup": "0::/s\n", two + "s/memory.max": "20971520\n", two + "s/memory.current": "20905984\n",
		}, 0, 4 << 20, "the service's memory cgroup /sys/fs/cgroup/with space/s is limited to 20 MB, of which 0.1 MB are left"},
	} {
		root := "/"
		if strings.HasPrefix(c.name, "version 1") || c.name == "another namespace's group" {
			root = "/docker"
		}
		files := map[string]string{"proc/meminfo": meminfo, "proc/self/mountinfo": fmt.Sprintf(mountinfo, root)}
		for name, text := range c.files {
			files[name] = text
		}
		if got := machine(files).Memory(service, c.taken); got.Bytes != c.want || got.Why != c.why {
			t.Errorf("%s: %+v, not %d", c.name, got, c.want)
		}
	}
}

// TestHere reads the machine's own files: there is a bound, and a group that this test cannot make does not disturb.
func TestHere(t *testing.T) {
	if got := Here.Memory(os.Getpid(), 0); got.Bytes == 0 || got.Bytes >= math.MaxInt64 || got.Why == "" {
		t.Errorf("%+v", got)
	}
	if len(Here.groups(os.Getpid())) == 0 {
		t.Error("this process is in no cgroup that can be seen")
	}
}

// FuzzFiles: whatever is in those files, there is an answer.
func FuzzFiles(f *testing.F) {
	f.Add("0::/a\n4:memory:/../..\n", fmt.Sprintf(mountinfo, "/"), "Max address space 18446744073709551615\n", "VmSize: 99999999999999999999 kB\n")
	f.Fuzz(func(t *testing.T, cgroup, mounts, limits, status string) {
		s := machine(map[string]string{
			"proc/PID/cgroup": cgroup, "proc/self/mountinfo": mounts, "proc/PID/limits": limits, "proc/PID/status": status,
			"proc/4242/limits": limits, "proc/4242/status": status,
		})
		if a := s.Address(service, true); a.Bytes > math.MaxInt64 {
			t.Error(a)
		}
		if m := s.Memory(service, 0); m.Bytes > math.MaxInt64 {
			t.Error(m)
		}
	})
}
