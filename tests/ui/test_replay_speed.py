"""The next speed of a replay, from wherever it is."""

from __future__ import annotations

import pytest

from gotop.ui import replay_speed
from gotop.ui.feed import Abilities, Position
from gotop.ui.replay_speed import SPEEDS
from tests.ui.stage import StillFeed


def at(speed: float) -> StillFeed:
    return StillFeed(Abilities(replay=True), Position(1.0, 10.0, speed, False))


@pytest.mark.parametrize(
    ("speed", "step", "wanted"),
    [(1.0, 1, 2.0), (1.0, -1, 0.5), (SPEEDS[-1], 1, SPEEDS[-1]), (SPEEDS[0], -1, SPEEDS[0]), (3.9, 1, 8.0),
     (1000.0, -1, 16.0)],
)  # fmt: skip
async def test_the_next_of_the_speeds(speed: float, step: int, wanted: float) -> None:
    feed = at(speed)
    await replay_speed.change(feed, step)
    assert feed.calls == [("speed", wanted)]


async def test_a_live_session_has_no_speed() -> None:
    feed = StillFeed(Abilities(live=True))
    await replay_speed.change(feed, 1)
    assert feed.calls == []
