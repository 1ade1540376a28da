"""What fronts read of the runtime: goroutines, stacks, garbage collection, the allocator. Units as in `values`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from gotop.model.values import Frame, GoSite, SiteKey


@dataclass(frozen=True, slots=True)
class GoroutineSite(GoSite):
    """A `go` statement with its living goroutines, as of the last reading of all; None without one. `created` is 0
    where all of them are older than the hooks.

    `states`: how many in each state, most first; `system`: the runtime's own, which runtime.NumGoroutine leaves out.
    `new`: of the created, those that got a newly allocated stack, `reused`: that took a dead one's; None where the same
    statement started other functions, too, for their stacks are not told apart. `growths`, `shrinks`, `copied`: of the
    stacks of all goroutines that run the function, whichever statement started them (`shared`: there are several).
    """

    live: int | None
    stack_bytes: int | None
    states: tuple[tuple[str, int], ...]
    system: bool
    new: int | None = None
    reused: int | None = None
    growths: int = 0
    shrinks: int = 0
    copied: int = 0
    shared: bool = False

    @property
    def key(self) -> SiteKey:
        """Its identity, as that of a site whose type is the function started."""
        return SiteKey(self.function, self.file, self.line, self.starts)

    @property
    def state(self) -> str:
        """What most of them do, "" where none lives."""
        return self.states[0][0] if self.states else ""


@dataclass(frozen=True, slots=True)
class Live:
    """All goroutines at one reading (`at`: seconds since the service's start; `took_ns` to make).

    `user` is runtime.NumGoroutine, `system` the runtime's own, `dead` those kept for reuse. Stack bytes are at most
    MemStats.StackInuse, which has free stacks and those of threads as well. `folded`: rows that were not listed one by
    one. `missing`: why there is no reading, "" if there is.
    """

    at: float
    took_ns: int
    user: int
    system: int
    dead: int
    states: tuple[tuple[str, int], ...]
    stack_bytes: int
    dead_stack_bytes: int
    folded: int
    missing: str


@dataclass(frozen=True, slots=True)
class Resize:
    """Stacks copied from one size to another."""

    old: int
    new: int
    count: int
    per_s: float


@dataclass(frozen=True, slots=True)
class GrowthSite:
    """A function whose entry needed more stack, or that stood on top of one that shrank. `copied` is the most that can
    have been copied: all of the smaller of the two stacks. `sizes`: most frequent first.
    """

    function: str
    file: str
    line: int
    growths: int
    shrinks: int
    growths_per_s: float
    shrinks_per_s: float
    copied: int
    sizes: tuple[Resize, ...]

    @property
    def key(self) -> SiteKey:
        """Its identity."""
        return SiteKey(self.function, self.file, self.line, "")

    @property
    def largest(self) -> int:
        """Bytes of the largest stack that came of it."""
        return max((size.new for size in self.sizes), default=0)


class Owner(Enum):
    """Whose a newly allocated stack is."""

    MAIN = "main goroutine"
    GOROUTINE = "goroutine"
    SIGNALS = "signals of a thread"
    THREAD = "thread"


@dataclass(frozen=True, slots=True)
class NewStackSite:
    """Where stacks were newly allocated: a `go` statement, or where the runtime makes threads; `size`: of one of them,
    on average.
    """

    function: str
    file: str
    line: int
    owner: Owner
    count: int
    per_s: float
    bytes: int
    size: float

    @property
    def key(self) -> SiteKey:
        """Its identity, as that of a site whose type is the stack's owner."""
        return SiteKey(self.function, self.file, self.line, self.owner.value)


@dataclass(frozen=True, slots=True)
class RuntimeStack:
    """A stack of a `go` statement (the creation chain), a new stack or a copied one, with what it counted. `size`: of
    one new or copied stack on average, 0 for `go` statements; `before`: of a copied stack, its size until then. `id`
    stays the same through reconnection.
    """

    id: int
    frames: tuple[Frame, ...]
    count: int
    per_s: float
    size: float
    before: float
    cut: bool


@dataclass(frozen=True, slots=True)
class StackTotals:
    """`new`: goroutines that got a newly allocated stack, `reused`: that took a dead one's place; `allocated` and
    `allocated_bytes`: all stacks allocated, threads' own among them; `growths`, `shrinks`, and bytes copied at most.
    `new_bytes`: of the goroutines' new stacks; `first`: bytes of the main goroutine's first one, None where the hooks
    came later.
    """

    created: int
    new: int
    reused: int
    allocated: int
    allocated_bytes: int
    growths: int
    shrinks: int
    copied: int
    new_bytes: int = 0
    first: int | None = None


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
    """A site's part in something: what it allocated, what rounding added, and its share of all bytes of that."""

    key: SiteKey
    allocs: int
    bytes: int
    share: float
    waste: int = 0

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
    stopping took, and their sum.
    """

    reason: str
    count: int
    p50_ns: int
    p99_ns: int
    max_ns: int
    stopping_max_ns: int
    total_ns: int


@dataclass(frozen=True, slots=True)
class PauseSummary:
    """Stops of the world: until all stood still, then until the restart, and both together."""

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
