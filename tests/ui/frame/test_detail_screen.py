"""Enter on anything: from a site to its stacks, to a function from both sides, to a type, and back with Esc."""

from __future__ import annotations

from typing import Any

import pytest
from textual.pilot import Pilot

from gotop.model.queries import Hide, Window
from gotop.model.symbols.packages import conceals
from gotop.ui.app import MonitorApp
from gotop.ui.colours import palette_of
from gotop.ui.flame.view import FlameView
from gotop.ui.frame.call_tree import Branch, CallTree
from gotop.ui.stacks.function_screen import FunctionScreen
from gotop.ui.stacks.stacks_screen import StacksScreen
from gotop.ui.widgets.line_table import LineTable
from tests.ui.stage import stage
from tests.ui.synthetic import Service
from tests.ui.test_snapshots import Snap, pressing

SIZE = (160, 40)
TO_ORDERS = ("slash", *"func:scan", "enter")


def second_line(app: MonitorApp) -> str:
    screen = app.live_screen
    assert screen
    return "".join(text for text, _ in screen.second_line(app.size.width))


def shown(app: MonitorApp, name: str) -> list[Any]:
    table = app.screen.query_one(name, LineTable)
    return [table._rows.row(index) for index in range(len(table))]


async def at_a_function(pilot: Pilot[Any]) -> None:
    await pilot.press(*TO_ORDERS, "enter")
    await pilot.pause()
    await pilot.press("tab", "down", "enter")
    await pilot.pause()


async def test_enter_leads_on_and_escape_back_the_same_way() -> None:
    app, _, _ = stage(Service().run(20))
    async with app.run_test(size=SIZE) as pilot:
        await at_a_function(pilot)
        screen = app.screen
        assert isinstance(screen, FunctionScreen) and screen.function == "main.(*store).list"
        assert "Overview › main.(*store).scan › main.(*store).list" in second_line(app)
        callers, callees = shown(app, "#callers"), shown(app, "#callees")
        assert [row.node.frame.function for row in callers[:2]] == ["main.(*store).list", "main.(*api).listOrders"]
        assert {row.node.frame.function for row in callees} >= {"main.(*store).scan", "main.Order", "[]main.Order"}
        tree = screen.query_one("#callees", CallTree)
        screen.set_focus(tree)
        tree.move_to_key(next(row.path for row in callees if row.node.frame.function == "main.(*store).scan"))
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(app.screen, FunctionScreen) and app.screen is not screen
        await pilot.press("escape")
        assert app.screen is screen
        await pilot.press("escape")
        assert isinstance(app.screen, StacksScreen)
        await pilot.press("escape")
        assert app.screen is app.main_screen and app.main_screen.current == "overview"


async def at_a_type(pilot: Pilot[Any], app: MonitorApp, name: str = "main.Order") -> CallTree:
    """On the screen of a type's sites, by way of a function; the answer is the tree one came from."""
    await at_a_function(pilot)
    tree = app.screen.query_one("#callees", CallTree)
    app.screen.set_focus(tree)
    row = next(row for row in shown(app, "#callees") if row.node.type and row.node.frame.function == name)
    tree.move_to_key(row.path)
    await pilot.press("enter")
    await pilot.pause()
    return tree


async def test_enter_on_a_type_leads_to_the_sites_that_allocate_it() -> None:
    app, _, _ = stage(Service().run(20))
    async with app.run_test(size=SIZE) as pilot:
        await at_a_type(pilot, app)
        keys = [row.key for row in shown(app, "#sites")]
        assert keys and {key.type for key in keys} == {"main.Order"}
        line = second_line(app)
        assert "Overview › main.(*store).scan › main.(*store).list › main.Order" in line and "1 site" in line


