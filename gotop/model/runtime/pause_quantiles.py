"""How long the world stood still: quantiles of many stops, which cost no more than those of a few.

Lengths are kept in order, so that a quantile is a look and not a sort. Each comes and goes by itself: a service that
collects thirty times a second has 50,000 stops to look at, in every frame.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable

from gotop.model.runtime.gc_values import Pause, PauseSummary, Quantiles, StopKind


class Lengths:
    """Some lengths of time, ns."""

    def __init__(self, lengths: Iterable[int] = ()) -> None:
        self._ordered = sorted(lengths)
        self._total = sum(self._ordered)

    def __bool__(self) -> bool:
        return bool(self._ordered)

    def add(self, length: int) -> None:
        """One more."""
        insort(self._ordered, length)
        self._total += length

    def drop(self, length: int) -> None:
        """One of this length less; there is one."""
        del self._ordered[bisect_left(self._ordered, length)]
        self._total -= length

    def quantiles(self) -> Quantiles:
        """All 0 where there are none."""
        ordered, last = self._ordered, len(self._ordered) - 1
        if last < 0:
            return Quantiles(0, 0, 0, 0, 0)
        return Quantiles(last + 1, ordered[last * 50 // 100], ordered[-(-last * 99 // 100)], ordered[-1], self._total)


class Stops:
    """The lengths of some stops: until all stood still, from then on, and both together."""

    def __init__(self, pauses: Iterable[Pause] = ()) -> None:
        every = list(pauses)
        apart = [pause for pause in every if pause.stopping_ns is not None]
        self._stopping = Lengths([pause.stopping_ns or 0 for pause in apart])
        self._stopped = Lengths([pause.stopped_ns for pause in apart])
        self._whole = Lengths([pause.total_ns for pause in every])

    def __bool__(self) -> bool:
        return bool(self._whole)

    def add(self, pause: Pause) -> None:
        """One more."""
        self._whole.add(pause.total_ns)
        if pause.stopping_ns is not None:
            self._stopping.add(pause.stopping_ns)
            self._stopped.add(pause.stopped_ns)

    def drop(self, pause: Pause) -> None:
        """One less, of those that were added."""
        self._whole.drop(pause.total_ns)
        if pause.stopping_ns is not None:
            self._stopping.drop(pause.stopping_ns)
            self._stopped.drop(pause.stopped_ns)

    def summary(self) -> PauseSummary:
        """How long they were."""
        return PauseSummary(self._stopping.quantiles(), self._stopped.quantiles(), self._whole.quantiles())

    def kind(self, reason: str) -> StopKind:
        """The same of stops that are all for one reason."""
        whole = self._whole.quantiles()
        longest = self._stopping.quantiles().max_ns if self._stopping else None
        return StopKind(reason, whole.count, whole.p50_ns, whole.p99_ns, whole.max_ns, longest, whole.total_ns)


class StopsByReason:
    """All stops, and those of each reason."""

    def __init__(self, pauses: Iterable[Pause] = ()) -> None:
        every = list(pauses)
        self._all = Stops(every)
        reasons = dict.fromkeys(pause.reason for pause in every)
        self._kinds = {reason: Stops(pause for pause in every if pause.reason == reason) for reason in reasons}

    def add(self, pause: Pause) -> None:
        """One more."""
        self._all.add(pause)
        self._kinds.setdefault(pause.reason, Stops()).add(pause)

    def drop(self, pause: Pause) -> None:
        """One less, of those that were added."""
        self._all.drop(pause)
        self._kinds[pause.reason].drop(pause)
        if not self._kinds[pause.reason]:
            del self._kinds[pause.reason]

    def summary(self) -> PauseSummary:
        """How long all of them were."""
        return self._all.summary()

    def kinds(self) -> tuple[StopKind, ...]:
        """The stops of each reason, those that took longest in all first."""
        found = [stops.kind(reason) for reason, stops in self._kinds.items()]
        return tuple(sorted(found, key=lambda kind: -kind.total_ns))
