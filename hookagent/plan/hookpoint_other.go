//go:build !amd64

package plan

// HookLen is the length in bytes of the instruction that a hook replaces. There is no port to this architecture yet (PORTING.md): no
// instruction is one, and no plan with hooks is accepted.
const HookLen = 1

const hookPoint = "an instruction that can be hooked on this architecture (there is no port yet)"

const maxAddress = 1 << 48

func isHookPoint([]byte) bool { return false }