async def test_escape_leads_from_a_type_to_the_very_row_and_leaves_sites_as_they_were() -> None:
    app, _, _ = stage(Service().run(20))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("2", "slash", *"net", "enter", "t", "down", "down")
        sites = app.main_screen.sites
        before = sites.options, sites.table.cursor_key
        await pilot.press("1")
        tree = await at_a_type(pilot, app)
        function, row = app.screen_stack[-2], tree.cursor_key
        await pilot.press("escape")
        assert app.screen is function and app.screen.focused is tree and tree.cursor_key == row
        await pilot.press("escape", "escape")
        assert app.main_screen.current == "overview" and app.main_screen.sites.options.filter == "func:scan"
        await pilot.press("2")
        assert (sites.options, sites.table.cursor_key) == before


async def test_a_types_sites_are_looked_at_like_all_sites() -> None:
    app, _, _ = stage(Service().run(20))
    async with app.run_test(size=SIZE) as pilot:
        app.navigation.open_type("[]uint8")
        await pilot.pause()
        here = app.screen
        assert len(shown(app, "#sites")) == 2
        await pilot.press("slash", *"grow", "enter")
        assert [row.key.function for row in shown(app, "#sites")] == ["bytes.(*Buffer).grow"]
        assert "1 of 2 sites" in second_line(app)
        await pilot.press("escape")
        assert app.screen is here and len(shown(app, "#sites")) == 2, "first the filter goes"
        words = set()
        for _ in range(5):
            await pilot.press("t")
            words.add(here.state("group"))
            assert shown(app, "#sites"), "no group in which a type has no rows"
        assert words == {"sites", "lines", "functions", "packages", "modules"}
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(app.screen, StacksScreen) and "Overview › []uint8 › " in second_line(app)
        await pilot.press("escape", "backspace")
        assert app.screen is app.main_screen


async def test_enter_on_a_frame_and_on_the_middle_of_both_trees() -> None:
    app, _, _ = stage(Service().run(20))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press(*TO_ORDERS, "enter")
        await pilot.pause()
        await pilot.press("tab", "tab", "down", "down", "down", "enter")
        await pilot.pause()
        here = app.screen
        assert isinstance(here, FunctionScreen)
        await pilot.press("tab", "enter")
        assert app.screen is here  # one is there already


async def test_x_hides_frames_and_says_how_many() -> None:
    app, _, _ = stage(Service().run(20))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press(*TO_ORDERS, "enter")
        await pilot.pause()
        every = shown(app, "#frames")
        await pilot.press("x", "x")
        await pilot.pause()
        left = shown(app, "#frames")
        hidden = [row.frame for row in every if conceals(Hide.STANDARD, row.frame)]
        assert hidden and len(left) == len(every) - len(hidden)
        frames = app.screen.query_one("#frames", LineTable)
        assert f"{len(hidden)} of {len(every)} hidden" in frames.columns[0].title
        assert not any(conceals(Hide.STANDARD, row.node.frame) for row in shown(app, "#callers"))
        assert left[0].gap  # the allocator stood before the site
        await pilot.press("x")
        await pilot.pause()
        assert shown(app, "#frames") == every


def drawn(table: LineTable[Any, Any], name: str) -> list[str]:
    """A column's cells as they are on the screen."""
    palette = palette_of(table.app)
    (column,) = (column for column in table.visible_columns() if column.name == name)
    rows = [table._rows.row(index) for index in range(len(table))]
    return ["".join(text for text, _ in column.draw(row, 9, palette)).strip() for row in rows]


async def test_trees_are_of_the_window_that_the_stacks_are_of_and_say_which() -> None:
    app, _, _ = stage(Service().run(40))
    async with app.run_test(size=(240, 40)) as pilot:
        await pilot.press("slash", *"object", "enter", "enter")
        await pilot.pause()
        seen = []
        for window, title in (("10 s", "BYTES/S"), ("60 s", "BYTES/S"), ("total", "BYTES"), ("now", "BYTES/S")):
            stacks, tree = app.screen.query_one("#stacks", LineTable), app.screen.query_one(CallTree)
            titles = {column.name: column.title for column in tree.visible_columns()}
            assert titles["name"] == f"CALLED BY, {window}" and titles["bytes"] == title
            shares, ways = drawn(stacks, "share"), drawn(tree, "share")
            assert len(shares) == 2 and set(shares) < set(ways)
            assert set(drawn(stacks, "bytes" if window == "total" else "bytes_per_s")) < set(drawn(tree, "bytes"))
            seen.append(shares)
            await pilot.press("w")
            await pilot.pause()
        assert seen[0] != seen[2] != seen[3]


