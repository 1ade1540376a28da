"""What the agent says: the messages of hookagent/PROTOCOL.md as values. Names and units are that document's.

Addresses are link-time. Every `at` is CLOCK_MONOTONIC nanoseconds of the service's machine.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, TypeAlias

from gotop.agent.wire import MAX_MESSAGE as MAX_MESSAGE
from gotop.agent.wire import Codec, Decoder
from gotop.agent.wire import ProtocolError as ProtocolError

PROTOCOL = 1

HEAP, GO, MALG, COPY, SAMPLE = range(5)
"""Kinds of stacks: heap allocation, `go` statement, goroutine stack allocated, goroutine stack copied, heap allocations
picked in mode sampled."""

SAMPLE_ONLY = "sample-only"
"""The mode in which nothing is hooked: samples are those of the runtime's own heap profile, whose PCs are of logical
frames, and counts begin with the service."""

CYCLE = 256
"""The reason of a stop of the world that stands for both stops of a GC cycle, of which only the sum is known."""

TINY, SMALL_NOSCAN, SMALL_SCAN, LARGE = range(4)
"""Paths of heap allocations through the allocator: sharing a block of 16 bytes, an object of a size class without
pointers or with, whole pages."""

MAX_CHANGED = 100_000
"""Most stacks that one tick lists."""


# Agent → viewer


@dataclass(frozen=True, slots=True)
class Hello:
    """First message of every connection: who is watched, by what. A second one means full state follows again."""

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

    mode: str
    depth: int
    interval_ms: int
    rate: int = 0


@dataclass(frozen=True, slots=True)
class StackDef:
    """One physical stack: return addresses, innermost first. `type` depends on the kind, see PROTOCOL.md. `path`: see
    `TINY`, -1: none or not known.
    """

    AS_LIST: ClassVar[bool] = True
    id: int
    kind: int
    type: int
    pcs: tuple[int, ...]
    cut: bool
    path: int = -1


@dataclass(frozen=True, slots=True)
class Stacks:
    """Definitions of stack ids, before their first use in a tick."""

    defs: tuple[StackDef, ...]


@dataclass(frozen=True, slots=True)
class TypeName:
    """The name of a type descriptor (in `Symbols` also: of the function whose entry a `go` statement started, or of the
    wrapper that a goroutine's outermost return address is in).
    """

    AS_LIST: ClassVar[bool] = True
    addr: int
    name: str


@dataclass(frozen=True, slots=True)
class Types:
    """Types made at run time, which no reader of the binary can know."""

    names: tuple[TypeName, ...]


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
    had counted when the hooks were placed, so that `hooked` compares with `mallocs - base_mallocs`.
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


@dataclass(frozen=True, slots=True)
class AgentStat:
    """What the agent itself costs and how late it is."""

    cpu_ns: int
    rss: int
    lag_ms: float
    viewers: int
    table_bytes: int
    overhead: float = 0.0
    budget: float = 0.0


@dataclass(frozen=True, slots=True)
class Tick:
    """One reading. `deltas` is flat: id, count, bytes, waste, id, … of the stacks that changed (`MAX_CHANGED` at most:
    the others follow in the next tick).

    Raises:
        ValueError: deltas are no quadruples, or negative.
    """

    seq: int
    at: int
    dur_ns: int
    deltas: tuple[int, ...]
    totals: AgentTotals
    runtime: RuntimeStat | None
    agent: AgentStat

    def __post_init__(self) -> None:
        if len(self.deltas) % 4:
            raise ValueError(f"{len(self.deltas)} values in deltas, not a multiple of 4")
        if self.deltas and min(self.deltas) < 0:
            raise ValueError("a negative value in deltas: counters only grow")


@dataclass(frozen=True, slots=True)
class Stw:
    """One stop of the world: `at` it was restarted; ns it took to stop everything; ns it then stood still."""

    AS_LIST: ClassVar[bool] = True
    at: int
    reason: int
    stopping_ns: int
    stopped_ns: int


@dataclass(frozen=True, slots=True)
class Gc:
    """One cycle of the garbage collector. Instants: its begin, that of marking, of mark termination, its end.

    `trigger`, `before`, `after`, `marked`, `goal`: heap bytes when marking began (0: not seen), when the cycle began,
    when marking was done, live after it, and what it should have stayed below.
    """

    AS_LIST: ClassVar[bool] = True
    number: int
    sweep_term: int
    mark: int
    mark_term: int
    end: int
    trigger: int
    before: int
    after: int
    marked: int
    goal: int
    stacks: int
    globals: int
    assist_ns: int
    dedicated_ns: int
    fractional_ns: int
    idle_ns: int
    pause_ns: int
    stw_procs: int
    procs: int
    cpu_fraction: float
    forced: bool


@dataclass(frozen=True, slots=True)
class Events:
    """Rare events since the last tick, and how many were lost."""

    stw: tuple[Stw, ...]
    lost: int
    gc: tuple[Gc, ...] = ()


@dataclass(frozen=True, slots=True)
class GoroutineRow:
    """Goroutines of one `go` statement (`go`: its return address), function (`start`: its entry), status and reason to
    wait, and the bytes of stack they hold.
    """

    AS_LIST: ClassVar[bool] = True
    go: int
    start: int
    status: int
    wait: int
    count: int
    stack_bytes: int


@dataclass(frozen=True, slots=True)
class Goroutines:
    """All goroutines, read `at`. `live - system` is runtime.NumGoroutine; `dead` ones are kept for reuse. `folded` rows
    are not listed; `missing` says why there are none.
    """

    at: int
    took_ns: int
    live: int
    system: int | None
    dead: int
    dead_bytes: int
    folded: int
    folded_count: int
    folded_bytes: int
    rows: tuple[GoroutineRow, ...]
    missing: str


@dataclass(frozen=True, slots=True)
class SizeClasses:
    """The runtime's own counts since the service's start. `classes` is flat: size, mallocs, frees, …; `large`: mallocs,
    bytes, frees, bytes freed; `tiny`: objects put into a block of 16 bytes that another began.

    Raises:
        ValueError: classes are no triples, or large not four values.
    """

    at: int
    classes: tuple[int, ...]
    tiny: int
    large: tuple[int, ...]

    def __post_init__(self) -> None:
        if len(self.classes) % 3 or len(self.large) != 4:
            raise ValueError(f"{len(self.classes)} values in classes, {len(self.large)} in large")


@dataclass(frozen=True, slots=True)
class Label:
    """A pprof label."""

    AS_LIST: ClassVar[bool] = True
    key: str
    value: str


LABELS_KEPT, LABELS_DROPPED, LABELS_UNREAD = range(3)
"""Of an `AttributeDef`: labels are those listed and `more`; it stands for all sets that found no place; there are some
that cannot be read."""

NO_CREATOR, THREAD_CREATOR = range(2)
"""Creators that are no return address: no goroutine, but the runtime; the goroutine of a thread that C has made."""


@dataclass(frozen=True, slots=True)
class AttributeDef:
    """Who allocates: a goroutine's creator (return address of the `go` statement, or `NO_CREATOR` …) and its labels."""

    AS_LIST: ClassVar[bool] = True
    id: int
    creator: int
    labels: tuple[Label, ...]
    more: int
    kept: int


@dataclass(frozen=True, slots=True)
class Attributes:
    """Definitions of attribute ids, before their first use."""

    defs: tuple[AttributeDef, ...]


@dataclass(frozen=True, slots=True)
class Attribution:
    """What was allocated by whom. `deltas` is flat: id, count, bytes, id, …; after another `since` they count from
    there. `lost`: count and bytes of what found no place, since then. `missing`: why something is, or "".

    Raises:
        ValueError: deltas are no triples, or negative, or lost not two values.
    """

    at: int
    since: int
    deltas: tuple[int, ...]
    lost: tuple[int, ...]
    missing: str

    def __post_init__(self) -> None:
        if len(self.deltas) % 3 or len(self.lost) != 2:
            raise ValueError(f"{len(self.deltas)} values in deltas, {len(self.lost)} in lost")
        if self.deltas and min(self.deltas) < 0:
            raise ValueError("a negative value in deltas: counters only grow")


@dataclass(frozen=True, slots=True)
class Log:
    """A piece of the service's output. Pieces are cut anywhere, also inside a character."""

    fd: int
    off: int
    data: bytes
    skipped: int = 0


@dataclass(frozen=True, slots=True)
class ExeData:
    """Bytes of the executable; empty at its end."""

    off: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Ended:
    """The service is gone (or, `detached`, is left alone); nothing follows."""

    at: int
    code: int | None
    signal: int | None
    core: bool
    by_us: bool
    detached: bool


@dataclass(frozen=True, slots=True)
class Failure:
    """The agent's refusal of something, in words for people (`error` on the wire)."""

    code: str
    text: str


# Added by the viewer, kept in recordings


@dataclass(frozen=True, slots=True)
class SymbolFrame:
    """One logical frame of a PC."""

    AS_LIST: ClassVar[bool] = True
    function: str
    file: str
    line: int
    inlined: bool


@dataclass(frozen=True, slots=True)
class Frames:
    """All logical frames of one PC, innermost first."""

    AS_LIST: ClassVar[bool] = True
    pc: int
    frames: tuple[SymbolFrame, ...]


@dataclass(frozen=True, slots=True)
class Symbols:
    """Names for PCs and types. Comes before the stacks that need it; later ones correct earlier ones.

    `waits`: the names of goroutines' reasons to wait, by number; empty where they are not named anew.
    """

    frames: tuple[Frames, ...]
    types: tuple[TypeName, ...]
    waits: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Proc:
    """The process as the system sees it; None where the system would not say."""

    at: int
    cpu_percent: float | None
    rss: int | None
    threads: int | None
    fds: int | None


@dataclass(frozen=True, slots=True)
class Recorded:
    """First message of a recording: format version, wall time (ns), gotop's version."""

    version: int
    unix: int
    gotop: str


# Never on the wire


@dataclass(frozen=True, slots=True)
class Lost:
    """The viewer's own news for the session: the stream broke off. `retrying`: somebody is trying to join again."""

    text: str
    retrying: bool


AgentMessage: TypeAlias = (
    Hello
    | Settings
    | Stacks
    | Types
    | Tick
    | Events
    | Goroutines
    | SizeClasses
    | Attributes
    | Attribution
    | Log
    | ExeData
    | Ended
    | Failure
    | Symbols
    | Proc
    | Recorded
)
Message: TypeAlias = AgentMessage | Lost

_AGENT = Codec(
    {
        "hello": Hello, "settings": Settings, "stacks": Stacks, "types": Types, "tick": Tick, "events": Events,
        "goroutines": Goroutines, "size_classes": SizeClasses, "attributes": Attributes, "attribution": Attribution,
        "log": Log, "exe": ExeData, "ended": Ended, "error": Failure, "symbols": Symbols, "proc": Proc,
        "recorded": Recorded,
    }
)  # fmt: skip


def encode(message: AgentMessage) -> bytes:
    """A message as the agent sends it, and as recordings hold it."""
    return _AGENT.encode(message)


def agent_decoder() -> Decoder:
    """Reads what agents send and recordings hold: yields `AgentMessage`."""
    return Decoder(_AGENT)


def decode_all(data: bytes) -> Iterator[AgentMessage]:
    """Every whole message in `data`."""
    yield from agent_decoder().feed(data)
