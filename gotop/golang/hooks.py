"""Hooks, and the runtime functions that are always wanted.

A hook is one instruction that the agent replaces. All addresses are link-time.
"""

from dataclasses import dataclass

from gotop.golang.binary import GoBinary

_CODE = 64  # bytes of each function that are looked at


@dataclass(frozen=True, slots=True)
class Hook:
    """One instruction to be replaced. `entry` and `size` are the function's, `at` and `expect` the instruction's."""

    name: str
    kind: str
    entry: int
    size: int
    at: int
    expect: bytes


@dataclass(frozen=True, slots=True)
class HookTarget:
    """A runtime function to be hooked: where it is missing, `without` is what people miss."""

    kind: str
    names: tuple[str, ...]
    without: str
    before: int = 0
    """The minor version of Go from which on it is of no use."""


HOOK_TARGETS = (
    HookTarget("alloc", ("runtime.mallocgc",), ""),
    HookTarget("go", ("runtime.newproc1",), "go statements are not counted"),
    HookTarget("malg", ("runtime.malg",), "new goroutine stacks are not counted"),
    HookTarget("copystack", ("runtime.copystack",), "stack growth is not counted"),
    HookTarget("stw", ("runtime.startTheWorldWithSema",), "stop-the-world pauses are not seen one by one"),
    # Since Go 1.23 startTheWorldWithSema is told when the stop began and was complete (runtime/proc.go, worldStop).
    HookTarget(
        "stop",
        ("runtime.stopTheWorldWithSema",),
        "the reasons of stop-the-world pauses and how long they took are not known",
        before=23,
    ),
    # os.Exit and the return from main both come here (runtime/proc.go, main and os_beforeExit).
    HookTarget(
        "exit",
        ("internal/runtime/exithook.Run", "runtime.runExitHooks"),
        "the runtime's own figures cannot be read once more when the service ends",
    ),
)


def hook_of_function(binary: GoBinary, name: str, kind: str, index: int) -> Hook | None:
    """The hook of a function of the table; None if that does not open with the usual stack check."""
    entry, size = binary.table.entry(index), binary.table.size(index)
    point = binary.image.arch.find_patch_point(binary.image.read(entry, min(size, _CODE)), entry)
    return Hook(name, kind, entry, size, point.address, point.code) if point else None
