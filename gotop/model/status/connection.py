"""Where a session stands: whether the stream comes and how fresh it is, how it ended, what has gone wrong."""

from __future__ import annotations

from collections.abc import Callable

from gotop.agent import protocol
from gotop.model.status.values import Ending, Phase

STALE_S = 2.0
"""Without news for so long the figures are stale; longer where readings are further apart."""


class ConnectionState:
    """The stream's own state.

    Attributes:
        ending: how the service ended, None as long as it has not.
        replay: it is a recording, which does not get old.
        notice: the last that has gone wrong, for people.
        lost_events: events that were overwritten before they could be read.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self.replay = False
        self.lost_events = 0
        self.begin_connection()

    def begin_connection(self) -> None:
        """A connection has been made; what was said of the one before is history."""
        self.ending: Ending | None = None
        self._lost: protocol.Lost | None = None
        self.notice = ""
        self.note_message()

    def note_message(self) -> None:
        """Something has come."""
        self._last_message = self._clock()

    def note_loss(self, lost: protocol.Lost) -> None:
        """The stream broke off."""
        self._lost, self.notice = lost, lost.text

    def stale_s(self) -> float:
        """For how long nothing has come. A replay that is paused is not stale, and what has ended does not get old."""
        return 0.0 if self.replay or self.ending else self._clock() - self._last_message

    def phase(self, empty: bool, interval_ms: int) -> Phase:
        """`empty`: there has been no reading yet; `interval_ms`: how often one is to come."""
        if self.ending is not None:
            return Phase.ENDED
        if self._lost is not None and self.replay:
            return Phase.OVER
        if self._lost is not None:
            return Phase.RECONNECTING if self._lost.retrying else Phase.LOST
        if empty:
            return Phase.CONNECTING
        return Phase.STALE if self.stale_s() > max(STALE_S, 3 * interval_ms / 1e3) else Phase.RUNNING
