"""The service as a whole: what it is, how it fares, its sums. Units as in `gotop.model.values`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


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
class GoroutineTotals:
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
