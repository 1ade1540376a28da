"""Quantiles of how long the world stood still.

Durations are kept in order and added and removed one by one, so that a quantile is a look and not a sort: a service
that collects thirty times a second has 50,000 stops, and every frame asks.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Sequence

from gotop.model.runtime.gc_values import DurationQuantiles, Pause, PauseReasonSummary, PauseSummary


def quantile(ordered: Sequence[int], percent: int) -> int:
    """Return the least of the values that at least so many percent of them are not above (nearest rank).

    Args:
        ordered: the values from small to large, at least one.
        percent: 1 to 100.
    """
    return ordered[-(-len(ordered) * percent // 100) - 1]


class SortedDurations:
    """Durations in ns, in order."""

    def __init__(self, lengths: Iterable[int] = ()) -> None:
        self._ordered = sorted(lengths)
        self._total = sum(self._ordered)

    def __bool__(self) -> bool:
        return bool(self._ordered)

    def add_duration(self, length: int) -> None:
        """Add a duration."""
        insort(self._ordered, length)
        self._total += length

    def remove_duration(self, length: int) -> None:
        """Remove one duration of this length, which must be there."""
        del self._ordered[bisect_left(self._ordered, length)]
        self._total -= length

    def quantiles(self) -> DurationQuantiles:
        """Return number, quantiles, maximum and sum; all 0 where there are no durations."""
        ordered = self._ordered
        if not ordered:
            return DurationQuantiles(0, 0, 0, 0, 0)
        return DurationQuantiles(len(ordered), quantile(ordered, 50), quantile(ordered, 99), ordered[-1], self._total)


class PauseDurations:
    """Durations of some stops of the world: until all stood still, from then on, and both together."""

    def __init__(self, pauses: Iterable[Pause] = ()) -> None:
        every = list(pauses)
        apart = [pause for pause in every if pause.stopping_ns is not None]
        self._stopping = SortedDurations([pause.stopping_ns or 0 for pause in apart])
        self._stopped = SortedDurations([pause.stopped_ns for pause in apart])
        self._whole = SortedDurations([pause.total_ns for pause in every])

    def __bool__(self) -> bool:
        return bool(self._whole)

    def add_pause(self, pause: Pause) -> None:
        """Add a pause."""
        self._whole.add_duration(pause.total_ns)
        if pause.stopping_ns is not None:
            self._stopping.add_duration(pause.stopping_ns)
            self._stopped.add_duration(pause.stopped_ns)

    def remove_pause(self, pause: Pause) -> None:
        """Remove a pause that was added."""
        self._whole.remove_duration(pause.total_ns)
        if pause.stopping_ns is not None:
            self._stopping.remove_duration(pause.stopping_ns)
            self._stopped.remove_duration(pause.stopped_ns)

    def summary(self) -> PauseSummary:
        """Return the durations of all of them."""
        return PauseSummary(self._stopping.quantiles(), self._stopped.quantiles(), self._whole.quantiles())

    def reason_summary(self, reason: str) -> PauseReasonSummary:
        """Return the figures of stops that all have this reason."""
        whole = self._whole.quantiles()
        longest = self._stopping.quantiles().max_ns if self._stopping else None
        return PauseReasonSummary(
            reason, whole.count, whole.p50_ns, whole.p99_ns, whole.max_ns, longest, whole.total_ns
        )


class PauseDurationsByReason:
    """Durations of all stops of the world, and of those of each reason."""

    def __init__(self, pauses: Iterable[Pause] = ()) -> None:
        every = list(pauses)
        self._all = PauseDurations(every)
        reasons = dict.fromkeys(pause.reason for pause in every)
        self._by_reason = {
            reason: PauseDurations(pause for pause in every if pause.reason == reason) for reason in reasons
        }

    def add_pause(self, pause: Pause) -> None:
        """Add a pause."""
        self._all.add_pause(pause)
        self._by_reason.setdefault(pause.reason, PauseDurations()).add_pause(pause)

    def remove_pause(self, pause: Pause) -> None:
        """Remove a pause that was added."""
        self._all.remove_pause(pause)
        self._by_reason[pause.reason].remove_pause(pause)
        if not self._by_reason[pause.reason]:
            del self._by_reason[pause.reason]

    def summary(self) -> PauseSummary:
        """Return the durations of all pauses."""
        return self._all.summary()

    def reason_summaries(self) -> tuple[PauseReasonSummary, ...]:
        """Return the figures of each reason, those that took longest in all first."""
        found = [stops.reason_summary(reason) for reason, stops in self._by_reason.items()]
        return tuple(sorted(found, key=lambda kind: -kind.total_ns))
