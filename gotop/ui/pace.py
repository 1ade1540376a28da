"""When a frame is drawn: as soon as figures have come, but no more often than one can follow.

A timer that drew on its own beat showed figures that had lain there for up to one of its periods, whatever the agent's.
This one looks more often than it draws, which costs next to nothing, and so falls into step with what comes.
"""

from __future__ import annotations

import time
from collections.abc import Callable

LOOK_S = 0.05

NEWS_S = 0.1
"""How soon after another frame news is drawn."""

REST_S = 1.0
"""How far apart frames are that come early: a service that has news all the time is drawn as often as any."""


class Pace:
    """Asked every `LOOK_S`. At most `per_second` frames, one more a second where there is news (code allocates that
    never did before: one may be waiting for it), and one some time later where nothing new comes.
    """

    def __init__(self, per_second: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._soonest = 1 / per_second - LOOK_S / 2
        self._latest = self._soonest + LOOK_S
        self._seen: object = None
        self._told: object = None
        self._drawn_at = self._early_at = clock()

    def due(self, state: object, news: object = None) -> bool:
        """Whether to draw now. `state` is something else whenever there is something new to be drawn; `news` is when
        that should not wait.
        """
        now = self._clock()
        waited, fresh = now - self._drawn_at, state != self._seen
        self._seen = state
        if waited < (self._soonest if fresh else self._latest):
            if news == self._told or waited < NEWS_S - LOOK_S / 2 or now - self._early_at < REST_S:
                return False
            self._early_at = now
        self._told = news
        self._drawn_at = now
        return True
