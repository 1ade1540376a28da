"""Windows, marks, pause and steps back, without a screen."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gotop.agent.protocol import Ended
from gotop.model.queries import Window
from gotop.model.runtime.gc_values import GcCycle
from gotop.model.session import Session
from gotop.ui.app import MonitorApp
from gotop.ui.feed import Abilities, Position
from gotop.ui.time_cursor import STEP_S, TimeCursor
from tests.streams import SECOND, Clock, tick
from tests.ui.busy import Busy
from tests.ui.looking import page_rows, site_rows, text_of
from tests.ui.stage import go_on, stage
from tests.ui.synthetic import Service


class Scene:
    """A service, its session, and the cursor that looks at it."""

    def __init__(self, seconds: float) -> None:
        self.clock = Clock(1000.0)
        self.service = Service()
        self.session = Session(self.clock)
        self.time = TimeCursor(self.session, self.clock)
        for message in self.service.run(seconds):
            self.session.apply(message)

    def go_on(self, seconds: float) -> None:
        for _ in range(round(seconds * 1000 / self.service.interval_ms)):
            self.clock.now += self.service.interval_ms / 1000
            for message in self.service.tick():
                self.session.apply(message)


def test_windows_go_round_and_the_marks_own_is_among_them_only_where_there_is_a_mark() -> None:
    scene = Scene(20)
    seen = []
    for _ in range(4):
        seen.append(scene.time.window)
        scene.time.next_window()
    assert scene.time.window is seen[0] and set(seen) == {Window.NOW, Window.S10, Window.S60, Window.TOTAL}
    scene.time.set_window(Window.S60)
    assert scene.time.mark() == 1 and scene.time.window is Window.MARK and Window.MARK in scene.time.windows()
    assert scene.time.mark() == 2 == scene.time.mark(), "two at most"
    scene.time.forget_marks()
    assert scene.time.window is Window.S60 and scene.session.now.marks == ()


def test_nothing_can_be_marked_before_the_first_reading() -> None:
    scene = Scene(0)
    assert scene.time.mark() == 0 and scene.time.window is Window.S10


def test_a_pause_holds_the_moment_and_counts_its_seconds() -> None:
    scene = Scene(20)
    assert not scene.time.paused and scene.time.paused_seconds is None
    scene.time.pause()
    at = scene.time.moment.at
    scene.go_on(7)
    assert scene.time.moment.at == at and scene.time.paused_seconds == pytest.approx(7)
    assert scene.time.back_seconds is None, "a pause is no step back"
    assert scene.time.runtime.seconds < scene.session.runtime.seconds
    scene.time.go_live()
    assert scene.time.moment is scene.session.now and not scene.time.paused
    assert scene.time.runtime is scene.session.runtime


def test_steps_lead_back_as_far_as_something_is_kept_and_forward_to_what_is_live() -> None:
    scene = Scene(60)
    assert scene.time.step(-1) and scene.time.back_seconds == pytest.approx(STEP_S, abs=1.1)
    assert scene.time.step(-1) and scene.time.back_seconds == pytest.approx(2 * STEP_S, abs=1.1)
    assert scene.time.paused and scene.time.paused_seconds is None
    steps = 0
    while scene.time.step(-1):
        steps += 1
        assert steps < 100
    oldest = scene.time.moment.at
    assert not scene.time.step(-1) and scene.time.moment.at == oldest, "nothing older is kept"
    while scene.time.paused:
        before = scene.time.moment.at
        assert scene.time.step(1) and scene.time.moment.at > before
    assert scene.time.back_seconds is None


SIZE = (120, 40)


def tabs(app: MonitorApp) -> str:
    return text_of(app.main_screen.second_line(200))


async def test_stepping_back_while_data_goes_on_arriving() -> None:
    service = Service()
    app, clock, _ = stage(service.run(60))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("left_square_bracket", "left_square_bracket")
        assert app.time.back_seconds == pytest.approx(10, abs=1.1) and "back" in tabs(app)
        then = site_rows(app)
        go_on(app, clock, service, 5)
        assert site_rows(app) == then and app.time.back_seconds == pytest.approx(15, abs=1.1)
        await pilot.press("s", "s")
        assert sorted(site_rows(app), key=lambda row: row.key) == sorted(then, key=lambda row: row.key)
        await pilot.press("enter")
        stacks = getattr(app.screen, "_stacks", ())
        assert sum(stack.bytes for stack in stacks) in [row.bytes for row in then], "stacks of then, too"
        await pilot.press("escape", "right_square_bracket")
        assert app.time.back_seconds is not None and app.time.back_seconds < 14
        for _ in range(3):
            await pilot.press("right_square_bracket")
        assert app.time.back_seconds is None and not app.time.paused and site_rows(app) != then
        for _ in range(80):
            await pilot.press("left_square_bracket")
        assert app.time.back_seconds == pytest.approx(65, abs=1.5), "as far as it goes, and no further"
        await pilot.press("end")
        assert not app.time.paused


async def test_a_mark_can_be_set_while_paused_and_in_the_past() -> None:
    service = Service()
    app, clock, _ = stage(service.run(40))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("space")
        go_on(app, clock, service, 5)
        await pilot.press("m", "space")
        assert app.session.now.marks == (pytest.approx(5),)
        await pilot.press("left_square_bracket", "left_square_bracket", "m", "end")
        marks = app.session.now.marks
        assert marks[0] == pytest.approx(10, abs=1.1) and marks[1] == pytest.approx(5)


@pytest.mark.parametrize("key", ["space", "left_square_bracket"])
async def test_a_moment_ends_with_the_program_it_is_of(key: str) -> None:
    service = Service(extra_sites=50)
    app, _, _ = stage(service.run(40))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("3", key)
        assert app.time.paused
        rebuilt = Service()
        _, *others = rebuilt.opening()
        for message in [replace(rebuilt.hello(), pid=5, build_id="y"), *others, *rebuilt.tick()]:
            app.session.apply(message)
        app.redraw()
        assert not app.time.paused and app.time.paused_seconds is None and app.time.back_seconds is None
        await pilot.press("m")
        assert app.session.now.marks == (0,), "of what is shown"
        for view in "1234567":
            await pilot.press(view)


async def test_marks_in_a_replay_but_no_steps() -> None:
    abilities = Abilities(live=False, replay=True)
    app, _, feed = stage(Service().run(20), abilities, Position(3.0, 60.0, 1.0, True))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("left_square_bracket", "m", "e")
        assert feed.calls == [("speed", 0.5)] and not app.time.paused
        assert app.session.now.marks == (0.0,) and app.screen is app.main_screen


async def test_pause_and_the_past_hold_for_goroutines_and_cycles() -> None:
    service = Busy()
    app, clock, _ = stage(service.run(60))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("4", "space")
        created = page_rows(app)
        go_on(app, clock, service, 5)
        assert page_rows(app) == created
        await pilot.press("space")
        assert page_rows(app) != created
        await pilot.press("5")
        newest = page_rows(app)[0]
        await pilot.press("left_square_bracket", "left_square_bracket")
        then = page_rows(app)[0]
        assert isinstance(newest, GcCycle) and isinstance(then, GcCycle) and then.number < newest.number


def ended(scene: Scene) -> None:
    scene.session.apply(Ended(23 * SECOND, 0, None, False, False, False))
    scene.time.follow_phase()


def test_after_the_end_everything_is_shown_unless_a_window_was_chosen() -> None:
    scene = Scene(20)
    scene.time.follow_phase()
    assert (scene.time.window, scene.time.shows_whole_run) == (Window.S10, False)
    ended(scene)
    assert (scene.time.window, scene.time.shows_whole_run) == (Window.TOTAL, True)
    scene.time.next_window()
    scene.time.follow_phase()
    assert (scene.time.window, scene.time.shows_whole_run) == (Window.NOW, False)
    chosen = Scene(20)
    chosen.time.pick_window(Window.S60)
    ended(chosen)
    assert chosen.time.window is Window.S60


async def test_after_the_end_rows_are_ordered_by_bytes_and_have_that_column() -> None:
    service = Service()
    app, _, _ = stage([*service.run(20), Ended(5_020 * SECOND, 0, None, False, False, False)])
    async with app.run_test(size=(100, 30)) as pilot:
        app.redraw(force=True)
        await pilot.pause()
        table = app.main_screen.sites.table
        assert "bytes" in [column.name for column in table.visible_columns()]
        assert table.sorted_by == ("bytes", False)


async def test_an_idle_service_says_that_nothing_was_allocated_and_which_key_shows_what_was() -> None:
    app, _, _ = stage(Service().run(3))
    last = app.session._gauges.totals
    for second in range(1, 30):
        app.session.apply(replace(tick(second), at=5_003 * SECOND + second * SECOND, totals=last))
    async with app.run_test(size=(120, 30)) as pilot:
        app.redraw(force=True)
        await pilot.pause()
        assert "nothing in 10 s: w" in "".join(text for _, line in app.main_screen.view.note() for text, _ in line)
        await pilot.press("w", "w")
        assert "nothing in" not in "".join(text for _, line in app.main_screen.view.note() for text, _ in line)
