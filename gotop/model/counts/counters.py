"""The counters of every stack, as ticks add to them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np

from gotop.agent.protocol import DeltaColumns
from gotop.model.counts.arrays import BIG_INTS, EMPTY, Column, Indices, column_of, padded, unpack_column

CountColumns: TypeAlias = tuple[Column, Column, Column]

_ROOM = 2.0**62
"""What all of a column can come to without that any sum or difference of its values could leave 64 bits."""


class Counters:
    """Objects, bytes and waste of each row of the stack table. Columns are replaced, never changed: a snapshot can keep
    them.
    """

    def __init__(self) -> None:
        self._rows = 0
        self._columns: CountColumns = (EMPTY, EMPTY, EMPTY)
        self._first: CountColumns = (EMPTY, EMPTY, EMPTY)
        self._largest_sum = 0.0
        """What no column comes to in all, signs left out."""

    def __len__(self) -> int:
        return self._rows

    @property
    def columns(self) -> CountColumns:
        """Objects, bytes and waste as they are now, with a value for every row."""
        allocs, sizes, waste = (padded(column, self._rows) for column in self._columns)
        self._columns = (allocs, sizes, waste)
        return self._columns

    @property
    def all_columns(self) -> CountColumns:
        """The same with what `count_from_here` leaves out."""
        first = (padded(column, self._rows) for column in self._first)
        allocs, sizes, waste = (now + before for now, before in zip(self.columns, first, strict=True))
        return allocs, sizes, waste

    def add_row(self) -> None:
        """Append a row that has counted nothing."""
        self._rows += 1

    def reset_counts(self) -> None:
        """Set all counts to 0, or to what `count_from_here` left."""
        allocs, sizes, waste = (-column for column in self._first)
        self._columns, self._largest_sum = (allocs, sizes, waste), 0.0

    def count_from_here(self) -> None:
        """Count only what comes from now on: what there is now will be taken off whenever all is counted anew."""
        self._first = self.columns
        self._columns = (EMPTY, EMPTY, EMPTY)

    def count_everything(self) -> None:
        """Forget `count_from_here`."""
        self._first = (EMPTY, EMPTY, EMPTY)

    def add_deltas(self, deltas: Sequence[int], rows: Callable[[Sequence[int]], Indices]) -> None:
        """Add a tick's flat id, count, bytes, waste, …; `rows` gives the rows of ids, and may append rows for ids that
        nobody has defined.
        """
        if not deltas:
            return
        where = rows(deltas[::4])
        self._add_changes(where, column_of(deltas).reshape(-1, 4).T[1:])

    def add_changes(self, changes: Sequence[tuple[int, int, int, int]]) -> None:
        """Add row, objects, bytes and waste of each change."""
        if changes:
            columns = column_of([figure for change in changes for figure in change]).reshape(-1, 4).T
            self._add_changes(columns[0].astype(np.intp), columns[1:])

    def add_delta_columns(self, first: int, run: DeltaColumns) -> None:
        """Add columns of deltas to the rows from `first` on."""
        changes = [unpack_column(values, run.length) for values in (run.counts, run.bytes, run.waste)]
        self._add_changes(slice(first, first + run.length), changes)

    def _add_changes(self, where: slice | Column, changes: Sequence[Column] | Column) -> None:
        self._make_room(changes)
        sums = tuple(column.copy() for column in self.columns)
        for column, change in zip(sums, changes, strict=True):
            if isinstance(where, slice):
                column[where] += change
            else:
                np.add.at(column, where, change)  # a row may have several ids
        self._columns = (sums[0], sums[1], sums[2])

    def _make_room(self, changes: Sequence[Column] | Column) -> None:
        """Change to big integers before 64 bits could overflow, which only a peer that sends nonsense can bring about.
        """
        self._largest_sum += max(float(np.abs(change.astype(np.float64)).sum()) for change in changes)
        if self._largest_sum >= _ROOM:
            allocs, sizes, waste = (column.astype(BIG_INTS) for column in self._columns)
            self._columns = (allocs, sizes, waste)
