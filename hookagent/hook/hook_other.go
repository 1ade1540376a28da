//go:build !amd64

package hook

import (
	"fmt"
	"runtime"

	"gotop/hookagent/plan"
)

// There is no injected code for this architecture yet (PORTING.md): injectedCode fails, and Install with it before anything is touched.

func errNoPort() error {
	return fmt.Errorf("there is no injected code for %s: the agent places hooks on amd64 only", runtime.GOARCH)
}

var (
	injectedStart = new([1 << 14]byte)
	codeEnd       = []byte{0}
)

const (
	entrySpacing = 1
	trap         = 0
	codeReach    = "reach"
)

func jumpTarget([]byte, uint64) (uint64, error) { return 0, errNoPort() }

func codeAddresses(uint64, uint64) []uint64 { return nil }

func stub(uint64, plan.Hook, uint64, uint64, [bodies]uint64) ([]byte, error) { return nil, errNoPort() }

func patch(plan.Hook, uint64, uint64) ([]byte, error) { return nil, errNoPort() }

// Calibrate measures the injected code; there is none.
func Calibrate() (Cost, error) { return Cost{}, errNoPort() }
