"""Frames fall into step with what comes."""

from __future__ import annotations

from itertools import pairwise

import pytest

from gotop.ui.pace import LOOK_S, Pace
from tests.ui.stage import Clock


def frames(interval_s: float, seconds: float = 10.0) -> list[float]:
    """When frames are drawn of readings that come at an interval, by somebody who looks just before each of them."""
    clock = Clock()
    begin = clock.now
    pace, drawn = Pace(5.0, clock), []
    for look in range(1, round(seconds / LOOK_S)):
        clock.now = begin + look * LOOK_S
        if pace.due(int((clock.now - begin - 0.001) / interval_s)):
            drawn.append(clock.now - begin)
    return drawn


@pytest.mark.parametrize(("interval_s", "per_second"), [(0.05, 5), (0.1, 5), (0.2, 5), (0.25, 4), (0.5, 4), (60, 4)])
def test_there_are_no_more_frames_than_one_can_follow(interval_s: float, per_second: float) -> None:
    drawn = frames(interval_s)
    assert len(drawn) == pytest.approx(per_second * 10, abs=2)
    assert min(b - a for a, b in pairwise(drawn)) > 0.19


@pytest.mark.parametrize("interval_s", [0.1, 0.2, 0.25])
def test_a_frame_follows_its_reading_at_once(interval_s: float) -> None:
    for at in frames(interval_s)[5:]:
        assert at % interval_s < LOOK_S + 0.001 or interval_s - at % interval_s < 0.001


def test_news_does_not_wait_for_its_turn_but_has_only_one_a_second() -> None:
    clock = Clock()
    pace, begin, drawn = Pace(4.0, clock), clock.now, []
    for look in range(1, 200):
        clock.now = begin + look * LOOK_S
        reading = look // 2  # every 100 ms
        news = 0 if look < 103 else 1 if look < 140 else reading  # some at 5.15 s, from 7 s on all the time
        if pace.due(reading, news):
            drawn.append(round(clock.now - begin, 2))
    gaps = [round(b - a, 2) for a, b in pairwise(drawn)]
    assert 5.15 in drawn or 5.2 in drawn
    quiet, one, busy = (
        [gap for at, gap in zip(drawn, gaps, strict=False) if a <= at < b] for a, b in ((1, 5), (5, 6.9), (7, 9))
    )
    assert min(quiet) >= 0.2
    assert sum(gap < 0.2 for gap in one) <= 1
    assert 1 <= sum(gap < 0.2 for gap in busy) <= 3
    assert min(gaps) >= 0.1
