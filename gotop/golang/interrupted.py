"""Stacks of frame pointers made whole: what they skip below a fault, and whether they end where stacks end.

A signal makes the function it interrupted seem to have called runtime.sigpanic (runtime/signal_*.go preparePanic). One
without a frame of its own has saved no frame pointer, so that the next one found is its caller's, and beside that lies
the return address into the caller's caller: the caller is skipped. What the one called says which function it is.
"""

from collections.abc import Sequence

from gotop.golang.binary import GoBinary
from gotop.golang.errors import Malformed

_SIGPANIC = "runtime.sigpanic"

# Where the stacks of goroutines and threads begin (runtime/asm_*.s, proc.go).
_BEGINNINGS = frozenset(
    f"runtime.{name}" for name in ("goexit", "rt0_go", "mstart", "mstart0", "mstart1", "mcall", "morestack")
)


class StackCompleter:
    """Completes physical stacks of one binary: return addresses, innermost first."""

    def __init__(self, binary: GoBinary) -> None:
        self._image, self._table = binary.image, binary.table
        self._sigpanic = self._table.find((_SIGPANIC,)).get(_SIGPANIC)
        self._names: dict[int, str] = {}
        self._seen: set[int] = set()
        self._faults: set[int] = set()
        """Addresses seen in stacks; those into runtime.sigpanic."""
        self._callers: dict[tuple[int, int], int | None] = {}

    def complete(self, pcs: Sequence[int]) -> tuple[tuple[int, ...], bool]:
        """Return the stack with the callers it skips, and whether some of it is missing nevertheless.

        The address of an interrupted instruction becomes that behind it, as if it had called.
        """
        if not self._seen.issuperset(pcs):
            new = set(pcs) - self._seen
            self._seen |= new
            self._faults |= {pc for pc in new if self._table.index_at(pc - 1) == self._sigpanic}
        if self._sigpanic is None or self._faults.isdisjoint(pcs):  # as nearly all of them
            return tuple(pcs), bool(pcs) and not self._begins(pcs[-1])
        return self._complete(pcs)

    def _complete(self, pcs: Sequence[int]) -> tuple[tuple[int, ...], bool]:
        whole, missing, after_fault = [], False, False
        for position, pc in enumerate(pcs):
            if not after_fault:
                whole.append(pc)
            else:
                whole.append(pc + 1)
                if self._frameless(pc):
                    caller = self._skipped(pc, pcs[position + 1]) if position + 1 < len(pcs) else None
                    missing = missing or caller is None
                    whole += [] if caller is None else [caller]
            after_fault = pc in self._faults
        return tuple(whole), missing or (bool(pcs) and not self._begins(pcs[-1]))

    def _begins(self, pc: int) -> bool:
        """Whether stacks begin with this return address."""
        index = self._table.index_at(pc - 1)
        if index is None:
            return False
        name = self._names.get(index)
        if name is None:
            name = self._names[index] = self._table.name(index)
        return name in _BEGINNINGS

    def _frameless(self, pc: int) -> bool:
        """Whether the function has no frame at this instruction."""
        index = self._table.index_at(pc)
        if index is None:
            return False
        try:
            func = self._table.func(index)
            return self._table.value_at(func.pcsp, func, pc) == 0
        except Malformed:
            return False

    def _skipped(self, pc: int, above: int) -> int | None:
        """Return an address in the caller of the function at `pc` that returns to `above`: where it called that
        function, its entry if that cannot be told; None if the caller cannot.
        """
        if (pc, above) not in self._callers:
            try:
                self._callers[pc, above] = self._find_caller(pc, above)
            except Malformed:
                self._callers[pc, above] = None
        return self._callers[pc, above]

    def _find_caller(self, pc: int, above: int) -> int | None:
        callee, top = self._table.index_at(pc), self._table.index_at(above - 1)
        if callee is None or top is None:
            return None
        caller = next((target for back, target in self._calls(top) if back == above), None)
        index = self._table.index_at(caller) if caller is not None else None
        if index is None or self._table.entry(index) != caller:
            return None
        entry = self._table.entry(callee)
        places = [back for back, target in self._calls(index) if target == entry]
        return places[0] if len(places) == 1 else caller

    def _calls(self, index: int) -> list[tuple[int, int]]:
        entry = self._table.entry(index)
        code = self._image.read(entry, self._table.size(index))
        return list(self._image.arch.direct_calls(code, entry))
