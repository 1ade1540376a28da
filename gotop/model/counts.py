"""Counts of every stack, as they come in."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence

from gotop.agent.protocol import Run
from gotop.model import lanes
from gotop.model.snapshot import Column


class Counts:
    """Objects, bytes and waste by row."""

    def __init__(self) -> None:
        self.allocs: Column = array("q")
        self.bytes: Column = array("q")
        self.waste: Column = array("q")

    def __len__(self) -> int:
        return len(self.allocs)

    def append(self) -> None:
        """Another row, which has counted nothing."""
        for column in (self.allocs, self.bytes, self.waste):
            column.append(0)

    def zero(self) -> None:
        """Begin again."""
        self.allocs, self.bytes, self.waste = (array("q", bytes(8 * len(self))) for _ in range(3))

    def copy(self) -> tuple[Column, Column, Column]:
        """Objects, bytes and waste as they are now."""
        return self.allocs[:], self.bytes[:], self.waste[:]

    def add(self, deltas: Sequence[int], rows: Mapping[int, int] | Sequence[int]) -> None:
        """Add a tick's flat id, count, bytes, waste, …; `rows` gives an id's row, of which there may be more then."""
        before = self.copy()
        try:
            self._add(deltas, rows)
        except OverflowError:
            self.allocs, self.bytes, self.waste = ([*column, *[0] * (len(self) - len(column))] for column in before)
            self._add(deltas, rows)

    def add_run(self, first: int, run: Run) -> bool:
        """Add a tick's run to the rows from `first` on; False, and nothing is added, if that cannot be done at once."""
        allocs, sizes, waste = self.allocs, self.bytes, self.waste
        if isinstance(allocs, list) or isinstance(sizes, list) or isinstance(waste, list) or not lanes.POSSIBLE:
            return False
        part = slice(first, first + run.length)
        try:
            sums = [
                lanes.added(column[part], values)
                for column, values in zip((allocs, sizes, waste), (run.counts, run.sizes, run.waste), strict=True)
            ]
        except OverflowError:
            return False
        allocs[part], sizes[part], waste[part] = sums
        return True

    def _add(self, deltas: Sequence[int], rows: Mapping[int, int] | Sequence[int]) -> None:
        allocs, sizes, waste = self.allocs, self.bytes, self.waste
        flat = iter(deltas)
        for id_, count, size, lost in zip(flat, flat, flat, flat, strict=True):
            row = rows[id_]
            allocs[row] += count
            sizes[row] += size
            if lost:
                waste[row] += lost
