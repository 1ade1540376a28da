"""Stacks by row, kept in columns: a quarter of a million stacks of sixty frames take 70 MB here, and ten times as much
as tuples of Python's integers.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import overload

_CUT = 1
_ROW = 150
"""Bytes that a row takes beside its addresses, in this table and in those by row, about."""


@dataclass(frozen=True, slots=True)
class StackIdentity:
    """What a stack is, which stays the same through reconnection. `apart`: the id of a copied stack or sample, whose
    size, and nothing else, tells it from others; otherwise -1.
    """

    kind: int
    type: int
    pcs: tuple[int, ...]
    cut: bool
    path: int = -1
    apart: int = -1


class StackStore(Sequence[StackIdentity]):
    """Stacks in the order in which they came. Each address is kept once, and stacks are runs of its numbers."""

    def __init__(self) -> None:
        self._numbers_by_pc: dict[int, int] = {}
        self._pcs: list[int] = []
        self._numbers = array("I")
        self._ends = array("Q", [0])
        self._flags = array("B")
        self._few: dict[tuple[int, int, int], int] = {}
        """Numbers of kind, type and path, of which there are few together."""
        self._kinds: list[tuple[int, int, int]] = []
        self._kind_of = array("I")
        self._apart: dict[int, int] = {}
        self._rows: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self._flags)

    @overload
    def __getitem__(self, index: int) -> StackIdentity: ...
    @overload
    def __getitem__(self, index: slice) -> list[StackIdentity]: ...
    def __getitem__(self, index: int | slice) -> StackIdentity | list[StackIdentity]:
        if isinstance(index, slice):
            return [self[row] for row in range(*index.indices(len(self)))]
        row = range(len(self))[index]
        kind, type_, path = self._kinds[self._kind_of[row]]
        return StackIdentity(kind, type_, self.pcs(row), self.cut(row), path, self._apart.get(row, -1))

    def add(self, stack: StackIdentity) -> int:
        """Append a stack, return its row."""
        row = len(self)
        numbers = self._numbers_by_pc
        for pc in stack.pcs:
            if pc not in numbers:
                numbers[pc] = len(self._pcs)
                self._pcs.append(pc)
        self._numbers.extend([numbers[pc] for pc in stack.pcs])
        self._ends.append(len(self._numbers))
        self._flags.append(_CUT if stack.cut else 0)
        what = (stack.kind, stack.type, stack.path)
        number = self._few.setdefault(what, len(self._kinds))
        if number == len(self._kinds):
            self._kinds.append(what)
        self._kind_of.append(number)
        if stack.apart != -1:
            self._apart[row] = stack.apart
        self._rows.setdefault(hash(stack), row)
        return row

    @property
    def taken(self) -> int:
        """Bytes of memory that the stacks take, about."""
        return self._numbers.itemsize * len(self._numbers) + _ROW * len(self)

    def find(self, stack: StackIdentity) -> int | None:
        """Return the row of a stack, None if it is not there. Of stacks with the same hash, only the first is found:
        another one would be counted in a row of its own again after a reconnection, which loses nothing.
        """
        row = self._rows.get(hash(stack))
        return row if row is not None and self[row] == stack else None

    def kind(self, row: int) -> int:
        """Return what a stack counts (`gotop.agent.protocol.HEAP`…)."""
        return self._kinds[self._kind_of[row]][0]

    def type(self, row: int) -> int:
        """Return the address of the type allocated, see PROTOCOL.md for other kinds."""
        return self._kinds[self._kind_of[row]][1]

    def path(self, row: int) -> int:
        """Return the number of the path through the allocator."""
        return self._kinds[self._kind_of[row]][2]

    def cut(self, row: int) -> bool:
        """Whether a stack had more frames."""
        return bool(self._flags[row] & _CUT)

    def pcs(self, row: int) -> tuple[int, ...]:
        """Return a stack's addresses, innermost first."""
        every = self._pcs
        return tuple([every[number] for number in self.numbers(row)])

    def numbers(self, row: int) -> array[int]:
        """Return a stack's addresses as numbers, innermost first: equal addresses have equal numbers."""
        return self._numbers[self._ends[row] : self._ends[row + 1]]

    def pc(self, number: int) -> int:
        """Return the address of a number."""
        return self._pcs[number]

    def depth(self, row: int) -> int:
        """Return how many addresses a stack has."""
        return self._ends[row + 1] - self._ends[row]
