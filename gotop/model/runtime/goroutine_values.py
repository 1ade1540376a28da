"""What fronts read of the runtime: goroutines and stacks here, all else in `heap_values`. Units as in `values`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from gotop.model.values import Frame, SiteKey


@dataclass(frozen=True, slots=True)
class GoroutineSite:
    """A `go` statement: where it stands, the function it starts, its created and its living goroutines.

    `created`: goroutines since the hooks were placed, 0 where all of them are older; `created_per_s` in the window.
    `live`, `stack_bytes`: as of the last reading of all goroutines, None without one.

    `states`: how many in each state, most first; `system`: the runtime's own, which runtime.NumGoroutine leaves out.
    `new`: of the created, those that got a newly allocated stack, `reused`: that took a dead one's; None where the same
    statement started other functions, too, for their stacks are not told apart. `growths`, `shrinks`, `copied`: of the
    stacks of all goroutines that run the function, whichever statement started them (`shared`: there are several).
    """

    function: str
    file: str
    line: int
    starts: str
    created: int
    created_per_s: float
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
class LiveGoroutines:
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
class StackResize:
    """Stacks copied from one size to another."""

    old: int
    new: int
    count: int
    per_s: float


@dataclass(frozen=True, slots=True)
class StackGrowthSite:
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
    sizes: tuple[StackResize, ...]

    @property
    def key(self) -> SiteKey:
        """Its identity."""
        return SiteKey(self.function, self.file, self.line, "")

    @property
    def largest(self) -> int:
        """Bytes of the largest stack that came of it."""
        return max((size.new for size in self.sizes), default=0)


class StackOwner(Enum):
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
    owner: StackOwner
    count: int
    per_s: float
    bytes: int
    size: float

    @property
    def key(self) -> SiteKey:
        """The site, at which stacks of several owners may be allocated."""
        return SiteKey(self.function, self.file, self.line, "")


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
