"""Hooks: what kinds there are, which runtime functions are hooked in every program, and where in a function.

A hook is one instruction that the agent replaces. All addresses are link-time.
"""

from dataclasses import dataclass
from enum import StrEnum

from gotop.golang.binary import GoBinary

_CODE = 64  # bytes of each function that are looked at


class HookKind(StrEnum):
    """What a hooked function does, which decides the injected code that runs there: the kinds of hookagent/plan."""

    ALLOC = "alloc"
    """runtime.mallocgc."""
    ALLOC_SPECIAL = "alloc_special"
    """A size-specialised mallocgc, or a part of an inlined one: counted unless mallocgc called it."""
    GO = "go"
    """runtime.newproc1, which a `go` statement ends in."""
    MALG = "malg"
    """runtime.malg, which allocates a new goroutine's stack."""
    COPYSTACK = "copystack"
    """runtime.copystack, which moves a stack that grows or shrinks."""
    STW = "stw"
    """runtime.startTheWorldWithSema, the end of a stop of the world."""
    STOP = "stop"
    """runtime.stopTheWorldWithSema, its begin."""
    EXIT = "exit"
    """The exit hooks: the last chance to read the runtime's figures."""


@dataclass(frozen=True, slots=True)
class Hook:
    """One instruction to be replaced. `entry` and `size` (bytes) are the function's, `at` and `expect` the
    instruction's address and bytes.
    """

    name: str
    kind: HookKind
    entry: int
    size: int
    at: int
    expect: bytes


@dataclass(frozen=True, slots=True)
class HookTarget:
    """A runtime function to be hooked: where it is missing, `without` is what people miss."""

    kind: HookKind
    names: tuple[str, ...]
    without: str
    before: int = 0
    """The first minor version of Go in which there is no need for it."""


HOOK_TARGETS = (
    HookTarget(HookKind.ALLOC, ("runtime.mallocgc",), ""),
    HookTarget(HookKind.GO, ("runtime.newproc1",), "go statements are not counted"),
    HookTarget(HookKind.MALG, ("runtime.malg",), "new goroutine stacks are not counted"),
    HookTarget(HookKind.COPYSTACK, ("runtime.copystack",), "stack growth is not counted"),
    HookTarget(HookKind.STW, ("runtime.startTheWorldWithSema",), "stop-the-world pauses are not seen one by one"),
    # Since Go 1.23 startTheWorldWithSema is told when the stop began and was complete (runtime/proc.go, worldStop).
    HookTarget(
        HookKind.STOP,
        ("runtime.stopTheWorldWithSema",),
        "the reasons of stop-the-world pauses and how long they took are not known",
        before=23,
    ),
    # os.Exit and the return from main both come here (runtime/proc.go, main and os_beforeExit).
    HookTarget(
        HookKind.EXIT,
        ("internal/runtime/exithook.Run", "runtime.runExitHooks"),
        "the runtime's own figures cannot be read once more when the service ends",
    ),
)


def hook_of_function(binary: GoBinary, name: str, kind: HookKind, index: int) -> Hook | None:
    """Return the hook of a function of the table; None if that does not open with the usual stack check."""
    entry, size = binary.table.entry(index), binary.table.size(index)
    point = binary.image.arch.find_patch_point(binary.image.read(entry, min(size, _CODE)), entry)
    return Hook(name, kind, entry, size, point.address, point.code) if point else None
