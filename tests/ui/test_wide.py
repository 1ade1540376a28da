"""Where it is very wide, nothing is stretched: rows can be followed from one end to the other."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from textual.command import CommandList, CommandPalette

from gotop.model.queries import GroupBy
from gotop.ui.app import MonitorApp
from gotop.ui.frame.help import HelpScreen
from gotop.ui.gc import heap_graph, summary
from gotop.ui.gc.columns import CYCLES
from gotop.ui.sites.columns import columns_of
from gotop.ui.sizes.view import CLASSES
from gotop.ui.widgets.columns import APART, GAP, Column, lay_out
from gotop.ui.widgets.static_lines import StaticLines
from tests.ui.busy import Busy
from tests.ui.stage import stage
from tests.ui.test_snapshots import Snap, pressing

SIZE = (300, 70)
TABLES: list[tuple[Column[Any], ...]] = [CYCLES, CLASSES, *[columns_of(group, False) for group in GroupBy]]


@pytest.mark.parametrize("columns", TABLES, ids=lambda columns: columns[0].title)
def test_a_table_has_no_chasm_in_it(columns: tuple[Column[Any], ...]) -> None:
    placed = lay_out(columns, 298)
    assert [each.column.name for each in placed] == [column.name for column in columns]
    for each in placed:
        most = each.column.most * 3 // 2 if each.column.most else each.column.least + APART
        assert each.column.least <= each.width <= most
    for one, other in pairwise(placed):
        assert other.start == one.start + one.width + GAP
    assert placed[0].start == 0 and placed[-1].start + placed[-1].width <= 298


@pytest.mark.parametrize("width", [60, 80, 100, 120, 160, 200, 240])
def test_room_that_somebody_can_use_is_used(width: int) -> None:
    columns = columns_of(GroupBy.SITE, False)
    placed = lay_out(columns, width)
    last = placed[-1]
    assert last.start + last.width == width


def app_at_45() -> MonitorApp:
    return stage(Busy().run(45))[0]


async def test_help_is_one_page() -> None:
    app = app_at_45()
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("question_mark")
        await pilot.pause()
        assert isinstance(app.screen, HelpScreen)
        page = app.screen.query_one("#help")
        assert page.max_scroll_y == 0 and page.max_scroll_x == 0
        tops = {each.region.y for each in app.screen.query("#help-keys .help-text")}
        assert len(tops) == 1, "three columns"
        await pilot.resize_terminal(120, 40)
        await pilot.pause()
        lefts = {each.region.x for each in app.screen.query("#help-keys .help-text")}
        assert len(lefts) == 2 and page.max_scroll_x == 0


async def test_the_palette_is_as_wide_as_its_sentences() -> None:
    app = app_at_45()
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("ctrl+p")
        assert isinstance(app.screen, CommandPalette)
        for _ in range(500):  # what it finds comes a little later
            await pilot.pause(0.02)
            if app.screen.query_one(CommandList).region:
                break
        for region in (app.screen.query_one("#--input").region, app.screen.query_one(CommandList).region):
            assert region.width == 100 and abs(region.x - (SIZE[0] - region.right)) <= 1


async def test_the_time_line_stands_beside_the_figures() -> None:
    app = app_at_45()
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("5")
        await pilot.pause()
        figures = app.main_screen.view.query(StaticLines).first()
        lines = ["".join(text for text, _ in line) for line in figures._lines]
        assert lines[0].startswith(" Heap ──") and "Time line, last" in lines[0]
        assert "p50" in lines[4] and all(len(line) <= SIZE[0] for line in lines)
        drawn = max(len(line.rstrip()) for line in lines) - lines[0].index("Time line")
        assert summary.columns_for(SIZE[0]) == drawn - heap_graph.GUTTER


@pytest.mark.parametrize("keys", [("question_mark",), ("3",)], ids=["help", "flame"])
def test_screens(snap_compare: Snap, keys: tuple[str, ...]) -> None:
    assert snap_compare(app_at_45(), terminal_size=SIZE, run_before=pressing(*keys))
