package target

import (
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// TestMappingIsFoundByWhatItIs: a memfd by its exact name, not a file whose path contains it, nor a memfd that may shrink.
func TestMappingIsFoundByWhatItIs(t *testing.T) {
	const name = "mapping-test"
	mapped := func(fd int) {
		b, err := unix.Mmap(fd, 0, 4096, unix.PROT_READ, unix.MAP_SHARED)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = unix.Munmap(b) })
	}
	dir := filepath.Join(t.TempDir(), "memfd:"+name+" (deleted)")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	decoy, err := os.Create(filepath.Join(dir, "memfd:"+name))
	if err != nil {
		t.Fatal(err)
	}
	defer decoy.Close()
	if err := decoy.Truncate(4096); err != nil {
		t.Fatal(err)
	}
	mapped(int(decoy.Fd()))
	memfd := func(name string, seals int) {
		fd, err := unix.MemfdCreate(name, unix.MFD_ALLOW_SEALING)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = unix.Close(fd) })
		if err := unix.Ftruncate(fd, 4096); err != nil {
			t.Fatal(err)
		}
		if _, err := unix.FcntlInt(uintptr(fd), unix.F_ADD_SEALS, seals); err != nil {
			t.Fatal(err)
		}
		mapped(fd)
	}
	memfd(name+"-2", unix.F_SEAL_SHRINK)
	memfd("x "+name, unix.F_SEAL_SHRINK)
	memfd(name, unix.F_SEAL_GROW)
	self := &Process{Pid: os.Getpid()}
	if _, f, err := self.Mapping(name, 0); f != nil || err != nil {
		t.Fatalf("found %v, %v", f, err)
	}
	memfd(name, unix.F_SEAL_SHRINK)
	base, f, err := self.Mapping(name, 0)
	if err != nil || f == nil || base == 0 {
		t.Fatalf("not found: %v", err)
	}
	f.Close()
	if _, f, err := self.Mapping(name, 1); f != nil || err != nil {
		t.Fatalf("a second one: %v, %v", f, err)
	}
}
