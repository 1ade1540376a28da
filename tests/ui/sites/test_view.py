"""The table of call sites: filter, groups, hiding, marks, and that the cursor keeps its row through all of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from textual import events
from textual.pilot import Pilot
from textual.widgets import Static

from gotop.agent.protocol import Lost
from gotop.model.queries import ATTRIBUTED, OF_STACKS, GroupBy, Hide, SiteSort, Window
from gotop.model.values import GroupKey
from gotop.ui.app import MonitorApp
from gotop.ui.stacks.function_screen import FunctionScreen
from gotop.ui.stacks.stacks_screen import StacksScreen
from gotop.ui.text import Line
from gotop.ui.widgets.line_table import LineTable
from tests.ui.attributed import attribution
from tests.ui.looking import cursor_function, site_rows, site_table, text_of
from tests.ui.pressing import Snap, pressing
from tests.ui.stage import go_on, stage
from tests.ui.synthetic import Service


def test_ended_by_a_signal(snap_compare: Snap) -> None:
    service = Service()
    app, _, _ = stage([*service.run(45), service.ended(code=None, signal=11)])
    assert snap_compare(app, terminal_size=(80, 24), run_before=pressing("2"))


def test_a_broken_filter(snap_compare: Snap) -> None:
    app, _, _ = stage(Service().run(45))
    assert snap_compare(app, terminal_size=(60, 24), run_before=pressing("slash", *"!json ~("))


def test_groups_without_the_standard_library(snap_compare: Snap) -> None:
    app, _, _ = stage(Service().run(45))
    assert snap_compare(app, terminal_size=(80, 24), run_before=pressing("2", "t", "t", "t", "x", "x", "down", "F"))


def test_by_labels(snap_compare: Snap) -> None:
    app, _, _ = stage([*Service().run(30), *attribution(30)])
    assert snap_compare(app, terminal_size=(100, 20), run_before=pressing("2", "T", "T", "down"))


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (200, 30)], ids=lambda size: f"{size[0]}")
def test_one_mark_against_another(snap_compare: Snap, size: tuple[int, int]) -> None:
    service = Service()
    app, _, _ = stage(service.run(45))

    async def run(pilot: Pilot[Any]) -> None:
        await pilot.pause()
        for _ in range(2):
            await pilot.press("2", "m")
            for _ in range(60):
                for message in service.tick():
                    app.session.apply(message)
        app.clear_notifications()
        app.redraw(force=True)
        await pilot.pause()

    assert snap_compare(app, terminal_size=size, run_before=run)


SIZE = (120, 40)


def tabs(app: MonitorApp) -> str:
    return text_of(app.main_screen.second_line(200))


async def test_the_cursor_keeps_its_row_through_everything() -> None:
    service = Service()
    app, clock, _ = stage(service.run(60))
    async with app.run_test(size=SIZE) as pilot:
        while not (site_table(app).pinned and cursor_function(app).startswith("main.")):
            await pilot.press("down")
        key = site_table(app).cursor_key
        for keys in (
            ["x"], ["x"], ["x"], ["m"], ["w"], ["m"], ["s", "r"], ["M"], ["space"], ["left_square_bracket"],
            ["left_square_bracket"], ["right_square_bracket"], ["end"], ["2", "1"],
            ["slash", *"main", "enter"], ["escape"], ["F"], ["F"],
        ):  # fmt: skip
            await pilot.press(*keys)
            assert site_table(app).cursor_key == key, keys
            go_on(app, clock, service, 0.5)
            assert site_table(app).cursor_key == key, keys
        app.session.apply(Lost("gone", True))
        app.redraw()
        again = Service(seq=service.seq)
        for message in [*again.opening(), *again.tick()]:
            app.session.apply(message)
        app.redraw(force=True)
        assert site_table(app).cursor_key == key


async def test_grouping_and_back_gives_the_row_back() -> None:
    app, _, _ = stage(Service().run(20))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("down", "down", "down")
        key = site_table(app).cursor_key
        counts = []
        for group in [*list(GroupBy)[1:], GroupBy.SITE]:
            await pilot.press("t")
            assert app.main_screen.sites.options.group is group
            assert site_table(app).cursor_key is not None or group in ATTRIBUTED  # which nobody has counted here
            counts.append(len(site_table(app)))
        assert site_table(app).cursor_key == key
        assert counts[-1] == 17 and len(set(counts)) > 3
        await pilot.press("T")
        assert app.main_screen.sites.options.group is GroupBy.CREATOR and "creators" in tabs(app)


async def test_what_is_typed_after_a_group_is_a_word_of_its_own() -> None:
    app, _, _ = stage(Service().run(5))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("t", "t", "t", "down", "enter")
        term, of_group = app.main_screen.sites.options.filter, len(site_rows(app))
        assert term and of_group
        await pilot.press("slash", *"file:", "enter")
        assert app.main_screen.sites.options.filter == f"{term} file:"
        assert len(site_rows(app)) == of_group
        await pilot.press("slash", *"go", "enter")
        assert app.main_screen.sites.options.filter == f"{term} file:go", "what one has typed, one changes"


async def test_enter_on_a_group_lists_its_sites_and_escape_comes_back() -> None:
    app, _, _ = stage(Service().run(20))
    async with app.run_test(size=SIZE) as pilot:
        for presses in (1, 3, 5, 6, 7):  # the others are made of stacks: see below
            await pilot.press("home", *["t"] * presses, "down")
            row = site_table(app).cursor_row
            assert row is not None
            await pilot.press("enter")
            assert app.main_screen.sites.options.group is GroupBy.SITE
            inside = site_rows(app)
            assert sum(each.bytes for each in inside) == row.bytes and inside
            await pilot.press("escape")
            assert site_table(app).cursor_key == row.key, "and on the row one came from"
            await pilot.press(*["T"] * presses)


@pytest.mark.parametrize("presses", [2, 4])
async def test_enter_on_a_row_of_stacks_shows_the_function(presses: int) -> None:
    app, _, _ = stage(Service().run(20))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("2", *["t"] * presses)
        row = site_table(app).cursor_row
        assert row is not None and isinstance(row.key, GroupKey) and row.key.by in OF_STACKS
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(app.screen, FunctionScreen) and app.screen.function == row.key.function
        await pilot.press("escape")
        assert site_table(app).cursor_key == row.key


async def test_both_columns_of_a_function_can_be_ordered_by() -> None:
    app, _, _ = stage(Service().run(20))
    async with app.run_test(size=(160, 30)) as pilot:
        await pilot.press("2", *"tttt")
        found = []
        for _ in range(9):
            rows = [row for row in site_rows(app) if row.flat]
            values = {"bytes_per_s": [row.bytes_per_s for row in rows],
                      "flat_bytes_per_s": [row.flat.bytes_per_s for row in rows if row.flat]}  # fmt: skip
            by = site_table(app).sorted_by
            if by and by[0] in values:
                assert values[by[0]] == sorted(values[by[0]], reverse=True) and max(values[by[0]]) > 0
                found.append(by[0])
            await pilot.press("s")
        assert set(found) == {"bytes_per_s", "flat_bytes_per_s"}
        await pilot.press("t")
        assert not any(row.flat for row in site_rows(app))


async def test_a_broken_expression_is_said_while_it_is_typed() -> None:
    app, _, _ = stage(Service().run(5))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("slash", *"json ~(")
        count = app.main_screen.query_one("#filter-count", Static)
        assert "unterminated" in str(count.render()) and len(site_table(app)) == 2
        await pilot.press(*"object)")
        assert "1 of 17" in str(count.render())
        await pilot.press("enter")
        assert "/json ~(object)" in tabs(app)


async def test_hiding_says_how_much_is_hidden() -> None:
    app, _, _ = stage(Service().run(20))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("x")
        assert app.main_screen.sites.options.hide is Hide.RUNTIME and "no runtime" in tabs(app)
        await pilot.press("x")
        rows = site_rows(app)
        assert all(row.key.function.startswith(("main.", "github.com/")) for row in rows) and rows
        concealed = app.main_screen.sites._answer
        assert concealed is not None and "no std library (−" in tabs(app)
        assert concealed.concealed_share == pytest.approx(1 - sum(row.share for row in rows), abs=1e-6)


async def test_marks_compare_and_are_forgotten() -> None:
    service = Service()
    app, clock, _ = stage(service.run(20))
    async with app.run_test(size=(160, 40)) as pilot:
        await pilot.press("s", "m")
        assert app.time.window is Window.MARK and "mark" in tabs(app)
        go_on(app, clock, service, 8)
        assert "◆ mark 8s" in text_of(app.main_screen.header_line(160))
        await pilot.press("m")
        go_on(app, clock, service, 4)
        assert "◆ A 8s  B 4s" in text_of(app.main_screen.header_line(160))
        changes = [row.allocs_change for row in site_rows(app)]
        assert changes == sorted(changes, reverse=True) and changes[0] > 0 > changes[-1], "signed and ranked"
        assert app.main_screen.sites.options.sort is SiteSort.ALLOCS_PER_S
        assert "Δ ALLOCS/S" in text_of_titles(app)
        await pilot.press("M")
        assert app.time.window is Window.S10 and "B−A" not in text_of_titles(app)
        assert app.main_screen.sites.options.order(False) is SiteSort.ALLOCS_PER_S


def text_of_titles(app: MonitorApp) -> str:
    return " ".join(column.title for column in site_table(app).visible_columns())


async def test_following_keeps_the_row_in_sight() -> None:
    service = Service(extra_sites=200)
    app, clock, _ = stage(service.run(5))
    async with app.run_test(size=(120, 30)) as pilot:
        await pilot.press("down", "F")
        assert site_table(app).following and "following" in tabs(app)
        key = site_table(app).cursor_key
        await pilot.press("r")
        go_on(app, clock, service, 0.2)
        assert site_table(app).cursor_key == key and site_table(app)._visible(site_table(app)._index)
        await pilot.press("home")
        assert not site_table(app).following


async def test_each_view_keeps_its_own_look_cursor_and_scroll() -> None:
    app, _, _ = stage(Service(extra_sites=100).run(5))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("down", "s", "2", "slash", *"json", "enter", "t", "pagedown", "x")
        await pilot.press("1")
        await pilot.pause()
        look = app.main_screen.sites.options
        assert (look.sort, look.filter, look.group, look.hide, site_table(app)._index > 0) == (
            SiteSort.ALLOCS_PER_S, "", GroupBy.SITE, Hide.NOTHING, True,
        )  # fmt: skip
        await pilot.press("2")
        await pilot.pause()
        look = app.main_screen.sites.options
        assert (look.sort, look.filter, look.group, look.hide) == (
            SiteSort.BYTES_PER_S, "json", GroupBy.LINE, Hide.RUNTIME,
        )  # fmt: skip


async def test_a_filter_can_be_typed_ahead_of_the_screen() -> None:
    app, _, _ = stage(Service().run(20))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("2", "slash", *"scan")
        await pilot.pause()
        for _ in range(2):  # one keeps the filter, the other opens the row, with nothing in between
            app.post_message(events.Key("enter", "\r"))
        await pilot.pause(0.2)
        assert isinstance(app.screen, StacksScreen) and not app.screen_stack[0].query("InputBar")
        await pilot.press("escape")
        assert app.main_screen.sites.table.has_focus and app.main_screen.sites.options.filter == "scan"


def words(line: Line) -> str:
    return "".join(text for text, _ in line)


@pytest.fixture(scope="module")
def app() -> MonitorApp:
    return stage(Service().run(5))[0]


def order_said(app: MonitorApp, table: LineTable[Any, Any], width: int) -> str:
    """What the rows are ordered by, as it is said above them: over a column, or in the second line."""
    above = [title.strip() for title in words(table.line(0)).split("  ") if "▼" in title or "▲" in title]
    _, by, rest = words(app.screen.second_line(width)).partition("  by ")  # type: ignore[attr-defined]
    end = min((rest.index(arrow) for arrow in "▲▼" if arrow in rest), default=-1)
    said = above + ([rest[: end + 1]] if by else [])
    assert len(said) == 1, said
    return said[0].replace("▼", "").replace("▲", "").strip()


@pytest.mark.parametrize("width", [60, 80, 120])
async def test_an_order_that_a_group_has_no_column_for_is_said(width: int) -> None:
    app, _, _ = stage(Service().run(20))
    async with app.run_test(size=(width, 30)) as pilot:
        await pilot.press("2")
        sites = app.main_screen.sites
        sites.set_options(replace(sites.options, sort=SiteSort.TYPE))
        for _ in range(6):
            await pilot.pause()
            assert order_said(app, sites.table, width) == "TYPE" == app.main_screen.state("sort")
            assert len(words(app.main_screen.second_line(width))) == width
            await pilot.press("t")
