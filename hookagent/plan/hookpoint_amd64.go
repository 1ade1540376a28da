package plan

// HookLen is the length in bytes of the instruction that a hook replaces: jbe rel32.
const HookLen = 6

// hookPoint says what that instruction is, for people.
const hookPoint = "a jbe rel32"

// maxAddress is above all user addresses, and of link-time addresses all the more.
const maxAddress = 1 << 47

// isHookPoint says whether code is the instruction that may be replaced.
func isHookPoint(code []byte) bool { return len(code) == HookLen && code[0] == 0x0f && code[1] == 0x86 }
