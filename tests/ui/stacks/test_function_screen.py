"""A function from both sides."""

from __future__ import annotations

from typing import Any

from textual.pilot import Pilot

from gotop.model.queries import Window
from gotop.ui.app import MonitorApp
from gotop.ui.colours import palette_of
from gotop.ui.frame.call_tree import Branch, CallTree
from gotop.ui.stacks.function_screen import FunctionScreen
from gotop.ui.widgets.line_table import LineTable
from tests.ui.pressing import Snap, pressing
from tests.ui.stage import stage
from tests.ui.synthetic import Service

SIZE = (160, 40)


TO_ORDERS = ("slash", *"func:scan", "enter")


def second_line(app: MonitorApp) -> str:
    screen = app.live_screen
    assert screen
    return "".join(text for text, _ in screen.second_line(app.size.width))


async def at_a_function(pilot: Pilot[Any]) -> None:
    await pilot.press(*TO_ORDERS, "enter")
    await pilot.pause()
    await pilot.press("tab", "down", "enter")
    await pilot.pause()


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


def drawn(table: LineTable[Any, Any], name: str) -> list[str]:
    """A column's cells as they are on the screen."""
    palette = palette_of(table.app)
    (column,) = (column for column in table.visible_columns() if column.name == name)
    rows = [table._rows.row(index) for index in range(len(table))]
    return ["".join(text for text, _ in column.draw(row, 9, palette)).strip() for row in rows]


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
