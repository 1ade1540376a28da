"""The agent's messages, as hookagent/PROTOCOL.md describes them: names and units are that document's.

Addresses are link-time. Every `at` is CLOCK_MONOTONIC nanoseconds of the service's machine.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, TypeAlias, get_args

from gotop.agent.delta_columns import MAX_CHANGED as MAX_CHANGED
from gotop.agent.delta_columns import DeltaColumns as DeltaColumns
from gotop.agent.runtime_messages import LABELS_DROPPED as LABELS_DROPPED
from gotop.agent.runtime_messages import LABELS_KEPT as LABELS_KEPT
from gotop.agent.runtime_messages import LABELS_UNREAD as LABELS_UNREAD
from gotop.agent.runtime_messages import NO_CREATOR as NO_CREATOR
from gotop.agent.runtime_messages import THREAD_CREATOR as THREAD_CREATOR
from gotop.agent.runtime_messages import AttributeDef as AttributeDef
from gotop.agent.runtime_messages import Attributes as Attributes
from gotop.agent.runtime_messages import AttributionDeltas as AttributionDeltas
from gotop.agent.runtime_messages import Events as Events
from gotop.agent.runtime_messages import FunctionName as FunctionName
from gotop.agent.runtime_messages import Gc as Gc
from gotop.agent.runtime_messages import GoroutineReading as GoroutineReading
from gotop.agent.runtime_messages import GoroutineRow as GoroutineRow
from gotop.agent.runtime_messages import PprofLabel as PprofLabel
from gotop.agent.runtime_messages import SizeClasses as SizeClasses
from gotop.agent.runtime_messages import Stw as Stw
from gotop.agent.runtime_messages import TypeName as TypeName
from gotop.agent.viewer_messages import Lost as Lost
from gotop.agent.viewer_messages import PcFrames as PcFrames
from gotop.agent.viewer_messages import Proc as Proc
from gotop.agent.viewer_messages import Recorded as Recorded
from gotop.agent.viewer_messages import SymbolFrame as SymbolFrame
from gotop.agent.viewer_messages import Symbols as Symbols
from gotop.agent.wire import MAX_MESSAGE as MAX_MESSAGE
from gotop.agent.wire import Codec, Decoder
from gotop.agent.wire import ProtocolError as ProtocolError

PROTOCOL = 1

MAX_DEPTH = 4096
"""Most return addresses of a stack; agents keep fewer."""

HEAP, GO, MALG, COPY, SAMPLE, SITE_SAMPLE = range(6)
"""Kinds of stacks: heap allocation, `go` statement, goroutine stack allocated, goroutine stack copied, heap allocations
picked in mode sampled, and in mode sites+sampled, where they are counted at their sites as well."""

SITES_SAMPLED = "sites+sampled"
"""The mode in which sites are counted exactly, and stacks sampled."""

SAMPLE_ONLY = "sample-only"
"""The mode in which nothing is hooked: samples are those of the runtime's own heap profile, whose PCs are of logical
frames, and counts begin with the service."""

CYCLE = 256
"""The reason of a stop of the world that stands for both stops of a GC cycle, of which only the sum is known."""

TINY, SMALL_NOSCAN, SMALL_SCAN, LARGE = range(4)
"""Paths of heap allocations through the allocator: sharing a block of 16 bytes, an object of a size class without
pointers or with, whole pages."""


# Agent → viewer


@dataclass(frozen=True, slots=True)
class Hello:
    """First message of every connection: who is watched, by what. A second one means full state follows again."""

    NAME: ClassVar[str] = "hello"
    proto: int
    agent: str
    pid: int
    agent_pid: int
    exe: str
    build_id: str
    args: tuple[str, ...]
    cwd: str
    go_version: str
    arch: str
    pie: bool
    stripped: bool
    started: int
    mono: int
    unix: int
    output: str
    hooks: tuple[str, ...]
    partial: tuple[str, ...]
    mode: str
    depth: int
    interval_ms: int
    attached: bool = False
    rate: int = 0


@dataclass(frozen=True, slots=True)
class Settings:
    """What is in force now; `interval_ms` is this viewer's."""

    NAME: ClassVar[str] = "settings"
    mode: str
    depth: int
    interval_ms: int
    rate: int = 0


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

    NAME: ClassVar[str] = "types"
    names: tuple[TypeName, ...]


@dataclass(frozen=True, slots=True)
class Functions:
    """Code that is not in the binary, which no reader of it can know. The viewer makes `Symbols` of it."""

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


@dataclass(frozen=True, slots=True)
class Log:
    """A piece of the service's output. Pieces are cut anywhere, also inside a character."""

    NAME: ClassVar[str] = "log"
    fd: int
    off: int
    data: bytes
    skipped: int = 0


@dataclass(frozen=True, slots=True)
class ExeData:
    """Bytes of the executable; empty at its end."""

    NAME: ClassVar[str] = "exe"
    off: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Ended:
    """The service is gone (or, `detached`, is left alone); nothing follows."""

    NAME: ClassVar[str] = "ended"
    at: int
    code: int | None
    signal: int | None
    core: bool
    by_us: bool
    detached: bool


@dataclass(frozen=True, slots=True)
class Failure:
    """The agent's refusal of something, in words for people (`error` on the wire)."""

    NAME: ClassVar[str] = "error"
    code: str
    text: str


AgentMessage: TypeAlias = (
    Hello
    | Settings
    | Stacks
    | Types
    | Functions
    | Tick
    | Events
    | GoroutineReading
    | SizeClasses
    | Attributes
    | AttributionDeltas
    | Log
    | ExeData
    | Ended
    | Failure
    | Symbols
    | Proc
    | Recorded
)
"""Every message of the stream: the one list, which its codec and the tests against PROTOCOL.md and Go follow."""

Message: TypeAlias = AgentMessage | Lost

_AGENT = Codec(get_args(AgentMessage))


def encode(message: AgentMessage) -> bytes:
    """A message as the agent sends it, and as recordings hold it."""
    return _AGENT.encode(message)


def agent_decoder() -> Decoder:
    """Reads what agents send and recordings hold: yields `AgentMessage`."""
    return Decoder(_AGENT)


def decode_all(data: bytes) -> Iterator[AgentMessage]:
    """Every whole message in `data`."""
    yield from agent_decoder().feed(data)
