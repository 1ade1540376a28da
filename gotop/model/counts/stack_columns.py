"""Objects, bytes and waste by stack at one instant, in as few bytes as they need."""

from __future__ import annotations

import numpy as np

from gotop.model.counts.arrays import BIG_INTS, EMPTY, Column
from gotop.model.counts.counters import CountColumns

_WIDTHS = tuple(map(np.dtype, (np.uint8, np.uint16, np.uint32)))


class StackColumns:
    """The three columns of an instant. `pack` makes them take less; what one reads are 64-bit integers all the same."""

    __slots__ = ("_columns", "_packed")

    def __init__(self, allocs: Column = EMPTY, sizes: Column = EMPTY, waste: Column = EMPTY) -> None:
        self._columns: CountColumns = (allocs, sizes, waste)
        self._packed = False

    @property
    def allocs(self) -> Column:
        return _widened(self._columns[0])

    @property
    def bytes(self) -> Column:
        return _widened(self._columns[1])

    @property
    def waste(self) -> Column:
        """Bytes that rounding up to size classes added."""
        return _widened(self._columns[2])

    @property
    def room(self) -> int:
        """Bytes of memory that the columns take."""
        return sum(column.nbytes for column in self._columns)

    def pack(self) -> None:
        """Keep the same values in the narrowest integers that hold them: some 10 bytes a stack in place of 24."""
        if not self._packed:
            allocs, sizes, waste = map(_narrowed, self._columns)
            self._columns, self._packed = (allocs, sizes, waste), True


def _narrowed(column: Column) -> Column:
    if column.dtype == BIG_INTS or not len(column) or column.min() < 0:
        return column
    largest = int(column.max())
    width = next((width for width in _WIDTHS if largest < 1 << 8 * width.itemsize), None)
    return column if width is None else column.astype(width)


def _widened(column: Column) -> Column:
    return column if column.dtype in (BIG_INTS, np.int64) else column.astype(np.int64)
