"""Rows that are made only where one looks."""

from __future__ import annotations

import pytest

from gotop.model.sites.lazy_rows import LazyRows
from gotop.model.sites.ranking import CompleteOrder, RowOrder


class Squares(LazyRows[int]):
    """Rows that say which were made."""

    def __init__(self, order: RowOrder) -> None:
        self._order = order
        self.made: list[int] = []

    def _row(self, place: int) -> int:
        self.made.append(place)
        return place * place


def test_only_rows_that_are_looked_at_are_made() -> None:
    rows = Squares(CompleteOrder([4, 2, 9]))
    assert (len(rows), rows[1], rows[-1]) == (3, 4, 81)
    assert rows.made == [2, 9]
    assert rows[:2] == (16, 4)
    assert rows.made == [2, 9, 4, 2]


def test_all_rows_come_in_order_and_there_is_none_beyond_the_end() -> None:
    rows = Squares(CompleteOrder([3, 1]))
    assert (list(rows), 9 in rows, rows.index(1)) == ([9, 1], True, 1)
    with pytest.raises(IndexError):
        rows[2]
