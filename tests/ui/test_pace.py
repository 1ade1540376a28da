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
