"""Goroutines, GC and Sizes: what stands in their rows, how one moves through them, and what is asked of the agent."""

from __future__ import annotations

from gotop.ui.goroutines.stacks_screen import GoroutineStacks
from tests.ui.busy import Busy
from tests.ui.looking import list_view, page_rows, screen_text
from tests.ui.stage import stage

SIZE = (140, 40)


async def test_keys_are_those_of_sites() -> None:
    app, _, _ = stage(Busy().run(20))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("4", "s")
        assert list_view(app).page.sort == list_view(app).page.sortable(list_view(app).table.visible_columns())[4]
        before = page_rows(app)
        await pilot.press("r")
        assert page_rows(app) != before
        await pilot.press("slash", *"cache", "enter")
        assert len(page_rows(app)) == 1 and "/cache" in screen_text(app)
        await pilot.press("escape")
        assert page_rows(app) != () and list_view(app).page.filter == ""
        await pilot.press("t")
        assert list_view(app).page.name == "growth" and list_view(app).page.filter == ""
        assert app.focused is list_view(app).table
        await pilot.press("T", "z")
        await pilot.pause()
        assert "NumGoroutine" not in screen_text(app)
        await pilot.press("z", "down", "down")
        key = list_view(app).table.cursor_key
        await pilot.press("t", "t", "t", "5", "4")
        assert list_view(app).table.cursor_key == key, "each page keeps its row"
        await pilot.press("7", "t", "4", "enter")
        await pilot.pause()
        assert isinstance(app.screen, GoroutineStacks), "and the keys are its own again"


async def test_the_runtimes_own_can_be_hidden() -> None:
    app, _, _ = stage(Busy().run(5))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("7", "t", "t")
        every = len(page_rows(app))
        await pilot.press("x")
        assert len(page_rows(app)) == every - 1 and "no runtime (−1)" in screen_text(app)
