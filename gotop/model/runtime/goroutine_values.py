"""Values about goroutines and their stacks. Units as in `gotop.model.values`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from gotop.model.values import Frame, SiteKey


@dataclass(frozen=True, slots=True)
class GoroutineSite:
    """A `go` statement and one function it starts, with created and living goroutines.

    `created`: goroutines since the hooks were placed (0 where all are older), `created_per_s` in the window; these and
    what is said of stacks are None where nothing is hooked. `live`,
    `stack_bytes`, `states` (number in each state, most first): as of the last reading of all goroutines, None or empty
    without one. `system`: the goroutines are the runtime's own, which runtime.NumGoroutine leaves out.

    `new`: created goroutines that got a newly allocated stack, `reused`: that took over a dead one's; None where the
    statement starts several functions, whose stacks are not told apart. `growths`, `shrinks`, `copied` (bytes): of the
    stacks of all goroutines that run the function, whichever statement started them (`shared`: there are several).
    """

    function: str
    file: str
    line: int
    starts: str
    created: int | None
    created_per_s: float | None
    live: int | None
    stack_bytes: int | None
    states: tuple[tuple[str, int], ...]
    system: bool
    new: int | None = None
    reused: int | None = None
    growths: int | None = 0
    shrinks: int | None = 0
    copied: int | None = 0
    shared: bool = False

    @property
    def key(self) -> SiteKey:
        """Its identity: a site whose type is the function started."""
        return SiteKey(self.function, self.file, self.line, self.starts)

    @property
    def state(self) -> str:
        """The state that most of its goroutines are in, "" where none lives."""
        return self.states[0][0] if self.states else ""


@dataclass(frozen=True, slots=True)
class LiveGoroutines:
    """All goroutines as of one reading (`at`: seconds since the service's start), which took `took_ns`.

    `user`: as runtime.NumGoroutine counts, `states`: how many of those are in each state, `system`: the runtime's own,
    `dead`: kept for reuse. Stack bytes are at most MemStats.StackInuse, which includes free stacks and those of
    threads. `folded`: groups of goroutines that were not listed one by one. `missing`: why there is no reading, "" if
    there is one.
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
    """Stacks copied from one size (bytes) to another."""

    old: int
    new: int
    count: int
    per_s: float


@dataclass(frozen=True, slots=True)
class StackGrowthSite:
    """A function whose entry needed more stack, or that was on top of a stack that shrank. `copied`: bytes, at most:
    all of the smaller of the two stacks. `sizes`: most frequent first.
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
        return SiteKey(self.function, self.file, self.line, "")

    @property
    def largest(self) -> int:
        """Bytes of the largest stack that a copy made."""
        return max((size.new for size in self.sizes), default=0)


class StackOwner(Enum):
    """Whose a newly allocated stack is."""

    MAIN = "main goroutine"
    GOROUTINE = "goroutine"
    SIGNALS = "signals of a thread"
    THREAD = "thread"


@dataclass(frozen=True, slots=True)
class NewStackSite:
    """A place at which stacks were newly allocated: a `go` statement, or a function that makes threads. `size`: mean
    bytes of one.
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
        """The site. Stacks of several owners may be allocated at it."""
        return SiteKey(self.function, self.file, self.line, "")


@dataclass(frozen=True, slots=True)
class RuntimeStack:
    """A stack that ran a `go` statement, that was newly allocated, or that was copied, with its count. `size`: mean
    bytes of a new or copied stack, 0 for `go` statements; `before`: size of a copied stack before. `id` stays the same
    through reconnection. `cut`, `short`, `beyond`: see `gotop.model.sites.stack_rows.StackRow`.
    """

    id: int
    frames: tuple[Frame, ...]
    count: int
    per_s: float
    size: float
    before: float
    cut: bool
    short: bool = False
    beyond: str = ""


@dataclass(frozen=True, slots=True)
class StackTotals:
    """Goroutines' stacks since the hooks were placed: `new` were allocated for goroutines, `reused` taken over from
    dead ones; `allocated` and `allocated_bytes` include stacks of threads. `copied`: bytes, at most. `new_bytes`: of
    the new stacks of goroutines; `first`: bytes of the main goroutine's first stack, None where the hooks came later.
    All are None where nothing is hooked.
    """

    created: int | None
    new: int | None
    reused: int | None
    allocated: int | None
    allocated_bytes: int | None
    growths: int | None
    shrinks: int | None
    copied: int | None
    new_bytes: int | None = 0
    first: int | None = None


NO_STACK_TOTALS = StackTotals(None, None, None, None, None, None, None, None, None)
"""Where nothing is hooked."""
