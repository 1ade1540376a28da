"""Titles over columns with the order's arrow, and the scrollbar."""

from __future__ import annotations

from gotop import units
from gotop.ui.colours import Palette
from gotop.ui.frame.common_columns import figure_column, text_column
from gotop.ui.widgets.columns import Column, lay_out
from gotop.ui.widgets.table_header import arrow_of, scrollbar, titles
from tests.ui.looking import text_of

COLUMNS: tuple[Column[dict[str, int]], ...] = (
    text_column("name", "NAME", lambda row: str(row), 10, 10, 0),
    figure_column("count", "COUNT", lambda row: row["count"], units.count, 0, 9),
)


def test_the_column_that_orders_has_the_arrow(palette: Palette) -> None:
    placed = lay_out(COLUMNS, 30)
    assert text_of(titles(placed, None, palette)).split() == ["NAME", "COUNT"]
    assert text_of(titles(placed, ("count", False), palette)).split() == ["NAME", "▼", "COUNT"]
    assert text_of(titles(placed, ("count", True), palette)).split() == ["NAME", "▲", "COUNT"]
    assert text_of(titles(placed, ("name", False), palette)).split() == ["NAME", "▲", "COUNT"]


def test_figures_fall_and_texts_rise_unless_reversed() -> None:
    text, figure = COLUMNS
    assert [arrow_of(text, False), arrow_of(text, True)] == ["▲", "▼"]
    assert [arrow_of(figure, False), arrow_of(figure, True)] == ["▼", "▲"]


def bar(top: int, lines: int, rows: int, palette: Palette) -> str:
    return "".join(scrollbar(line, top, lines, rows, palette)[0] for line in range(lines))


def test_the_scrollbar_is_as_long_as_what_is_in_sight_and_where_it_is(palette: Palette) -> None:
    assert bar(0, 10, 10, palette) == " " * 10, "all rows are in sight"
    assert bar(0, 10, 20, palette) == "▐" * 5 + " " * 5
    assert bar(10, 10, 20, palette) == " " * 5 + "▐" * 5
    assert bar(500, 10, 1000, palette).count("▐") == 1, "never nothing"
