"""What the runtime does where it allocates, for lines of which the compiler names no value: by the function of the
runtime that the line's code calls (cmd/compile/internal/typecheck/_builtin/runtime.go).
"""

from __future__ import annotations

from collections.abc import Sequence

_REASONS = (
    ("growslice", "append found the slice full and copied it to a larger one"),
    ("mapassign", "the map had no room left and grew"),
    ("makemap", "a map is made"),
    ("mapclone", "a map is copied"),
    ("makechan", "a channel is made"),
    ("makeslice", "a slice is made"),
    ("concatstring", "strings are joined into a new one"),
    ("concatbyte", "strings are joined into a new slice of bytes"),
    ("slicebytetostring", "bytes are copied into a string"),
    ("slicerunetostring", "runes are made into a string"),
    ("stringtoslicebyte", "a string is copied into a slice of bytes"),
    ("stringtoslicerune", "a string is made into a slice of runes"),
    ("intstring", "a number is made into a string"),
    ("convT", "a value is copied into an interface"),
    ("newproc", "a goroutine is started"),
)
_BUFFER = "internal/bytealg.MakeNoZero"
"""What strings.Builder allocates by."""


def runtime_reason(functions: Sequence[str]) -> str:
    """Return why the runtime allocates, by its functions on a stack from the allocator outward; "" if they do not
    tell.
    """
    if _BUFFER in functions:
        return "a strings.Builder had no room left and grew"
    names = [function.removeprefix("runtime.") for function in functions if function.startswith("runtime.")]
    for name in reversed(names):
        for start, reason in _REASONS:
            if name.startswith(start):
                return reason
    return ""
