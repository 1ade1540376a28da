"""How fast a recording is replayed."""

from __future__ import annotations

from gotop.ui.feed import Feed

SPEEDS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 64.0)
"""Times real time."""


async def change(feed: Feed, step: int) -> None:
    """Choose the next of `SPEEDS` (1) or the one before (-1); in a live session, nothing."""
    if position := feed.position:
        nearest = min(range(len(SPEEDS)), key=lambda index: abs(SPEEDS[index] - position.speed))
        await feed.set_speed(SPEEDS[min(max(nearest + step, 0), len(SPEEDS) - 1)])
