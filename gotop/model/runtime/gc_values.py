"""What fronts read of the heap: collections, stops of the world, the allocator. Units as in `values`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class GcCycle:
    """One garbage collection. `at`, `ended`: seconds since the service's start; times of its parts and CPU times as in
    GODEBUG=gctrace=1; heap bytes: `before` → `after` marking → `marked` (live), `trigger` (None: not seen), `goal`.

    `alloc_rate`: bytes a second, allocated since the last cycle's end (`since`), that led to it; None if that was not
    seen. The runtime counts a span as allocated when it begins to fill it, so a short cycle's is a little too high.
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
        """From its begin to its end."""
        return self.sweep_term_ns + self.mark_ns + self.mark_term_ns


@dataclass(frozen=True, slots=True)
class Pause:
    """One stop of the world. `at`: seconds from the service's start to the restart of the world; `stopping_ns`: until
    all stood still, None where only the sum is known (`stopped_ns`, then): without hooks, and before Go 1.23.
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
    """A step of the time line, from `begin` on (seconds since the service's start): the highest `heap` and goal in it,
    None where nothing is known, the cycles that ended, and the longest stop of the world with how many there were.
    """

    begin: float
    heap: float | None
    goal: float | None
    cycles: int
    stops: int
    longest_ns: int


@dataclass(frozen=True, slots=True)
class DurationQuantiles:
    """Of some lengths of time: how many, and their quantiles (the least value that so many are not above)."""

    count: int
    p50_ns: int
    p99_ns: int
    max_ns: int
    total_ns: int


@dataclass(frozen=True, slots=True)
class PauseReasonSummary:
    """All stops of the world of one reason: how many, quantiles of how long they took all in all, the longest time that
    stopping took (None: not known), and their sum.
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
    """Stops of the world: until all stood still, then until the restart, of those whose parts are known; and both
    together, of all.
    """

    stopping: DurationQuantiles
    stopped: DurationQuantiles
    whole: DurationQuantiles
