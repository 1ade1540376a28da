"""Rows that are made only when they are looked at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar, overload

from gotop.model.sites.ranking import RowOrder

R = TypeVar("R")


class LazyRows(Sequence[R]):
    """Rows in the order `_order`, each made by `_row` only when it is looked at."""

    _order: RowOrder

    def _row(self, place: int) -> R:
        raise NotImplementedError

    def __len__(self) -> int:
        return len(self._order)

    @overload
    def __getitem__(self, index: int) -> R: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[R, ...]: ...
    def __getitem__(self, index: int | slice) -> R | tuple[R, ...]:
        if isinstance(index, slice):
            return tuple([self._row(place) for place in self._order[index]])
        return self._row(self._order[index])

    def __iter__(self) -> Iterator[R]:
        return map(self._row, self._order)
