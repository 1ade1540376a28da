"""Orders of rows, of which a screen shows but the first few.

A redraw would consist mostly of ordering thousands of sites anew. Texts do not change, so that their order is kept. Of
figures, only the first rows are ordered: all rows that reach some value, in order, are the beginning of the whole
order, and `numpy.partition` finds the value that enough rows reach.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import Protocol, overload

import numpy as np

from gotop.model.counts.arrays import Column, Indices, comparable
from gotop.model.queries import GroupBy, SiteQuery, SiteSort
from gotop.model.values import GroupKey, RowKey

_FIRST = 128
"""Rows that are in order in any case, where ordering all is put off: more than most terminals have lines."""


def _named(key: RowKey, otherwise: str, *by: GroupBy) -> str:
    """The name of a group of one of these kinds, which stands in the column of a text that it does not have."""
    return key.name if isinstance(key, GroupKey) and key.by in by else otherwise


SORT_TEXTS: dict[SiteSort, Callable[[RowKey], str]] = {
    SiteSort.FUNCTION: lambda key: _named(key, key.function, GroupBy.PACKAGE, GroupBy.MODULE),
    SiteSort.FILE: lambda key: f"{key.file}\0{key.line:09}",
    SiteSort.TYPE: lambda key: _named(key, key.type, GroupBy.LABELS),
}


class RowOrder(Protocol):
    """Groups in an order, and the position of each."""

    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[int]: ...
    @overload
    def __getitem__(self, index: int) -> int: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[int]: ...
    def position_of(self, group: int) -> int | None:
        """Return the position of a group, None if it is not there."""


class CompleteOrder(list[int]):
    """An order that has been worked out as a whole."""

    @cached_property
    def _positions(self) -> dict[int, int]:
        return dict(zip(self, range(len(self)), strict=True))

    def position_of(self, group: int) -> int | None:
        """Return the position of a group, None if it is not there."""
        return self._positions.get(group)


class Ranking:
    """Groups ordered by a figure, from large to small; equal ones by `ties`, and then as they come.

    `figures` and what `ties` returns are by group. What comes after the first rows is ordered when it is asked for.
    """

    def __init__(
        self, groups: Indices, figures: Column, ties: Callable[[], Column], reverse: bool, limit: int | None
    ) -> None:
        self._groups = groups
        self._figures = comparable(figures)[groups]
        self._ties = ties
        self._sign = 1 if reverse else -1
        self._length = len(groups) if limit is None else min(limit, len(groups))
        self._first = _FIRST if limit is None else max(_FIRST, limit)

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[int]:
        return iter(self._all_rows)

    @overload
    def __getitem__(self, index: int) -> int: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[int]: ...
    def __getitem__(self, index: int | slice) -> int | Sequence[int]:
        start, stop, step = index.indices(self._length) if isinstance(index, slice) else (index, index + 1, 1)
        known = self._first_rows if start >= 0 and step > 0 and stop <= len(self._first_rows) else self._all_rows
        return known[start:stop:step] if isinstance(index, slice) and step > 0 else known[index]

    def position_of(self, group: int) -> int | None:
        """Return the position of a group, None if it is not there."""
        first = self._first_rows.position_of(group)
        return self._all_rows.position_of(group) if first is None and len(self._first_rows) < self._length else first

    @cached_property
    def _first_rows(self) -> CompleteOrder:
        """The first rows in order: as many as can be found without ordering all, or all."""
        if len(self._groups) <= 4 * self._first:
            return self._all_rows
        figures = self._sign * self._figures
        found = np.flatnonzero(figures <= np.partition(figures, self._first)[self._first])
        return self._sort(found) if len(found) < len(figures) // 2 else self._all_rows

    @cached_property
    def _all_rows(self) -> CompleteOrder:
        return self._sort(np.arange(len(self._groups)))

    def _sort(self, places: Indices) -> CompleteOrder:
        groups = self._groups[places]
        ties = comparable(self._ties())[groups]
        order = np.lexsort((self._sign * ties, self._sign * self._figures[places]))
        return CompleteOrder(groups[order][: self._length].tolist())


class TextOrderCache:
    """The last order by a text, which is kept as long as it is the same question about the same groups."""

    def __init__(self) -> None:
        self._asked: tuple[GroupBy, SiteSort, bool, int | None] | None = None
        self._groups: Indices = np.zeros(0, np.intp)
        self._order = CompleteOrder()

    def order_by_text(self, groups: Indices, keys: Sequence[RowKey], query: SiteQuery) -> CompleteOrder:
        """Return groups from A to Z; equal ones stay as they come."""
        asked, text = (query.group, query.sort, query.reverse, query.limit), SORT_TEXTS[query.sort]
        if self._asked != asked or not np.array_equal(self._groups, groups):
            self._asked, self._groups = asked, groups
            ordered = sorted(groups.tolist(), key=lambda group: text(keys[group]), reverse=query.reverse)
            self._order = CompleteOrder(ordered[: query.limit])
        return self._order
