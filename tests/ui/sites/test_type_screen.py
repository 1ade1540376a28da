"""The sites that allocate a type."""

from __future__ import annotations

from typing import Any

from textual.pilot import Pilot

from gotop.ui.app import MonitorApp
from gotop.ui.frame.call_tree import CallTree
from gotop.ui.stacks.stacks_screen import StacksScreen
from tests.ui.looking import open_a_function, second_line, table_rows
from tests.ui.stage import stage
from tests.ui.synthetic import Service

SIZE = (160, 40)


async def at_a_type(pilot: Pilot[Any], app: MonitorApp, name: str = "main.Order") -> CallTree:
    """On the screen of a type's sites, by way of a function; the answer is the tree one came from."""
    await open_a_function(pilot)
    tree = app.screen.query_one("#callees", CallTree)
    app.screen.set_focus(tree)
    row = next(row for row in table_rows(app, "#callees") if row.node.type and row.node.frame.function == name)
    tree.move_to_key(row.path)
    await pilot.press("enter")
    await pilot.pause()
    return tree


async def test_enter_on_a_type_leads_to_the_sites_that_allocate_it() -> None:
    app, _, _ = stage(Service().run(20))
    async with app.run_test(size=SIZE) as pilot:
        await at_a_type(pilot, app)
        keys = [row.key for row in table_rows(app, "#sites")]
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
        assert len(table_rows(app, "#sites")) == 2
        await pilot.press("slash", *"grow", "enter")
        assert [row.key.function for row in table_rows(app, "#sites")] == ["bytes.(*Buffer).grow"]
        assert "1 of 2 sites" in second_line(app)
        await pilot.press("escape")
        assert app.screen is here and len(table_rows(app, "#sites")) == 2, "first the filter goes"
        words = set()
        for _ in range(7):
            await pilot.press("t")
            words.add(here.state("group"))
            assert table_rows(app, "#sites"), "no group in which a type has no rows"
        assert words == {
            "sites", "lines", "lines of yours", "functions", "functions with all they call", "packages", "modules",
        }  # fmt: skip
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(app.screen, StacksScreen) and "Overview › []uint8 › " in second_line(app)
        await pilot.press("escape", "backspace")
        assert app.screen is app.main_screen
