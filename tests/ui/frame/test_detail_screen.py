"""Enter on anything: from a site to its stacks, to a function from both sides, to a type, and back with Esc."""

from __future__ import annotations

import pytest

from gotop.ui.frame.call_tree import CallTree
from gotop.ui.stacks.function_screen import FunctionScreen
from gotop.ui.stacks.stacks_screen import StacksScreen
from tests.ui.looking import open_a_function, second_line, table_rows
from tests.ui.stage import stage
from tests.ui.synthetic import Service

SIZE = (160, 40)


async def test_enter_leads_on_and_escape_back_the_same_way() -> None:
    app, _, _ = stage(Service().run(20))
    async with app.run_test(size=SIZE) as pilot:
        await open_a_function(pilot)
        screen = app.screen
        assert isinstance(screen, FunctionScreen) and screen.function == "main.(*store).list"
        assert "Overview › main.(*store).scan › main.(*store).list" in second_line(app)
        callers, callees = table_rows(app, "#callers"), table_rows(app, "#callees")
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
        await open_a_function(pilot)
        await pilot.press("w")
        await pilot.pause()
        line = second_line(app)
        assert "main.(*store).list " in line and "  60 s  " in line + " " and len(line) == width


async def test_a_screen_that_was_covered_is_drawn_as_things_are_when_one_comes_back() -> None:
    app, _, _ = stage(Service().run(40))
    async with app.run_test(size=SIZE) as pilot:
        await open_a_function(pilot)
        await pilot.press("w", "escape")
        await pilot.pause()
        assert app.screen.query_one(CallTree).columns[0].title == "CALLED BY, 60 s"
