"""The agent's messages about what is counted: stacks, types and code made at run time, and a tick for each reading.

Part of `gotop.agent.protocol`, which has all of it; names and units are those of hookagent/PROTOCOL.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from gotop.agent.delta_columns import DeltaColumns
from gotop.agent.runtime_messages import FunctionName, TypeName

MAX_DEPTH = 4096
"""Most return addresses of a stack; agents keep fewer."""

HEAP, GO, MALG, COPY, SAMPLE, SITE_SAMPLE = range(6)
"""Kinds of stacks: heap allocation, `go` statement, goroutine stack allocated, goroutine stack copied, heap allocations
picked in mode sampled, and in mode sites+sampled, where they are counted at their sites as well."""

TINY, SMALL_NOSCAN, SMALL_SCAN, LARGE = range(4)
"""Paths of heap allocations through the allocator: sharing a block of 16 bytes, an object of a size class without
pointers or with, whole pages."""


@dataclass(frozen=True, slots=True)
class StackDef:
    """One physical stack: return addresses, innermost first. `type` depends on the kind, see PROTOCOL.md. `path`: see
    `TINY`, -1: none or not known. `short`: it is cut because the tables had no room for more.
    """

    AS_LIST: ClassVar[bool] = True
    id: int
    kind: int
    type: int
    pcs: tuple[int, ...]
    cut: bool
    path: int = -1
    short: bool = False

    def __post_init__(self) -> None:
        if len(self.pcs) > MAX_DEPTH:
            raise ValueError(f"a stack of {len(self.pcs)} frames")


@dataclass(frozen=True, slots=True)
class Stacks:
    """Definitions of stack ids, before their first use in a tick."""

    IS_KEPT: ClassVar[bool] = True

    NAME: ClassVar[str] = "stacks"
    defs: tuple[StackDef, ...]


@dataclass(frozen=True, slots=True)
class Types:
    """Types made at run time, which no reader of the binary can know."""

    IS_KEPT: ClassVar[bool] = True
    MOST: ClassVar[int] = 400_000

    NAME: ClassVar[str] = "types"
    names: tuple[TypeName, ...]


@dataclass(frozen=True, slots=True)
class Functions:
    """Code that is not in the binary, which no reader of it can know. The viewer makes `Symbols` of it.

    The agent looks up 100,000 addresses at most (hookagent/monitor/scan.go maxNamed).
    """

    IS_KEPT: ClassVar[bool] = True
    MOST: ClassVar[int] = 200_000

    NAME: ClassVar[str] = "functions"
    names: tuple[FunctionName, ...]


@dataclass(frozen=True, slots=True)
class AgentTotals:
    """Counts since the hooks were placed, kept apart from the stacks: right even when tables are full."""

    allocs: int
    bytes: int
    waste: int
    unattributed: int
    unattributed_bytes: int
    stacks: int
    gos: int
    malgs: int
    malg_bytes: int
    copies: int
    counted: int = 0


@dataclass(frozen=True, slots=True)
class RuntimeStat:
    """The runtime's own figures, read `at`; None where one cannot be read, `missing` says why.

    `hooked` (the hook's count, off by `slack` at most) was read together with `mallocs`; `base_*` are what the runtime
    had counted when the hooks were placed, so that `hooked` compares with `mallocs - base_mallocs`, and `hooked_bytes`
    (off by `slack_bytes`) with `alloc_bytes - base_alloc_bytes`.
    """

    at: int
    mallocs: int | None = None
    frees: int | None = None
    alloc_bytes: int | None = None
    base_mallocs: int | None = None
    base_alloc_bytes: int | None = None
    hooked: int | None = None
    slack: int | None = None
    heap_live: int | None = None
    heap_goal: int | None = None
    heap_marked: int | None = None
    num_gc: int | None = None
    pause_total_ns: int | None = None
    goroutines: int | None = None
    threads: int | None = None
    gomaxprocs: int | None = None
    stack_inuse: int | None = None
    missing: tuple[str, ...] = ()
    hooked_bytes: int | None = None
    slack_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class AgentStat:
    """What the agent itself costs and how late it is, and what share of the service's CPU time the hooks took: in the
    last seconds and (`_all`) since they were placed, with the interval that holds it in 95 of 100 cases. An upper end
    of 0: only the least that it can have been is known; `overhead_why` says why.
    """

    cpu_ns: int
    rss: int
    lag_ms: float
    viewers: int
    table_bytes: int
    overhead: float = 0.0
    budget: float = 0.0
    overhead_low: float = 0.0
    overhead_high: float = 0.0
    overhead_all: float = 0.0
    overhead_all_low: float = 0.0
    overhead_all_high: float = 0.0
    overhead_why: str = ""


@dataclass(frozen=True, slots=True)
class Tick:
    """One reading. `deltas` is flat: id, count, bytes, waste, id, … of the stacks that changed (`MAX_CHANGED` at most).
    A `run` stands in their place where many have. `more`: others follow in the next tick.

    Raises:
        ValueError: deltas are no quadruples, or negative.
    """

    NAME: ClassVar[str] = "tick"
    seq: int
    at: int
    dur_ns: int
    deltas: tuple[int, ...]
    totals: AgentTotals
    runtime: RuntimeStat | None
    agent: AgentStat
    run: DeltaColumns | None = None
    more: bool = False

    def __post_init__(self) -> None:
        if len(self.deltas) % 4:
            raise ValueError(f"{len(self.deltas)} values in deltas, not a multiple of 4")
        if self.deltas and min(self.deltas) < 0:
            raise ValueError("a negative value in deltas: counters only grow")
