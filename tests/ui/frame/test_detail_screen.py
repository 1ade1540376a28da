"""Enter on anything: from a site to its stacks, to a function from both sides, to a type, and back with Esc."""

from __future__ import annotations

from typing import Any

import pytest
from textual.pilot import Pilot

from gotop.ui.app import MonitorApp
from gotop.ui.frame.call_tree import CallTree
from gotop.ui.stacks.function_screen import FunctionScreen
from gotop.ui.stacks.stacks_screen import StacksScreen
from gotop.ui.widgets.line_table import LineTable
from tests.ui.stage import stage
from tests.ui.synthetic import Service

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


@pytest.mark.parametrize("width", [60, 80])
async def test_a_narrow_screen_says_its_window_where_that_takes_nothing_from_its_name(width: int) -> None:
    app, _, _ = stage(Service().run(20))
    async with app.run_test(size=(width, 24)) as pilot:
        await at_a_function(pilot)
        await pilot.press("w")
        await pilot.pause()
        line = second_line(app)
        assert "main.(*store).list " in line and "  60 s  " in line + " " and len(line) == width


async def test_a_screen_that_was_covered_is_drawn_as_things_are_when_one_comes_back() -> None:
    app, _, _ = stage(Service().run(40))
    async with app.run_test(size=SIZE) as pilot:
        await at_a_function(pilot)
        await pilot.press("w", "escape")
        await pilot.pause()
        assert app.screen.query_one(CallTree).columns[0].title == "CALLED BY, 60 s"
