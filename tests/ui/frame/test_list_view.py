"""Goroutines, GC and Sizes: what stands in their rows, how one moves through them, and what is asked of the agent."""

from __future__ import annotations

from gotop.ui.app import MonitorApp
from gotop.ui.frame.list_view import ListView
from gotop.ui.goroutines.stacks_screen import GoroutineStacks
from gotop.ui.screenshot import ScreenCapture
from tests.ui.busy import Busy
from tests.ui.stage import stage

SIZE = (140, 40)


def view(app: MonitorApp) -> ListView:
    shown = app.main_screen.view
    assert isinstance(shown, ListView)
    return shown


def rows(app: MonitorApp) -> tuple[object, ...]:
    return view(app).page.listing.rows


def screen(app: MonitorApp) -> str:
    return ScreenCapture(app).text()


async def test_keys_are_those_of_sites() -> None:
    app, _, _ = stage(Busy().run(20))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("4", "s")
        assert view(app).page.sort == view(app).page.sortable(view(app).table.visible_columns())[4]
        before = rows(app)
        await pilot.press("r")
        assert rows(app) != before
        await pilot.press("slash", *"cache", "enter")
        assert len(rows(app)) == 1 and "/cache" in screen(app)
        await pilot.press("escape")
        assert rows(app) != () and view(app).page.filter == ""
        await pilot.press("t")
        assert view(app).page.name == "growth" and view(app).page.filter == ""
        assert app.focused is view(app).table
        await pilot.press("T", "z")
        await pilot.pause()
        assert "NumGoroutine" not in screen(app)
        await pilot.press("z", "down", "down")
        key = view(app).table.cursor_key
        await pilot.press("t", "t", "t", "5", "4")
        assert view(app).table.cursor_key == key, "each page keeps its row"
        await pilot.press("7", "t", "4", "enter")
        await pilot.pause()
        assert isinstance(app.screen, GoroutineStacks), "and the keys are its own again"


async def test_the_runtimes_own_can_be_hidden() -> None:
    app, _, _ = stage(Busy().run(5))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("7", "t", "t")
        every = len(rows(app))
        await pilot.press("x")
        assert len(rows(app)) == every - 1 and "no runtime (−1)" in screen(app)
