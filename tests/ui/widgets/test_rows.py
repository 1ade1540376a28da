"""Rows in an order, and new figures in an old order."""

from __future__ import annotations

from gotop.ui.widgets.rows import HeldRows, ListRows

Row = tuple[str, int]


def rows(*pairs: Row) -> ListRows[str, Row]:
    return ListRows(pairs, lambda row: row[0])


def test_rows_are_found_by_their_identity() -> None:
    found = rows(("a", 1), ("b", 2))
    assert (len(found), found.row(1), found.key(0)) == (2, ("b", 2), "a")
    assert (found.index_of("b"), found.index_of("c")) == (1, None)


def test_held_rows_have_new_figures_in_the_old_order() -> None:
    held = HeldRows(rows(("a", 1), ("b", 2), ("gone", 3)), rows(("new", 9), ("b", 20), ("a", 10)))
    assert [held.row(index) for index in range(len(held))] == [("a", 10), ("b", 20), ("gone", 3)]
    assert [held.key(index) for index in range(len(held))] == ["a", "b", "gone"]
    assert (held.index_of("b"), held.index_of("new")) == (1, None), "it appears when the order is let go"
