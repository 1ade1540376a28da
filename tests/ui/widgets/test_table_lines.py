"""How a table looks: titles, rows in sight, what an empty one says, what orders it out of sight."""

from __future__ import annotations

from rich.style import Style
from textual.app import App, ComposeResult

from gotop import units
from gotop.ui._textual_internals import screen_lines
from gotop.ui.frame.common_columns import figure_column, text_column
from gotop.ui.widgets.columns import Column
from gotop.ui.widgets.line_table import LineTable
from gotop.ui.widgets.rows import ListRows

Row = tuple[str, int]
COLUMNS: tuple[Column[Row], ...] = (
    text_column("name", "NAME", lambda row: row[0], 10, 10, 0),
    figure_column("count", "COUNT", lambda row: row[1], units.count, 0, 9),
    figure_column("more", "MORE", lambda row: row[1], units.count, 5, 9),
)


class Probe(App[None]):
    def compose(self) -> ComposeResult:
        yield LineTable[str, Row](COLUMNS, lambda: 0.0, id="table")

    @property
    def table(self) -> LineTable[str, Row]:
        return self.query_one(LineTable)

    def show(self, *rows: Row) -> None:
        self.table.show(ListRows(rows, lambda row: row[0]))

    def lines(self) -> list[str]:
        return [strip.text.rstrip() for strip in screen_lines(self)]


async def test_titles_rows_and_blank_lines() -> None:
    app = Probe()
    async with app.run_test(size=(60, 5)) as pilot:
        app.show(("a", 1), ("b", 2000))
        await pilot.pause()
        lines = app.lines()
        assert lines[0].split() == ["NAME", "COUNT", "MORE"]
        assert [line.split()[:2] for line in lines[1:3]] == [["a", "1"], ["b", "2.00k"]]
        assert lines[3] == lines[4] == ""
        assert len(app.table) == 2 and bool(app.table)


async def test_an_empty_table_says_what_it_has_to_say() -> None:
    app = Probe()
    async with app.run_test(size=(60, 7)) as pilot:
        app.table.empty = [[("nothing yet", Style())]]
        app.show()
        await pilot.pause()
        assert any("nothing yet" in line for line in app.lines())
        assert bool(app.table), "a widget is there also without rows"


async def test_an_order_that_no_column_in_sight_shows_is_named() -> None:
    app = Probe()
    async with app.run_test(size=(26, 5)) as pilot:
        app.show(("a", 1))
        app.table.sorted_by = ("count", False)
        await pilot.pause()
        assert [column.name for column in app.table.visible_columns()] == ["name", "count"]
        assert app.table.order_out_of_sight() == ""
        app.table.sorted_by = ("more", True)
        assert app.table.order_out_of_sight() == "MORE ▲"
