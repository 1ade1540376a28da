"""FrameScheduler fall into step with what comes."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import pairwise

import pytest

from gotop.ui.redraw_scheduler import FramePacer

Frame = tuple[float, float]
"""When it was drawn, and when the newest reading in it had come."""


def frames(
    interval_s: float, seconds: float = 20.0, jitter_s: float = 0.0, news: Callable[[float], int] = lambda _: 0
) -> list[Frame]:
    """FrameScheduler of readings that come at an interval, give or take something."""
    chance = random.Random(1)
    pace, drawn, last, newest = FramePacer(4.0, 0.0), list[Frame](), 0.0, 0
    waits_until = pace.drawn(0.0)
    readings = [number * interval_s + chance.uniform(0, jitter_s) for number in range(1, int(seconds / interval_s) + 1)]
    for at in [*readings, seconds]:
        while waits_until <= at:
            drawn.append((waits_until, last))
            waits_until = pace.drawn(waits_until, newest)
        last, newest = at, news(at)
        waits_until = min(waits_until, max(at, pace.due(at, newest)))
    return drawn


@pytest.mark.parametrize(
    ("interval_s", "per_second"), [(0.01, 4), (0.05, 4), (0.1, 4), (0.2, 4), (0.25, 4), (0.5, 2), (60, 1.75)]
)
def test_there_are_no_more_frames_than_one_can_follow(interval_s: float, per_second: float) -> None:
    drawn = [at for at, _ in frames(interval_s)]
    assert len(drawn) / 20 == pytest.approx(per_second, rel=0.06)
    assert min(b - a for a, b in pairwise(drawn)) > 0.18
    for at in drawn:
        assert sum(at <= other < at + 2 for other in drawn) <= 9


@pytest.mark.parametrize(
    ("interval_s", "late_s"), [(0.05, 0.03), (0.1, 0.01), (0.2, 0.08), (0.25, 0), (0.5, 0), (1, 0)]
)
def test_a_reading_is_soon_drawn(interval_s: float, late_s: float) -> None:
    drawn = frames(interval_s)
    readings = {last for _, last in drawn if last}
    first = [next(at for at, newest in drawn if newest == reading) - reading for reading in readings]
    assert sum(first) / len(first) <= late_s + 0.001


@pytest.mark.parametrize("jitter_s", [0.0, 0.01, 0.03, 0.09])
def test_readings_that_come_unevenly_make_as_many_frames(jitter_s: float) -> None:
    assert len(frames(0.1, jitter_s=jitter_s)) == pytest.approx(80, abs=3)


def test_news_does_not_wait_for_its_turn_but_has_only_one_a_second() -> None:
    # Some at 5.1 s, from 7 s on all the time.
    drawn = [at for at, _ in frames(0.1, news=lambda at: 0 if at < 5.05 else 1 if at < 7 else round(at * 10))]
    assert any(at == pytest.approx(5.1) for at in drawn)
    gaps = [(b - a, b) for a, b in pairwise(drawn)]
    quiet, one, busy = ([gap for gap, at in gaps if a <= at < b] for a, b in ((1, 5), (5, 6.9), (7, 19)))
    assert min(quiet) >= 0.19
    assert sum(gap < 0.19 for gap in one) <= 2
    assert 10 <= sum(gap < 0.19 for gap in busy) <= 24
    assert len(busy) <= 5.1 * 12
    assert min(gap for gap, _ in gaps) >= 0.099
