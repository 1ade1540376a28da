"""When a frame is drawn: as soon as figures have come, but no more often than one can follow.

A timer that drew on its own beat showed figures that had lain there for up to one of its periods, whatever the agent's.
This one looks more often than it draws, which costs next to nothing, and so falls into step with what comes.
"""

from __future__ import annotations

import time
from collections.abc import Callable

LOOK_S = 0.05


class Pace:
    """Asked every `LOOK_S`. At most `per_second` frames, and one some time later where nothing new comes."""

    def __init__(self, per_second: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._soonest = 1 / per_second - LOOK_S / 2
        self._latest = self._soonest + LOOK_S
        self._seen: object = None
        self._drawn_at = clock()

    def due(self, state: object) -> bool:
        """Whether to draw now. `state` is something else whenever there is something new to be drawn."""
        waited, fresh = self._clock() - self._drawn_at, state != self._seen
        self._seen = state
        if waited < (self._soonest if fresh else self._latest):
            return False
        self._drawn_at += waited
        return True
