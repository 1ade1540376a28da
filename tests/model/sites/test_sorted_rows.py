"""Rows that are filtered and ordered in one go."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gotop.model.sites.filter_query import FilterText
from gotop.model.sites.sorted_rows import filter_and_sort

Row = tuple[str, int | None]


def named(row: Row) -> FilterText:
    return FilterText(row[0])


ROWS: list[Row] = [("main.b", 2), ("lib.a", None), ("main.a", 5), ("lib.c", 2)]


def test_figures_fall_texts_rise_and_what_is_not_known_comes_last() -> None:
    assert filter_and_sort(ROWS, named, value=lambda row: row[1]).rows == (ROWS[2], ROWS[0], ROWS[3], ROWS[1])
    assert filter_and_sort(ROWS, named, value=lambda row: row[1], reverse=True).rows == (
        ROWS[0],
        ROWS[3],
        ROWS[2],
        ROWS[1],
    )
    assert [row[0] for row in filter_and_sort(ROWS, named, value=lambda row: row[0]).rows] == [
        "lib.a", "lib.c", "main.a", "main.b",
    ]  # fmt: skip


def test_the_filter_is_that_of_sites() -> None:
    found = filter_and_sort(ROWS, named, "pkg:main !b")
    assert (found.rows, found.total, found.error) == ((ROWS[2],), 4, "")
    assert "unterminated" in filter_and_sort(ROWS, named, "~(").error
    assert filter_and_sort(ROWS, named, reverse=True).rows == tuple(reversed(ROWS))


@given(st.lists(st.tuples(st.text(max_size=3), st.none() | st.integers())), st.booleans())
def test_no_row_is_lost(rows: list[Row], reverse: bool) -> None:
    found = filter_and_sort(rows, named, value=lambda row: row[1], reverse=reverse)
    assert sorted(found.rows, key=str) == sorted(rows, key=str)
