//go:build !amd64

package target

import (
	"fmt"
	"runtime"
)

// There is no port to this architecture yet (PORTING.md): its processes are only read (OpenReadOnly). What would trace one fails here,
// before anything is written to it.

func errNoPort() error {
	return fmt.Errorf("system calls cannot be injected on %s: the agent places hooks on amd64 only", runtime.GOARCH)
}

type threadRegs struct{}

func getRegs(int) (*threadRegs, error)    { return nil, errNoPort() }
func (*threadRegs) set(int) error         { return errNoPort() }
func (*threadRegs) pc() uint64            { return 0 }
func (*threadRegs) sp() uint64            { return 0 }
func (*threadRegs) fp() uint64            { return 0 }
func (*threadRegs) restartSyscall()       {}
func (*threadRegs) syscallResult() uint64 { return 0 }

func (*threadRegs) setSyscall(code, stack uint64, nr uintptr, args []uint64) {}

func (t *Process) writeSignalFrame(*threadRegs, uint64) (uint64, error) { return 0, errNoPort() }

const (
	redZone    = 0
	syscallLen = 0
)

func (t *Process) findInjectionCode() error { return errNoPort() }
