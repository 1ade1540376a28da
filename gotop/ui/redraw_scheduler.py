"""When a frame is drawn: as soon as figures have come, but no more often than one can follow.

Nobody looks at a clock for that, which at 20 times a second would cost as much as a third of the frames: what comes
says when it is to be drawn, and a frame draws all that has come until then.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

SLACK = 0.25
"""By what part of the time between frames one may come early, to fall into step with what comes: the next one is later
by as much.
"""

GRACE_S = 0.02
"""How much later than due what has come too early for a frame is drawn: the next reading may be about to come."""

NEWS_S = 0.1
"""How soon after another frame news is drawn."""

REST_S = 1.0
"""How far apart frames are that come early for news: a service that has news all the time is drawn as often as any."""


class FramePacer:
    """At most `per_second` frames, one more a second where there is news (code allocates that never did before: one
    may be waiting for it), and half as many where nothing comes: clocks go on. Times are in seconds, of any clock.
    """

    def __init__(self, per_second: float, now: float) -> None:
        self._period = 1 / per_second
        self._due = now + self._period
        self._drawn = self._early = now
        self._news_drawn: object = None

    def due(self, now: float, news: object = None) -> float:
        """When to draw what has come now. `news` is something else whenever there is something that should not wait."""
        due = now if now >= self._due - SLACK * self._period else self._due + GRACE_S
        if news != self._news_drawn:
            due = min(due, max(now, self._drawn + NEWS_S, self._early + REST_S))
        return due

    def drawn(self, now: float, news: object = None) -> float:
        """A frame is drawn now; when the next one is due where nothing comes."""
        if now < self._due - SLACK * self._period:
            self._early = now
        else:
            self._due = max(self._due, now - self._period * SLACK) + self._period
        self._drawn, self._news_drawn = now, news
        return now + (2 + SLACK) * self._period


class FrameScheduler:
    """Calls `draw` for each frame, on the event loop that runs when it is made."""

    def __init__(self, per_second: float, draw: Callable[[], object]) -> None:
        self._loop = asyncio.get_running_loop()
        self._draw = draw
        self._news: object = None
        self._pace = FramePacer(per_second, self._loop.time())
        self._next = self._at(self._pace.drawn(self._loop.time()))

    def ask(self, news: object = None) -> None:
        """Ask for a frame: something has come, see `FramePacer.due`."""
        self._news = news
        due = self._pace.due(self._loop.time(), news)
        if due < self._next.when():
            self._next.cancel()
            self._next = self._at(due)

    def end(self) -> None:
        """Stop: no more frames are drawn."""
        self._next.cancel()

    def _at(self, when: float) -> asyncio.TimerHandle:
        return self._loop.call_at(when, self._frame)

    def _frame(self) -> None:
        self._next = self._at(self._pace.drawn(self._loop.time(), self._news))
        self._draw()
