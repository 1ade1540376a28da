"""Where it is narrow, what drops out is chosen: nothing is cut off, views keep their names, the way back stays."""

from __future__ import annotations

from typing import Any

import pytest

from gotop.ui.app import MonitorApp
from gotop.ui.text import Line, width_of_line
from gotop.ui.widgets.line_table import LineTable
from gotop.ui.widgets.static_lines import StaticLines
from tests.ui.busy import Busy
from tests.ui.stage import stage
from tests.ui.synthetic import Service


def words(line: Line) -> str:
    return "".join(text for text, _ in line)


@pytest.fixture(scope="module")
def app() -> MonitorApp:
    return stage(Service().run(5))[0]


@pytest.mark.parametrize("path", [("2", "enter"), ("4", "enter"), ("5", "enter"), ("7", "enter"), ("7", "t", "enter")])
@pytest.mark.parametrize("width", [60, 80])
async def test_no_figure_is_cut_off(path: tuple[str, ...], width: int) -> None:
    app, _, _ = stage(Busy().run(20))
    async with app.run_test(size=(width, 30)) as pilot:
        for key in path:
            await pilot.press(key)
            await pilot.pause()
        for board in app.screen.query(StaticLines):
            assert all(width_of_line(line) <= width for line in board._lines), board.id


@pytest.mark.parametrize("path", [("1", "enter"), ("4", "enter"), ("5", "enter"), ("7", "enter")])
async def test_every_pane_has_rows_in_the_smallest_terminal(path: tuple[str, ...]) -> None:
    app, _, _ = stage(Busy().run(20))
    async with app.run_test(size=(60, 15)) as pilot:
        for key in path:
            await pilot.press(key)
            await pilot.pause()
        assert app.screen.max_scroll_y == 0, "the header is in sight"
        for table in app.screen.query(LineTable):
            assert table.size.height >= 3 or table.size.height > len(table), table.id


async def test_whoever_looks_closer_at_what_stands_still_is_told_so() -> None:
    app, _, _ = stage(Busy().run(20))
    async with app.run_test(size=(120, 30)) as pilot:
        await pilot.press("2", "space", "enter")
        await pilot.pause()
        assert "‖ table stands still" in words(app.live_screen.second_line(120))  # type: ignore[union-attr]
        await pilot.press("escape", "5", "enter")
        await pilot.pause()
        assert "‖ table stands still" in words(app.live_screen.second_line(120))  # type: ignore[union-attr]


def order_said(app: MonitorApp, table: LineTable[Any, Any], width: int) -> str:
    """What the rows are ordered by, as it is said above them: over a column, or in the second line."""
    above = [title.strip() for title in words(table.line(0)).split("  ") if "▼" in title or "▲" in title]
    _, by, rest = words(app.screen.second_line(width)).partition("  by ")  # type: ignore[attr-defined]
    end = min((rest.index(arrow) for arrow in "▲▼" if arrow in rest), default=-1)
    said = above + ([rest[: end + 1]] if by else [])
    assert len(said) == 1, said
    return said[0].replace("▼", "").replace("▲", "").strip()


@pytest.mark.parametrize(("width", "filtered"), [(60, False), (60, True), (80, True)])
@pytest.mark.parametrize("view", ["2", "4", "5", "7"])
async def test_what_rows_are_ordered_by_is_always_said(view: str, width: int, filtered: bool) -> None:
    app, _, _ = stage(Busy().run(20))
    async with app.run_test(size=(300, 40)) as pilot:
        await pilot.press(view)
        await pilot.pause()
        shown = app.main_screen.view
        for _ in range(len(getattr(shown, "pages", "1"))):
            if filtered:
                await pilot.press("slash", *"a-filter:of some length", "enter")
            titles = {column.sort: column.title for column in shown.table.visible_columns() if column.sort}  # type: ignore[attr-defined]
            await pilot.resize_terminal(width, 40)
            await pilot.pause()
            for sort, title in titles.items():
                table = shown.table  # type: ignore[attr-defined]
                table.post_message(LineTable.TitleClicked(table, sort))
                await pilot.pause()
                assert order_said(app, table, width) == title
                assert ("/a-filt" in words(app.main_screen.second_line(width))) is filtered
            await pilot.resize_terminal(300, 40)
            await pilot.press("t")
            await pilot.pause()
