"""The goroutine view: its pages and what stands in their rows."""

from __future__ import annotations

import pytest

from gotop.agent.protocol import Ended
from gotop.model.runtime.goroutine_values import GoroutineSite
from gotop.ui.feed import Abilities, Position
from gotop.ui.goroutines.stacks_screen import GoroutineStacks
from tests.ui.busy import Busy
from tests.ui.looking import page_rows, screen_text
from tests.ui.pressing import Snap, pressing
from tests.ui.stage import stage
from tests.ui.synthetic import Service

SIZES = [(60, 20), (80, 24), (120, 40), (200, 50), (300, 70)]


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}")
def test_goroutines(snap_compare: Snap, size: tuple[int, int]) -> None:
    app, _, _ = stage(Busy().run(45))
    assert snap_compare(app, terminal_size=size, run_before=pressing("4", "down", "down"))


def test_other_pages(snap_compare: Snap) -> None:
    app, _, _ = stage(Busy().run(45))
    keys = ["5", "T", "4", "t", "t", "slash", *"goroutine"]
    assert snap_compare(app, terminal_size=(100, 30), run_before=pressing(*keys))


def test_nothing_there_yet(snap_compare: Snap) -> None:
    app, _, _ = stage([Busy().hello()])
    assert snap_compare(app, terminal_size=(80, 24), run_before=pressing("4"))


SIZE = (140, 40)


async def test_goroutines_are_read_only_while_one_looks() -> None:
    app, _, feed = stage(Busy().run(3))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("2", "4", "t", "down", "enter")
        await pilot.pause()
        assert isinstance(app.screen, GoroutineStacks)
        assert feed.calls == [("goroutines", True)], "also while one looks at one of them"
        await pilot.press("5", "4", "1")
        assert feed.calls[1:] == [("goroutines", False), ("goroutines", True), ("goroutines", False)]


async def test_living_goroutines_beside_the_runtimes_own_count() -> None:
    app, _, _ = stage(Busy().run(20))
    async with app.run_test(size=(160, 40)) as pilot:
        await pilot.press("4")
        await pilot.pause()
        text = screen_text(app)
        live = app.session.runtime.live_goroutines()
        assert live is not None
        assert f"{live.user}  NumGoroutine {app.session.goroutines().live}" in text
        assert "read 0.2 s ago" in text and "main's first stack" in text
        (serve,) = [row for row in page_rows(app) if isinstance(row, GoroutineSite) and "conn).serve" in row.starts]
        assert (serve.live, serve.states[0]) == (224, ("IO wait", 212))
        assert (serve.new or 0) + (serve.reused or 0) == serve.created and serve.growths > serve.shrinks > 0
        assert "IO wait 212, " in text


async def test_without_a_reading_it_says_why() -> None:
    app, _, _ = stage(Busy(readings=False).run(5))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("4")
        await pilot.pause()
        assert "The agent is asked for a reading" in screen_text(app)
    replay, _, _ = stage(Service().run(5), Abilities(live=False, replay=True), Position(5.0, 60.0, 1.0, False))
    async with replay.run_test(size=SIZE) as pilot:
        await pilot.press("4")
        await pilot.pause()
        assert "No reading in this recording" in screen_text(replay)


async def test_after_the_end_no_reading_is_waited_for() -> None:
    busy = [*Busy(readings=False).run(5), Ended(5_005_000_000_000, 0, None, False, False, False)]
    app, _, _ = stage(busy)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("4")
        await pilot.pause()
        text = screen_text(app)
        assert "asked for a reading" not in text
        assert "No reading before the end  " in text, "with room beside it, also on a narrow screen"
