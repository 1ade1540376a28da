"""The page with all keys."""

from __future__ import annotations

import pytest
from textual.widgets import Static

from gotop.ui.app import MonitorApp
from gotop.ui.frame.help import HelpScreen
from tests.ui.busy import Busy
from tests.ui.pressing import Snap, pressing
from tests.ui.stage import stage
from tests.ui.synthetic import Service


@pytest.fixture(scope="module")
def app() -> MonitorApp:
    return stage(Service().run(5))[0]


@pytest.mark.parametrize("width", [60, 80, 120])
async def test_help_explains_figures_in_whole_sentences(width: int) -> None:
    app, _, _ = stage(Service().run(5))
    async with app.run_test(size=(width, 30)) as pilot:
        await pilot.press("question_mark")
        await pilot.pause()
        figures = app.screen.query_one("#help-figures", Static)
        lines = str(figures.render()).splitlines()
        room = app.screen.query_one("#help").content_size.width
        assert max(map(len, lines)) <= room
        assert "over the runtime's own count of the same span" in " ".join(" ".join(lines).split())


SIZE = (300, 70)


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


@pytest.mark.parametrize("keys", [("question_mark",), ("3",)], ids=["help", "flame"])
def test_screens(snap_compare: Snap, keys: tuple[str, ...]) -> None:
    assert snap_compare(app_at_45(), terminal_size=SIZE, run_before=pressing(*keys))


async def test_help_shows_keys_as_they_are_bound_now() -> None:
    app, _, _ = stage(Service().run(2))
    async with app.run_test(size=SIZE) as pilot:
        app.set_keymap({"sites.sort_next": "z"})
        await pilot.press("question_mark")
        text = "".join(str(static.render()) for static in app.screen.query(Static))
        assert "z           Sort\n" in text and "Slower" not in text
        assert "Forget the marks" in text, "what does nothing at the moment is what one wants to learn of"
        await pilot.press("escape", "z")
        assert app.main_screen.sites.options.sort.value == "allocs_per_s"
