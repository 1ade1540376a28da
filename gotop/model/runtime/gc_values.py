"""Values about the heap as a whole: collections, stops of the world, the time line. Units as in `gotop.model.values`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class GcCycle:
    """One garbage collection. `at`, `ended`: seconds since the service's start; the durations of its phases and its CPU
    times are those of GODEBUG=gctrace=1. Heap bytes: `before` it, `after` marking, `marked` as live; `trigger` (None:
    not seen) and `goal`.

    `alloc_rate`: bytes allocated a second since the last cycle's end (`since`), None if that was not seen. The runtime
    counts a span as allocated when it begins to fill it, so the rate of a short cycle is a little too high.
    """

    number: int
    at: float
    ended: float
    sweep_term_ns: int
    mark_ns: int
    mark_term_ns: int
    trigger: int | None
    before: int
    after: int
    marked: int
    goal: int
    stacks: int
    globals: int
    assist_ns: int
    background_ns: int
    idle_ns: int
    pause_ns: int
    procs: int
    cpu_fraction: float
    forced: bool
    alloc_rate: float | None
    since: float | None

    @property
    def lasted_ns(self) -> int:
        """Duration of the whole cycle."""
        return self.sweep_term_ns + self.mark_ns + self.mark_term_ns


@dataclass(frozen=True, slots=True)
class Pause:
    """One stop of the world. `at`: seconds from the service's start to the restart of the world; `stopping_ns`: from
    the wish to stop until all goroutines stood still, `stopped_ns`: from then to the restart. Without hooks, and before
    Go 1.23, only the sum of a cycle's stops is known: `stopping_ns` is None and `stopped_ns` the sum.
    """

    at: float
    reason: str
    stopping_ns: int | None
    stopped_ns: int

    @property
    def total_ns(self) -> int:
        """From the wish to stop to the restart."""
        return (self.stopping_ns or 0) + self.stopped_ns


@dataclass(frozen=True, slots=True)
class HeapBin:
    """A step of the time line from `begin` on (seconds since the service's start): the highest heap and goal in it
    (None: not known), the number of cycles that ended in it, and number and longest duration of stops of the world.
    """

    begin: float
    heap: float | None
    goal: float | None
    cycles: int
    stops: int
    longest_ns: int


@dataclass(frozen=True, slots=True)
class DurationQuantiles:
    """Number, quantiles, maximum and sum of some durations; a quantile is the least value that so many are not above.
    """

    count: int
    p50_ns: int
    p99_ns: int
    max_ns: int
    total_ns: int


@dataclass(frozen=True, slots=True)
class PauseReasonSummary:
    """All stops of the world of one reason: their number, quantiles, maximum and sum, and the longest time that
    stopping took (None: not known).
    """

    reason: str
    count: int
    p50_ns: int
    p99_ns: int
    max_ns: int
    stopping_max_ns: int | None
    total_ns: int


@dataclass(frozen=True, slots=True)
class PauseSummary:
    """Durations of stops of the world: `stopping` and `stopped` of those whose parts are known, `whole` of all."""

    stopping: DurationQuantiles
    stopped: DurationQuantiles
    whole: DurationQuantiles
