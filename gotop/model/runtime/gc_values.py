"""What fronts read of the heap: collections, stops of the world, the allocator. Units as in `values`."""

from __future__ import annotations

from dataclasses import dataclass

from gotop.model.values import SiteKey


@dataclass(frozen=True, slots=True)
class Cycle:
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
class SiteShare:
    """A site's part in something: what it allocated, what rounding added, and its share of all bytes of that. `twins`
    and `siblings` as of `gotop.model.values.SiteRow`, among the sites of the same answer.
    """

    key: SiteKey
    allocs: int
    bytes: int
    share: float
    waste: int = 0
    twins: bool = False
    siblings: bool = False

    @property
    def function(self) -> str:
        """Of the site."""
        return self.key.function

    @property
    def file(self) -> str:
        """Of the site."""
        return self.key.file

    @property
    def line(self) -> int:
        """Of the site."""
        return self.key.line

    @property
    def type(self) -> str:
        """Of the site."""
        return self.key.type

    @property
    def average(self) -> float:
        """Bytes of one allocation."""
        return self.bytes / self.allocs

    @property
    def lost(self) -> float:
        """The share of what its objects take that nobody asked for."""
        return self.waste / (self.bytes + self.waste) if self.waste else 0.0


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
class Quantiles:
    """Of some lengths of time: how many, and their quantiles (the least value that so many are not above)."""

    count: int
    p50_ns: int
    p99_ns: int
    max_ns: int
    total_ns: int


@dataclass(frozen=True, slots=True)
class StopKind:
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

    stopping: Quantiles
    stopped: Quantiles
    whole: Quantiles


@dataclass(frozen=True, slots=True)
class PathShare:
    """Heap allocations that went one way through the allocator: `tiny`, `small without pointers`, `small with
    pointers`, `large`, or `unknown`. `waste`: lost to rounding; `share` of all bytes of the question asked.
    """

    path: str
    allocs: int
    bytes: int
    waste: int
    share: float


@dataclass(frozen=True, slots=True)
class SizeClass:
    """A size class, as the runtime itself counts it since the service's start. `size` 0: large objects, whose bytes are
    their own; `live`: objects not yet found dead, and their bytes. Rates: since the reading about a second before.

    `asked`, `asked_bytes`, `waste`: of the allocations counted since the hooks were placed those known to be of this
    class, the bytes asked for, and those lost to rounding. They are known by their stacks: one whose objects have, on
    average, the size of a class is taken to have only such ones, which is an estimate; the rest has `size` -1.
    """

    size: int
    mallocs: int
    frees: int
    bytes: int
    live: int
    mallocs_per_s: float
    live_bytes: int = 0
    asked: int = 0
    asked_bytes: int = 0
    waste: int = 0

    @property
    def lost(self) -> float | None:
        """The share of what the counted objects take that nobody asked for; None where none were counted."""
        return self.waste / (self.asked_bytes + self.waste) if self.asked_bytes else None
