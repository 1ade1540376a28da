"""The state of the connection: whether the stream comes, how fresh it is, how it ended."""

from __future__ import annotations

from collections.abc import Callable

from gotop.agent import protocol
from gotop.model.status.values import Ending, Phase

STALE_S = 2.0
"""Without a reading for so long the figures are stale; longer where readings are further apart."""


class ConnectionState:
    """The state of the stream of messages.

    Attributes:
        ending: how the service ended, None as long as it has not.
        replay: the stream is a recording, which does not get stale.
        notice: the last thing that went wrong, as a text for people.
        lost_events: events that were overwritten before they could be read.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self.replay = False
        self.lost_events = 0
        self._last_reading = clock()
        self._last_at = 0.0
        self._ahead: float | None = None
        """By how much the clock is ahead of the agent's time, as far as its greeting tells."""
        self.begin_connection()

    def begin_connection(self, agent_time: float | None = None) -> None:
        """Forget what was known of the connection before. `agent_time`: that of the greeting (s)."""
        self._ahead = None if agent_time is None else self._clock() - agent_time
        self.ending: Ending | None = None
        self._lost: protocol.Lost | None = None
        self.notice = ""

    def note_reading(self, at: float) -> None:
        """Note that a reading of an instant (agent time, s) has come just now: what else comes does not make the
        figures any younger.
        """
        self._last_reading, self._last_at = self._clock(), at

    def note_loss(self, lost: protocol.Lost) -> None:
        """Note that the stream broke off."""
        self._lost, self.notice = lost, lost.text

    def stale_s(self) -> float:
        """Return for how many seconds no reading has come; 0 for replays and services that have ended."""
        return 0.0 if self.replay or self.ending else self._clock() - self._last_reading

    def age_s(self) -> float:
        """Return how old the last reading is, also where it has waited to be taken in."""
        stale = self.stale_s()
        if self._ahead is None or self.replay or self.ending:
            return stale
        return max(stale, self._clock() - self._ahead - self._last_at)

    def phase(self, empty: bool, interval_ms: int) -> Phase:
        """Return the phase of the session. `empty`: there has been no reading yet; `interval_ms`: how often readings
        are to come.
        """
        if self.ending is not None:
            return Phase.ENDED
        if self._lost is not None and self.replay:
            return Phase.OVER
        if self._lost is not None:
            return Phase.RECONNECTING if self._lost.retrying else Phase.LOST
        if empty:
            return Phase.CONNECTING
        return Phase.STALE if self.stale_s() > max(STALE_S, 3 * interval_ms / 1e3) else Phase.RUNNING
