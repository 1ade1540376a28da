"""Keys, help, leaving, and what the feed is asked to do."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from functools import partialmethod
from types import SimpleNamespace

import pytest
from textual.binding import Binding
from textual.widgets import Static

from gotop.agent.protocol import Lost
from gotop.cli import gc_tuning
from gotop.cli.screen import ScreenBroke, run_monitor
from gotop.model.status.values import Ending
from gotop.ui import keys, views
from gotop.ui.app import MonitorApp
from gotop.ui.feed import Abilities, Position
from gotop.ui.main_screen import MainScreen
from gotop.ui.sites.view import SitesView
from tests.ui.stage import stage
from tests.ui.synthetic import Service

EVERY = [
    *views.view_bindings(),
    *(
        binding
        for name in vars(keys)
        if isinstance(getattr(keys, name), tuple)
        for binding in getattr(keys, name)
        if isinstance(binding, Binding)
    ),
]
SIZE = (120, 40)


def test_every_key_has_a_name_and_an_id_of_its_own() -> None:
    ids = [binding.id for binding in EVERY]
    assert None not in ids and len(set(ids)) == len(ids)
    assert all(binding.description for binding in EVERY)


def test_help_leaves_no_key_out() -> None:
    shown = {binding.id for column in views.key_groups() for _, bindings in column for binding in bindings}
    assert {binding.id for binding in EVERY} - shown == {"help.close"}


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


async def test_the_palette_has_every_action_and_its_state() -> None:
    app, _, _ = stage(Service().run(20))

    def palette() -> dict[str, str]:
        return {command.title: command.help for command in app.get_system_commands(app.screen)}

    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("2", "s", "t", "x", "F", "space")
        shown = palette()
        bound = {each.binding.description for each in app.screen.active_bindings.values() if each.binding.id}
        assert bound - set(shown) == {"All commands"}
        assert "now ALLOCS/S" in shown["Sort"] and "now lines" in shown["Group"] and "now 10 s" in shown["Window"]
        assert "now no runtime" in shown["Hide runtime, standard library"]
        assert "now following" in shown["Follow the row"]
        assert "now for 0 s" in shown["Pause"]
        await pilot.press("3", "b", "i", "c")
        shown = palette()
        assert "now allocations" in shown["Bytes or allocations"] and "now flame" in shown["Flame or icicle"]
        assert "now every call" in shown["Fold chains"]
        await pilot.press("6")
        assert "now following" in palette()["Follow"]
        await pilot.press("5", "t", "s")
        assert "now Stops of the world" in palette()["Next page"] and "now" in palette()["Sort"]


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


async def test_replay_keys_only_in_a_replay() -> None:
    live, _, live_feed = stage(Service().run(3))
    async with live.run_test(size=SIZE) as pilot:
        await pilot.press("right_square_bracket", "right", "plus")
        assert live_feed.calls == [("interval", 50)]
    abilities = Abilities(live=False, replay=True)
    replay, _, feed = stage(Service().run(3), abilities, Position(3.0, 60.0, 1.0, False))
    async with replay.run_test(size=SIZE) as pilot:
        await pilot.press("right_square_bracket", "left", "space", "plus")
        assert feed.calls == [("speed", 2.0), ("seek", -5), ("paused", True)]
        assert not replay.time.paused


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


async def test_z_gives_the_overviews_rows_the_whole_screen() -> None:
    app, _, _ = stage(Service().run(20))
    async with app.run_test(size=SIZE) as pilot:
        before = app.main_screen.sites.table.size.height
        await pilot.press("z")
        await pilot.pause()
        assert app.main_screen.sites.table.size.height > before + 5
        await pilot.press("z")
        await pilot.pause()
        assert app.main_screen.sites.table.size.height == before
        await pilot.press("2")
        offered = [active.binding.id for active in app.screen.active_bindings.values()]
        assert "pane.maximise" not in offered


def test_a_hangup_that_interrupts_the_readers_end_does_not_wait_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The handler runs in the thread that may be setting the same event, and holds its lock."""
    app, _, _ = stage()
    reader = SimpleNamespace(exit_event=threading.Event())
    monkeypatch.setattr(app.terminal, "_abandoned_driver", lambda: reader)
    lock = reader.exit_event._cond
    rescue = threading.Timer(10, lock.release)  # so that the test ends where the handler waits
    before = signal.signal(signal.SIGALRM, lambda *_: app.terminal.stop_reading())
    try:
        lock.acquire()
        rescue.start()
        signal.raise_signal(signal.SIGALRM)
        assert not reader.exit_event.is_set(), "it has waited for the lock"
        lock.release()
    finally:
        rescue.cancel()
        signal.signal(signal.SIGALRM, before)
    assert reader.exit_event.wait(10)


def test_a_mistake_of_the_screen_is_raised_and_not_drawn(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def draw_body(_: MainScreen) -> None:
        raise ZeroDivisionError("a mistake")

    app, _, feed = stage(Service().run(1))
    monkeypatch.setattr(MainScreen, "draw_body", draw_body)
    monkeypatch.setattr(MonitorApp, "run_async", partialmethod(MonitorApp.run_async, headless=True))
    monkeypatch.setattr(gc_tuning, "tune_gc", lambda: None)
    with pytest.raises(ScreenBroke) as broke:
        run_monitor(feed, app.session)
    assert isinstance(broke.value.__cause__, ZeroDivisionError)
    assert "a mistake" not in "".join(capfd.readouterr())
