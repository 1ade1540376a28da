"""Where C called Go back: how the stack of such Go code leads on to the Go code that called C.

runtime.cgocallback (runtime/asm_*.s) goes on where the goroutine stood when it called C. It puts g.sched.pc there,
as if that had called it, and opens a frame of its own size below: for the runtime's own tracebacks, which find every
frame's size in its function's table. Frame pointers do not lead that way: those of C lie between. So the injected code
bridges the gap with the distances that those tables give.

What stands above is the frame of runtime.asmcgocall, under the name of runtime.systemstack_switch, whose frame is of
the same size (gosave_systemstack_switch).
"""

from dataclasses import dataclass

from gotop.golang.binary import GoBinary

_PROLOGUE = 32  # bytes of code that are more than a prologue
_CALLBACK, _SWITCH = "runtime.cgocallback", "runtime.systemstack_switch"


@dataclass(frozen=True, slots=True)
class Callback:
    """The two functions, as [first address, bytes], and distances in bytes."""

    callback: tuple[int, int]
    switch: tuple[int, int]
    to_pc: int
    """From the frame pointer saved by the function that cgocallback called to cgocallback's return address."""
    to_frame: int
    """From there to the frame pointer saved in the frame above, if the return address lies in `switch`."""


def find_callback(binary: GoBinary) -> Callback | None:
    """Return what the injected code needs to cross from Go through C into Go; None where C cannot call Go."""
    indexes = binary.table.find((_CALLBACK, _SWITCH))
    if len(indexes) < 2:
        return None
    callback, switch = indexes[_CALLBACK], indexes[_SWITCH]
    distances = binary.image.arch.callback_distances(_frame_size(binary, callback), _frame_size(binary, switch))
    if distances is None:
        return None
    to_pc, to_frame = distances
    return Callback(
        (binary.table.entry(callback), binary.table.size(callback)),
        (binary.table.entry(switch), binary.table.size(switch)),
        to_pc,
        to_frame,
    )


def _frame_size(binary: GoBinary, index: int) -> int:
    """Return the bytes of an assembly function's frame without the return address: what its prologue takes off SP."""
    table = binary.table
    func = table.func(index)
    prologue = range(min(table.size(index), _PROLOGUE))
    return max((table.value_at(func.pcsp, func, func.entry + at) for at in prologue), default=-1)
