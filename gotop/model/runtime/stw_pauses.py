"""Stops of the world, and the names of their reasons."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from itertools import islice

from gotop.agent.protocol import CYCLE, Stw
from gotop.model.runtime.gc_values import Pause
from gotop.model.runtime.pause_quantiles import PauseDurationsByReason

KEEP = 50_000

REASONS = (
    "unknown",
    "GC mark termination",
    "GC sweep termination",
    "write heap dump",
    "goroutine profile",
    "goroutine profile cleanup",
    "all goroutines stack trace",
    "read mem stats",
    "AllThreadsSyscall",
    "GOMAXPROCS",
    "start trace",
    "stop trace",
    "CountPagesInUse (test)",
    "ReadMetricsSlow (test)",
    "ReadMemStatsSlow (test)",
    "PageCachePagesLeaked (test)",
    "ResetDebugLog (test)",
)
"""stwReasonStrings of runtime/proc.go from Go 1.22 to 1.27: for streams that do not name them (`Symbols.stw_reasons`),
such as recordings of earlier versions of gotop, and Go versions without a layout.
"""


def reason_name(reason: int, names: Sequence[str] = REASONS) -> str:
    """Return the runtime's own name of a reason to stop the world; a number without a name shows itself."""
    if reason == CYCLE:
        return "GC cycle (both stops)"
    return names[reason] if 0 <= reason < len(names) else f"reason {reason}"


class StwPauses:
    """The last `KEEP` stops of the world, and their `durations`."""

    def __init__(self) -> None:
        self._pauses: deque[Pause] = deque()
        self.durations = PauseDurationsByReason()
        self._last_at = -1
        self._names: tuple[str, ...] = REASONS

    def name_reasons(self, names: tuple[str, ...]) -> None:
        """Learn the names of reasons to stop the world, by number; none: those known stay."""
        self._names = names or self._names

    def add_pauses(self, events: Iterable[Stw], started: int) -> int:
        """Add stops that are new, and return for how many ns they stopped the world. `started`: agent time (ns) of the
        service's start.

        Worlds are restarted one after the other: a stop that is not later than the last one is known, as a new
        connection may send some again.
        """
        stopped = 0
        for event in events:
            if event.at <= self._last_at:
                continue
            self._last_at = event.at
            stopped += event.stopped_ns
            seconds = (event.at - started) / 1e9
            # No stop takes no time at all: 0 is what stands where nobody knows.
            reason = reason_name(event.reason, self._names)
            self._keep_pause(Pause(seconds, reason, event.stopping_ns or None, event.stopped_ns))
        return stopped

    def _keep_pause(self, pause: Pause) -> None:
        self._pauses.append(pause)
        self.durations.add_pause(pause)
        if len(self._pauses) > KEEP:
            self.durations.remove_pause(self._pauses.popleft())

    def all_pauses(self) -> tuple[Pause, ...]:
        """Return all stops that are kept, oldest first."""
        return tuple(self._pauses)

    def last_pauses(self, count: int) -> list[Pause]:
        """Return at most `count` of the last stops, oldest first."""
        return list(islice(reversed(self._pauses), count))[::-1]

    def clear(self) -> None:
        """Forget all stops: another service follows."""
        self._pauses.clear()
        self.durations = PauseDurationsByReason()
        self._last_at = -1
