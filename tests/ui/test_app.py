"""Keys, help, leaving, and what the feed is asked to do."""

from __future__ import annotations

import subprocess
import sys

import pytest

from gotop.agent.protocol import Lost
from gotop.model.status.values import Ending
from gotop.ui.feed import Abilities
from gotop.ui.main_screen import MainScreen
from gotop.ui.sites.view import SitesView
from tests.ui.stage import stage
from tests.ui.synthetic import Service

SIZE = (120, 40)


@pytest.mark.parametrize("key", ["q", "ctrl+c"])
async def test_quitting_stops_an_own_service_and_waits(key: str) -> None:
    service = Service()
    app, _, feed = stage(service.run(3))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press(key)
        assert feed.calls == [("stop", None)] and app.is_running
        assert app.viewer().stopping
        app.session.apply(service.ended(code=None, signal=15, by_us=True))
        feed.may_stop.set()
        await pilot.pause(0.1)
    assert isinstance(app.return_value, Ending) and app.return_value.signal == 15


async def test_quitting_twice_does_not_wait() -> None:
    app, _, feed = stage(Service().run(3))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("q")
        await pilot.press("ctrl+c")
        await pilot.pause(0.1)
    assert feed.calls == [("stop", None)] and app.return_value is None


async def test_quitting_leaves_a_service_of_others_alone() -> None:
    app, _, feed = stage(Service().run(3), Abilities(owns_service=False))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("q")
        await pilot.pause(0.1)
    assert feed.calls == []


async def test_nothing_to_stop_once_the_service_has_ended() -> None:
    service = Service()
    app, _, feed = stage([*service.run(3), service.ended(code=3)])
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause(0.1)
        assert app.is_running, "the screen stays with the last data"
        await pilot.press("q")
        await pilot.pause(0.1)
    assert feed.calls == [] and app.return_value is not None and app.return_value.code == 3


async def test_ctrl_c_quits_while_a_filter_is_typed_and_under_the_help() -> None:
    for opening in (["slash", "a"], ["question_mark"], ["enter"]):
        app, _, _ = stage(Service().run(3), Abilities())
        async with app.run_test(size=SIZE) as pilot:
            await pilot.press(*opening, "ctrl+c")
            await pilot.pause(0.1)
            assert not app.is_running or app._exit, opening


async def test_digits_can_be_typed_into_a_filter() -> None:
    app, _, _ = stage(Service().run(3))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("slash", *"v9/2")
        assert app.main_screen.sites.options.filter == "v9/2" and app.main_screen.current == "overview"


async def test_a_feed_that_fails_is_said_on_the_screen() -> None:
    app, _, feed = stage(Service().run(3))

    async def fail(session: object) -> None:
        raise OSError("no such socket")

    feed.run = fail  # type: ignore[method-assign]
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause(0.1)
        assert app.viewer().failure == "no such socket" and app.is_running


async def test_nothing_is_drawn_while_nothing_changes() -> None:
    app, _, _ = stage(Service().run(3))
    async with app.run_test(size=SIZE):
        app.redraw(force=True)
        drawn: list[int] = []
        app.main_screen.draw_body = lambda: drawn.append(1)  # type: ignore[method-assign]
        app.redraw()
        app.redraw()
        assert not drawn
        app.session.apply(Lost("gone", True))
        app.redraw()
        app.redraw()
        assert len(drawn) == 1


async def test_the_timer_may_come_while_the_app_takes_itself_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    app, _, _ = stage(Service().run(3))
    left: list[int] = []

    def on_unmount(screen: MainScreen) -> None:
        left.append(len(screen.children))
        app.redraw(force=True)
        app.draw_bars()
        screen.draw_all()

    monkeypatch.setattr(MainScreen, "on_unmount", on_unmount, raising=False)
    async with app.run_test(size=SIZE):
        pass
    assert left == [0]


async def test_views_by_number_each_with_its_own_cursor() -> None:
    app, _, _ = stage(Service().run(20))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("down", "4", "down", "down")
        assert app.main_screen.current == "goroutines"
        await pilot.press("5", "down", "6", "up", "2")
        await pilot.pause()
        assert type(app.main_screen.sites) is SitesView and app.main_screen.sites.table._index == 0
        await pilot.press("4")
        await pilot.pause()
        assert app.main_screen.view.table._index == 2  # type: ignore[attr-defined]


@pytest.mark.parametrize("theme", ["textual-light", "nord", "ansi-dark", "dracula"])
async def test_themes(theme: str) -> None:
    app, _, _ = stage(Service().run(3))
    async with app.run_test(size=SIZE) as pilot:
        app.theme = theme
        await pilot.press("down", "2", "3", "5", "question_mark")


def test_every_size_can_be_drawn() -> None:
    import asyncio

    async def resize() -> None:
        app, _, _ = stage(Service().run(20))
        async with app.run_test(size=(60, 15)) as pilot:
            for view in "1234567":
                await pilot.press(view)
                for size in ((1, 1), (20, 5), (59, 14), (60, 15), (79, 24), (117, 30), (151, 44), (300, 90)):
                    await pilot.resize_terminal(*size)
                    await pilot.pause()

    asyncio.run(resize())


def test_the_model_and_the_feeds_need_no_textual() -> None:
    code = "import sys, gotop.ui.feed, gotop.model.session; sys.exit('textual' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


async def test_another_view_has_its_rows_before_the_next_key_comes() -> None:
    app, _, _ = stage(Service().run(20))
    async with app.run_test(size=SIZE):
        await app.action_view("sites")
        table = app.main_screen.sites.table
        assert table.cursor_row is not None
