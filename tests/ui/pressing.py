"""Keys that are pressed before a snapshot is taken."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from textual.pilot import Pilot

Snap = Callable[..., bool]
Press = Callable[[Pilot[Any]], Awaitable[None]]


def pressing(*keys: str) -> Press:
    async def run(pilot: Pilot[Any]) -> None:
        await pilot.pause()
        await pilot.press(*keys)
        await pilot.pause()

    return run