async def test_both_sides_of_a_function_say_their_window() -> None:
    app, _, _ = stage(Service().run(40))
    async with app.run_test(size=SIZE) as pilot:
        await at_a_function(pilot)
        await pilot.press("x", "m")
        app.action_set_window(Window.MARK.name)
        await pilot.pause()
        for name, what in (("#callers", "CALLED BY"), ("#callees", "CALLS")):
            assert app.screen.query_one(name, CallTree).columns[0].title == f"{what}, since mark, no runtime"
        app.action_set_window(Window.S10.name)
        await pilot.pause()
        size, _, _ = second_line(app).rpartition("/s  ")[0].rpartition("/s")
        assert drawn(app.screen.query_one("#callees", CallTree), "bytes")[0] == " ".join(size.split()[-2:])


@pytest.mark.parametrize("width", [60, 80])
async def test_a_narrow_screen_says_its_window_where_that_takes_nothing_from_its_name(width: int) -> None:
    app, _, _ = stage(Service().run(20))
    async with app.run_test(size=(width, 24)) as pilot:
        await at_a_function(pilot)
        await pilot.press("w")
        await pilot.pause()
        line = second_line(app)
        assert "main.(*store).list " in line and "  60 s  " in line + " " and len(line) == width


async def test_hiding_goes_along_from_the_sites() -> None:
    app, _, _ = stage(Service().run(20))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("x", "x", "enter")
        await pilot.pause()
        assert isinstance(app.screen, StacksScreen) and app.screen.hide is Hide.STANDARD


async def test_the_flame_hides_and_leads_to_a_function() -> None:
    app, _, _ = stage(Service().run(20))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("3", "x", "x")
        await pilot.pause()
        view = app.query_one(FlameView)
        flame = view.graph.flame
        assert flame and flame.hidden and f"no std library (−{flame.hidden} functions)" in second_line(app)
        await pilot.press("down", "a")
        await pilot.pause()
        assert isinstance(app.screen, FunctionScreen) and "Flame › " in second_line(app)


async def test_folding_goes_by_arrows_and_a_new_reading_keeps_it() -> None:
    service = Service()
    app, clock, _ = stage(service.run(20))
    async with app.run_test(size=SIZE) as pilot:
        await at_a_function(pilot)
        tree = app.screen.query_one("#callees", CallTree)
        app.screen.set_focus(tree)
        before = len(tree)
        await pilot.press("down", "up", "left")
        assert len(tree) == 1 < before
        clock.now += 5
        for message in service.tick():
            app.session.apply(message)
        app.redraw()
        assert len(tree) == 1 and isinstance(tree.cursor_row, Branch)
        await pilot.press("right")
        assert len(tree) == before


def test_a_function(snap_compare: Snap) -> None:
    app, _, _ = stage(Service().run(45))
    keys = (*TO_ORDERS, "enter", "tab", "down", "enter", "tab", "down")
    assert snap_compare(app, terminal_size=(120, 30), run_before=pressing(*keys))


def test_a_function_where_it_is_narrow(snap_compare: Snap) -> None:
    app, _, _ = stage(Service().run(45))
    keys = (*TO_ORDERS, "enter", "tab", "down", "enter", "x", "x")
    assert snap_compare(app, terminal_size=(80, 30), run_before=pressing(*keys))


async def test_a_screen_that_was_covered_is_drawn_as_things_are_when_one_comes_back() -> None:
    app, _, _ = stage(Service().run(40))
    async with app.run_test(size=SIZE) as pilot:
        await at_a_function(pilot)
        await pilot.press("w", "escape")
        await pilot.pause()
        assert app.screen.query_one(CallTree).columns[0].title == "CALLED BY, 60 s"
