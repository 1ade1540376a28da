"""Windows, marks, pause and steps back, without a screen."""

from __future__ import annotations

import pytest

from gotop.model.queries import Window
from gotop.model.session import Session
from gotop.ui.time_cursor import STEP_S, TimeCursor
from tests.ui.stage import Clock
from tests.ui.synthetic import Service


class Scene:
    """A service, its session, and the cursor that looks at it."""

    def __init__(self, seconds: float) -> None:
        self.clock = Clock()
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
