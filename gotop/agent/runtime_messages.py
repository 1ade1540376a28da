"""The agent's messages about the runtime: stops of the world, GC cycles, goroutines, size classes; and who allocates.

Part of `gotop.agent.protocol`, which has all of it; names and units are those of hookagent/PROTOCOL.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class TypeName:
    """The name of a type descriptor (in `Symbols` also: of the function whose entry a `go` statement started, or of the
    wrapper that a goroutine's outermost return address is in).

    `path`: the name with the package's import path, "" if that is not known; `hash`: that of the descriptor
    (internal/abi.Type.Hash), 0 for functions. Types of one name are the same if these two are.
    """

    AS_LIST: ClassVar[bool] = True
    addr: int
    name: str
    path: str = ""
    hash: int = 0


@dataclass(frozen=True, slots=True)
class FunctionName:
    """Where a return address is in the source whose code is not in the binary."""

    AS_LIST: ClassVar[bool] = True
    addr: int
    function: str
    file: str
    line: int


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

    NAME: ClassVar[str] = "events"
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
class GoroutineReading:
    """All goroutines, read `at`. `live - system` is runtime.NumGoroutine; `dead` ones are kept for reuse. `folded` rows
    are not listed; `missing` says why there are none.
    """

    NAME: ClassVar[str] = "goroutines"
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

    NAME: ClassVar[str] = "size_classes"
    at: int
    classes: tuple[int, ...]
    tiny: int
    large: tuple[int, ...]

    def __post_init__(self) -> None:
        if len(self.classes) % 3 or len(self.large) != 4:
            raise ValueError(f"{len(self.classes)} values in classes, {len(self.large)} in large")


@dataclass(frozen=True, slots=True)
class PprofLabel:
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
    labels: tuple[PprofLabel, ...]
    more: int
    kept: int


@dataclass(frozen=True, slots=True)
class Attributes:
    """Definitions of attribute ids, before their first use."""

    IS_KEPT: ClassVar[bool] = True
    MOST: ClassVar[int] = 200_000

    NAME: ClassVar[str] = "attributes"
    defs: tuple[AttributeDef, ...]


@dataclass(frozen=True, slots=True)
class AttributionDeltas:
    """What was allocated by whom. `deltas` is flat: id, count, bytes, id, …; after another `since` they count from
    there. `lost`: count and bytes of what found no place, since then. `missing`: why something is, or "".

    Raises:
        ValueError: deltas are no triples, or negative, or lost not two values.
    """

    NAME: ClassVar[str] = "attribution"
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
