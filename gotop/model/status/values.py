"""The service as a whole: what it is, how it fares, its sums. Units as in `gotop.model.values`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

_LINK = re.compile(r"/proc/\d+/exe")


class Phase(Enum):
    """The phase of a session."""

    CONNECTING = "connecting"  # no figures yet
    RUNNING = "running"
    STALE = "stale"  # connected, but nothing has come for a while
    RECONNECTING = "reconnecting"  # the stream broke off; figures are the last ones
    LOST = "lost"  # the stream broke off and nobody tries again
    OVER = "end of recording"  # a recording has no more, and not the service's end
    ENDED = "ended"  # the service ended, see `Session.ending`


@dataclass(frozen=True, slots=True)
class Ending:
    """How the service ended: with an exit code, or by a signal (`core`: with a core dump). `at`: seconds since its
    start; `by_us`: a viewer asked for it; `detached`: the service runs on without the hooks.
    """

    at: float
    code: int | None
    signal: int | None
    core: bool
    by_us: bool
    detached: bool


@dataclass(frozen=True, slots=True)
class Target:
    """The service and how it is watched. `started_unix`: seconds; `attached`: hooked while it was running; `rate`: mean
    bytes between samples; `sample_only`: nothing is hooked, samples are the runtime's own.
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

    @property
    def program(self) -> str:
        """The program's path, or what it was called by where its file is deleted or in a container and so has none."""
        return self.args[0] if self.args and self.args[0] and _LINK.fullmatch(self.exe) else self.exe


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums since the hooks were placed. `coverage`: hooked count over the runtime's own, of one reading and the same
    span; `coverage_bytes`: the same of bytes; `coverage_now`: the same as `coverage` in the last ten seconds.
    `runtime_bytes` are rounded up to size classes: compare them with `bytes + waste`. `unattributed` allocations have
    no stack of their own; `counted` of them, because the mode keeps none.
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
    coverage_bytes: float | None = None
    coverage_now: float | None = None


def is_whole(coverage: float) -> bool:
    """Whether a coverage is 1, to 0.1 %."""
    return 0.999 <= coverage <= 1.001


@dataclass(frozen=True, slots=True)
class GoroutineTotals:
    """Goroutines of the whole service. `created`: since the hooks were placed; `stacks_new` of them got a newly
    allocated stack, the rest a dead goroutine's; `stack_copies`: stacks that grew or shrank. These are None where
    nothing is hooked. `age_s`: how much older than those counts the runtime's figures are (`live`, `stack_inuse`,
    `threads`, `gomaxprocs`), None where there are none.
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
    age_s: float | None = None


@dataclass(frozen=True, slots=True)
class Heap:
    """The garbage collector's figures. `allocated`, `freed`: the runtime's own counts of objects; `cycles`: since the
    service's start; `cycles_per_min`: in the last minute, or since the first reading if that is later. `age_s`: how
    much older than the counts these figures are, None where there are none.
    """

    live: int | None
    goal: int | None
    marked: int | None
    cycles: int | None
    pause_total_ns: int | None
    allocated: int | None
    freed: int | None
    cycles_per_min: float | None = None
    age_s: float | None = None


@dataclass(frozen=True, slots=True)
class Process:
    """The process as the operating system sees it. `cpu_percent`: 100 is one core; `age_s`: how much older
    than the counts, None where there are none.
    """

    cpu_percent: float | None
    rss: int | None
    threads: int | None
    fds: int | None
    age_s: float | None = None


@dataclass(frozen=True, slots=True)
class ModeChange:
    """A mode that the hooks went over to. `at`: seconds since they were placed, at the last reading before."""

    at: float
    mode: str


@dataclass(frozen=True, slots=True)
class Price:
    """A share of the service's CPU time that the hooks took. `low`, `high`: where it lies in 95 of 100 cases; `high`
    is 0 where `share` is only a lower bound.
    """

    share: float = 0.0
    low: float = 0.0
    high: float = 0.0

    @property
    def measured(self) -> bool:
        """Whether it is a measurement, and not the least that it can have been."""
        return self.high > 0


@dataclass(frozen=True, slots=True)
class Health:
    """How far the figures can be trusted. `partial`: what is not counted in full, as texts; `stale_s`: seconds since
    the last reading came; `age_s`: how old it is, also where it has waited to be taken in; `stacks`: distinct stacks
    that the agent knows.

    `price`: what the hooks took in the last seconds, `price_all`: since they were placed, `price_why`: why one of them
    is only a lower bound; `budget`: the share that they may take, 0: any;
    `modes`: the hooks' modes since this session began, the last one is in force.
    """

    partial: tuple[str, ...]
    lag_ms: float
    agent_cpu_s: float
    agent_rss: int
    table_bytes: int
    viewers: int
    lost_events: int
    stale_s: float
    age_s: float
    stacks: int
    notice: str
    price: Price = Price()
    price_all: Price = Price()
    price_why: str = ""
    budget: float = 0.0
    modes: tuple[ModeChange, ...] = ()
