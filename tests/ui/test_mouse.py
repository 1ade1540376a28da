"""Whatever can be chosen by a key can be clicked, too: views, pages, windows, keys in the footer, the way back."""

from __future__ import annotations

from typing import Any

import pytest
from textual.pilot import Pilot

from gotop.model.queries import Window
from gotop.ui.app import MonitorApp
from gotop.ui.frame.contributors_screen import ContributorsScreen
from gotop.ui.frame.list_view import ListView
from gotop.ui.screenshot import ScreenCapture
from gotop.ui.sites.type_screen import TypeScreen
from gotop.ui.stacks.stacks_screen import StacksScreen
from gotop.ui.widgets.static_lines import StaticLines
from tests.ui.busy import Busy
from tests.ui.stage import stage

SIZE = (160, 40)


async def click_on(app: MonitorApp, pilot: Pilot[Any], text: str, line: int | None = None) -> None:
    """A click on the beginning of a text on the screen."""
    lines = ScreenCapture(app).text().splitlines()
    y = next(y for y, shown in enumerate(lines) if text in shown and line in (None, y))
    await pilot.click(offset=(lines[y].index(text) + 1, y))
    await pilot.pause()


async def test_views_pages_windows_and_the_footer() -> None:
    app, _, _ = stage(Busy().run(20))
    async with app.run_test(size=SIZE) as pilot:
        app.redraw(force=True)
        await pilot.pause()
        await click_on(app, pilot, "60 s", line=1)
        assert app.time.window is Window.S60
        await click_on(app, pilot, "5 GC")
        view = app.main_screen.view
        assert isinstance(view, ListView) and app.main_screen.current == "gc"
        await click_on(app, pilot, "Stops of the world")
        assert view.page.name == "stops" and view.table.has_focus
        await click_on(app, pilot, "t Next page")
        assert view.page.name == "reasons"
        await click_on(app, pilot, "? Help")
        assert len(app.screen_stack) == 2


@pytest.mark.parametrize(("crumb", "left"), [("Sites", 1), ("main.(*store).scan", 2)])
async def test_crumbs_lead_back(crumb: str, left: int) -> None:
    app, _, _ = stage(Busy().run(20))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("2", "slash", *"func:scan", "enter", "enter")
        await pilot.pause()
        await pilot.press("tab", "down", "enter")
        await pilot.pause()
        assert len(app.screen_stack) == 3
        await click_on(app, pilot, f"{crumb} ›", line=1)
        assert len(app.screen_stack) == left


async def test_the_crumb_of_a_cycle_leads_back() -> None:
    app, _, _ = stage(Busy().run(20))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("5", "enter")
        await pilot.pause()
        await click_on(app, pilot, "GC ›", line=1)
        assert len(app.screen_stack) == 1


async def test_crumbs_count_every_screen() -> None:
    app, _, _ = stage(Busy().run(20))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("7", "enter")
        await pilot.pause()
        await pilot.press("enter")
        await pilot.pause()
        shares, stacks = app.screen_stack[1:]
        assert isinstance(shares, ContributorsScreen) and isinstance(stacks, StacksScreen)
        line = "".join(text for text, _ in stacks.second_line(160))
        assert f" Sizes › {shares.subject} › " in line
        await click_on(app, pilot, f"{shares.subject} ›", line=1)
        assert app.screen is shares


async def test_the_crumb_of_a_type_leads_back_and_so_do_those_below_it() -> None:
    app, _, _ = stage(Busy().run(20))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("2", "slash", *"func:scan", "enter")
        app.navigation.open_type("main.Order")
        await pilot.pause()
        await pilot.press("enter")
        await pilot.pause()
        await click_on(app, pilot, "main.Order ›", line=1)
        assert isinstance(app.screen, TypeScreen)
        await click_on(app, pilot, "Sites ›", line=1)
        assert app.screen is app.main_screen and app.main_screen.sites.options.filter == "func:scan"


async def test_a_crumb_stands_out_under_the_mouse() -> None:
    app, _, _ = stage(Busy().run(20))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("2", "down", "enter")
        await pilot.pause()
        header = app.screen.get_child_by_id("tabs", StaticLines)
        before = header.render_lines(header.size.region)[0]
        at = before.text.index("Sites ›")
        await pilot.hover(header, offset=(at, 0))
        await pilot.pause()
        under = header.render_lines(header.size.region)[0]
        assert under.text == before.text
        assert under.crop(at, at + 5) != before.crop(at, at + 5)
        assert under.crop(at + 6) == before.crop(at + 6)
