"""Stacks by row, kept in columns: a quarter of a million stacks of sixty frames take 70 MB here, and ten times as much
as tuples of Python's integers.
"""

from __future__ import annotations

from array import array
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import overload

import numpy as np
import numpy.typing as npt

_CUT, _SHORT = 1, 2
_ROW = 150
"""Bytes that a row takes beside its addresses, in this table and in those by row, about."""



NOT_SAMPLED = "… stacks not sampled"
"""The callers of what a site has counted before any sample was taken of its stacks (`StackSplit.unsampled`)."""


def beyond_text(cut: bool, limit: int) -> str:
    """Return what stands in trees and exports for the frames of a stack that were not kept, "" for a whole stack.
    `limit`: the depth limit that it has reached.
    """
    if not cut:
        return ""
    return f"… deeper than --depth {limit}" if limit else "… deeper than was kept"


@dataclass(frozen=True, slots=True)
class StackIdentity:
    """What a stack is, which stays the same through reconnection. `apart`: the id of a copied stack or sample, whose
    size, and nothing else, tells it from others; otherwise -1. `cut`: there were more frames; `short`: they are missing
    for want of room, in the tables or here; `limit`: because of this depth limit, 0: for another reason.
    """

    kind: int
    type: int
    pcs: tuple[int, ...]
    cut: bool
    path: int = -1
    apart: int = -1
    short: bool = False
    limit: int = 0


class StackStore(Sequence[StackIdentity]):
    """Stacks in the order in which they came. Each address is kept once, and stacks are runs of its numbers."""

    def __init__(self) -> None:
        self._numbers_by_pc: dict[int, int] = {}
        self._pcs: list[int] = []
        self._numbers = array("I")
        self._ends = array("Q", [0])
        self._flags = array("B")
        self._few: dict[tuple[int, int, int, int], int] = {}
        """Numbers of kind, type, path and depth limit, of which there are few together."""
        self._kinds: list[tuple[int, int, int, int]] = []
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
        kind, type_, path, limit = self._kinds[self._kind_of[row]]
        flags, apart = self._flags[row], self._apart.get(row, -1)
        return StackIdentity(kind, type_, self.pcs(row), bool(flags & _CUT), path, apart, bool(flags & _SHORT), limit)

    def add_stack(self, stack: StackIdentity) -> int:
        """Append a stack, return its row."""
        row = len(self)
        numbers = self._numbers_by_pc
        for pc in stack.pcs:
            if pc not in numbers:
                numbers[pc] = len(self._pcs)
                self._pcs.append(pc)
        self._numbers.extend([numbers[pc] for pc in stack.pcs])
        self._ends.append(len(self._numbers))
        self._flags.append((_CUT if stack.cut else 0) | (_SHORT if stack.short else 0))
        what = (stack.kind, stack.type, stack.path, stack.limit)
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

    def short(self, row: int) -> bool:
        """Whether these frames are missing for want of room."""
        return bool(self._flags[row] & _SHORT)

    def count_short(self, rows: npt.NDArray[np.intp]) -> int:
        """Count those of some rows that are kept shorter for want of room."""
        return int(np.count_nonzero(np.array(self._flags, np.uint8)[rows] & _SHORT))

    def short_rows(self) -> npt.NDArray[np.intp]:
        """Return all of them."""
        return np.flatnonzero(np.array(self._flags, np.uint8) & _SHORT)

    def rows_of_types(self, types: Collection[int]) -> npt.NDArray[np.intp]:
        """Return the rows that are of some types."""
        numbers = [number for number, kind in enumerate(self._kinds) if kind[1] in types]
        return np.flatnonzero(np.isin(np.array(self._kind_of, np.uint32), numbers))

    def beyond(self, row: int) -> str:
        """Return what stands for the frames that were not kept, "" for a whole stack (`beyond_text`)."""
        flags = self._flags[row]
        return beyond_text(True, self._kinds[self._kind_of[row]][3]) if flags & _CUT else ""

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
