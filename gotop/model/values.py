"""What fronts read from a session: plain values, safe to keep (a paused screen keeps them).

Units: bytes are bytes, `*_ns` nanoseconds, `*_ms` milliseconds, `*_s` and `seconds` seconds, shares 0 to 1. A field
that can be None could not be read; it is never 0 instead.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import ClassVar

from gotop.model.queries import ATTRIBUTED as ATTRIBUTED
from gotop.model.queries import Group as Group
from gotop.model.queries import Hide as Hide
from gotop.model.queries import SiteQuery as SiteQuery
from gotop.model.queries import Sort as Sort
from gotop.model.queries import StackQuery as StackQuery
from gotop.model.queries import Window as Window


class Phase(Enum):
    """Where the session stands."""

    CONNECTING = "connecting"  # no figures yet
    RUNNING = "running"
    STALE = "stale"  # connected, but nothing has come for a while
    RECONNECTING = "reconnecting"  # the stream broke off; figures are the last ones
    LOST = "lost"  # the stream broke off and nobody tries again
    OVER = "end of recording"  # a recording has no more, and not the service's end
    ENDED = "ended"  # the service ended, see `Session.ending`


@dataclass(frozen=True, slots=True)
class Frame:
    """One logical frame. `line` 0 and `file` "": not known; `inlined`: has no physical frame of its own."""

    function: str
    file: str
    line: int
    inlined: bool


@dataclass(frozen=True, slots=True, order=True)
class SiteKey:
    """Identity of a row through sorting, filtering, new data and reconnection. `type` "": the runtime has none.

    The row of a group of sites has what they share, see `gotop.model.sites.grouping`; a package or module is its
    `function`.
    """

    function: str
    file: str
    line: int
    type: str


@dataclass(frozen=True, slots=True)
class Rate:
    """Objects and bytes a second."""

    allocs: float
    bytes: float


@dataclass(frozen=True, slots=True)
class SiteRow:
    """A call site and type, or a group of them. `allocs`, `bytes`, `waste`, `average` since the hooks were placed;
    rates and `share` (of all bytes allocated) in the window asked for; `trend`: bytes/s of the last 30 s, one value a
    second, oldest first. `estimated`: from samples, at least in part. `before`: the rate between the two marks, if the
    window begins at the second of them.
    `estimated`: from samples, at least in part; `waste` is then too low. `twins`: another site is the same but for its
    type; `siblings`: another one is in the same function.
    """

    key: SiteKey
    allocs: int
    bytes: int
    waste: int
    allocs_per_s: float
    bytes_per_s: float
    average: float
    share: float
    trend: tuple[float, ...]
    stacks: int
    before: Rate | None = None
    estimated: bool = False
    twins: bool = False
    siblings: bool = False

    @property
    def bytes_change(self) -> float:
        """Bytes/s more than between the marks; 0 where there is nothing to compare with."""
        return self.bytes_per_s - self.before.bytes if self.before else 0.0

    @property
    def allocs_change(self) -> float:
        """Objects a second more than between the marks."""
        return self.allocs_per_s - self.before.allocs if self.before else 0.0


@dataclass(frozen=True, slots=True)
class StackRow:
    """One distinct stack, innermost frame first. `share` is of its site's bytes in the window. `id` stays the same
    through reconnection; `cut`: there were more frames than the depth limit. `path`: the way through the allocator, see
    `gotop.model.runtime.size_classes`; `estimated`: the figures are from samples of one size.
    """

    id: int
    type: str
    frames: tuple[Frame, ...]
    allocs: int
    bytes: int
    waste: int
    allocs_per_s: float
    bytes_per_s: float
    share: float
    cut: bool
    path: str = ""
    estimated: bool = False


@dataclass(frozen=True, slots=True)
class CallerNode:
    """A frame and who called it, most bytes first. Figures of the window asked for, `share` of the root's bytes in it;
    `estimated`: from samples, at least in part.
    """

    type: ClassVar[bool] = False
    frame: Frame
    allocs: int
    bytes: int
    share: float
    children: tuple[CallerNode, ...]
    estimated: bool = False


@dataclass(frozen=True, slots=True)
class GoSite:
    """A `go` statement: where it stands, the function it starts, goroutines created (also a second, in the window)."""

    function: str
    file: str
    line: int
    starts: str
    created: int
    created_per_s: float


@dataclass(frozen=True, slots=True)
class Goroutines:
    """`created`: `go` statements run since the hooks were placed; `stacks_new` of them got a newly allocated stack (the
    rest reused a dead goroutine's), `stack_copies`: stacks that grew or shrank. None where nothing is hooked.
    """

    live: int | None
    created: int | None
    created_per_s: float | None
    stacks_new: int | None
    stack_bytes_new: int | None
    stack_copies: int | None
    stack_inuse: int | None
    threads: int | None
    gomaxprocs: int | None


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
class Target:
    """The service and how it is watched. `started_unix`: seconds; `attached`: hooked while it was already running;
    `rate`: bytes between samples; `sample_only`: nothing is hooked, samples are the runtime's own.
    """

    pid: int
    agent_pid: int
    exe: str
    args: tuple[str, ...]
    cwd: str
    go_version: str
    build_id: str
    arch: str
    pie: bool
    stripped: bool
    output: str
    attached: bool
    hooks: tuple[str, ...]
    mode: str
    depth: int
    interval_ms: int
    started_unix: float
    rate: int = 0
    sample_only: bool = False


@dataclass(frozen=True, slots=True)
class Totals:
    """Everything since the hooks were placed. `coverage`: hooked count over the runtime's own, both of one reading and
    over the same span. `runtime_bytes` are size-class rounded: compare them with `bytes + waste`. Of the
    `unattributed`, which have no stack of their own, the mode keeps none for the `counted`.
    """

    allocs: int
    bytes: int
    waste: int
    runtime_allocs: int | None
    runtime_bytes: int | None
    coverage: float | None
    unattributed: int
    unattributed_bytes: int
    counted: int = 0


@dataclass(frozen=True, slots=True)
class Heap:
    """The garbage collector's figures. `allocated` and `freed` are the runtime's own object counts."""

    live: int | None
    goal: int | None
    marked: int | None
    cycles: int | None
    pause_total_ns: int | None
    allocated: int | None
    freed: int | None


@dataclass(frozen=True, slots=True)
class Process:
    """The process as the operating system sees it. `cpu_percent`: 100 is one core."""

    cpu_percent: float | None
    rss: int | None
    threads: int | None
    fds: int | None


@dataclass(frozen=True, slots=True)
class Health:
    """How far the figures can be trusted. `stale_s`: since the last news; `stacks`: distinct ones the agent knows.

    `overhead` is the share (0–1) of the CPU time of the service that the hooks take, reckoned; `budget` what they may
    take, 0: any.
    """

    partial: tuple[str, ...]
    lag_ms: float
    agent_cpu_s: float
    agent_rss: int
    table_bytes: int
    viewers: int
    lost_events: int
    stale_s: float
    stacks: int
    notice: str
    overhead: float = 0.0
    budget: float = 0.0


@dataclass(frozen=True, slots=True)
class Ending:
    """How it ended: exit code, or the signal (with a core dump or not). `by_us`: a viewer asked for it; `detached`: the
    service runs on without the hooks. `at`: seconds since the service's start.
    """

    at: float
    code: int | None
    signal: int | None
    core: bool
    by_us: bool
    detached: bool


@dataclass(frozen=True, slots=True)
class LogLine:
    """A line of the service's output: `fd` 1 or 2. `number` grows by one a line; `gap`: bytes lost just before it."""

    number: int
    fd: int
    text: str
    gap: int = 0
