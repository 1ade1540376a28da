"""Rows in an order, of which a screen shows but the first few.

Ordering thousands of sites anew for each redraw is what a redraw would mostly consist of. Texts do not change, so that
their order is kept. Figures do, but one need not order all to know the first ones: any value that enough rows reach
will do, because those that reach it, in order, are the beginning of the whole order. A sample tells such a value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import Protocol, overload

import numpy as np

from gotop.model.counts.arrays import Column, Indices, comparable
from gotop.model.queries import Group, SiteQuery, Sort
from gotop.model.values import SiteKey

_FIRST = 128
"""Rows that are in order in any case, where ordering all is put off: more than most terminals have lines."""

TEXTS: dict[Sort, Callable[[SiteKey], str]] = {
    Sort.FUNCTION: lambda key: key.function,
    Sort.FILE: lambda key: f"{key.file}\0{key.line:09}",
    Sort.TYPE: lambda key: key.type,
}


class Order(Protocol):
    """Groups, and where each of them stands."""

    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[int]: ...
    @overload
    def __getitem__(self, index: int) -> int: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[int]: ...
    def place(self, group: int) -> int | None:
        """Where a group stands; None if it is not there."""


class Listed(list[int]):
    """An order that is there as a whole."""

    @cached_property
    def _places(self) -> dict[int, int]:
        return dict(zip(self, range(len(self)), strict=True))

    def place(self, group: int) -> int | None:
        """Where a group stands; None if it is not there."""
        return self._places.get(group)


class Ranking:
    """Groups by a figure, from large to small; equal ones by another, `ties`, and then in the order they come in.

    `figures` is by group, and so is what `ties` gives. What comes after the first rows is put in order when somebody
    asks for it.
    """

    def __init__(
        self, groups: Indices, figures: Column, ties: Callable[[], Column], reverse: bool, limit: int | None
    ) -> None:
        self._groups = groups
        self._figures = comparable(figures)[groups]
        self._ties = ties
        self._sign = 1 if reverse else -1
        self._length = len(groups) if limit is None else min(limit, len(groups))

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[int]:
        return iter(self._all)

    @overload
    def __getitem__(self, index: int) -> int: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[int]: ...
    def __getitem__(self, index: int | slice) -> int | Sequence[int]:
        start, stop, step = index.indices(self._length) if isinstance(index, slice) else (index, index + 1, 1)
        known = self._begin if start >= 0 and step > 0 and stop <= len(self._begin) else self._all
        return known[start:stop:step] if isinstance(index, slice) and step > 0 else known[index]

    def place(self, group: int) -> int | None:
        """Where a group stands; None if it is not there."""
        first = self._begin.place(group)
        return self._all.place(group) if first is None and len(self._begin) < self._length else first

    @cached_property
    def _begin(self) -> Listed:
        """As many as are found without ordering all, or all."""
        if len(self._groups) <= 4 * _FIRST:
            return self._all
        figures = self._sign * self._figures
        found = np.flatnonzero(figures <= np.partition(figures, _FIRST)[_FIRST])
        return self._ordered(found) if len(found) < len(figures) // 2 else self._all

    @cached_property
    def _all(self) -> Listed:
        return self._ordered(np.arange(len(self._groups)))

    def _ordered(self, places: Indices) -> Listed:
        groups = self._groups[places]
        ties = comparable(self._ties())[groups]
        order = np.lexsort((self._sign * ties, self._sign * self._figures[places]))
        return Listed(groups[order][: self._length].tolist())


class Alphabet:
    """Remembers the last order by a text."""

    def __init__(self) -> None:
        self._asked: tuple[Group, Sort, bool, int | None] | None = None
        self._groups: Indices = np.zeros(0, np.intp)
        self._order = Listed()

    def order(self, groups: Indices, keys: Sequence[SiteKey], query: SiteQuery) -> Listed:
        """Groups from A to Z; equal ones stay in the order they come in."""
        asked, text = (query.group, query.sort, query.reverse, query.limit), TEXTS[query.sort]
        if self._asked != asked or not np.array_equal(self._groups, groups):
            self._asked, self._groups = asked, groups
            ordered = sorted(groups.tolist(), key=lambda group: text(keys[group]), reverse=query.reverse)
            self._order = Listed(ordered[: query.limit])
        return self._order
