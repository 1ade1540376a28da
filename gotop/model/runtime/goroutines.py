"""Readings of all goroutines: how many live, in which states, started by which `go` statements."""

from __future__ import annotations

import math
from collections import Counter, deque
from dataclasses import dataclass, field

from gotop.agent.protocol import GO, GoroutineReading, GoroutineRow
from gotop.model.runtime.goroutine_values import LiveGoroutines
from gotop.model.symbols.symbol_table import SymbolTable
from gotop.model.values import SiteKey

STATES = {
    0: "idle", 1: "runnable", 2: "running", 3: "syscall", 4: "waiting", 6: "dead", 8: "copying stack", 9: "preempted",
    10: "leaked",
}  # fmt: skip
"""runtime/runtime2.go, `_Gidle` and its successors, the same from Go 1.21 to 1.27 as far as they occur."""

KEEP_READINGS = 1000
KEEP_ROWS = 50_000
"""Rows of readings that are kept to look back at; the newest reading is kept whatever it has."""

_WAITING = 4
_USERS = frozenset({"runtime.main", "runtime.corostart", "runtime.handleAsyncEvent"})


def is_system(starts: str) -> bool:
    """Whether a goroutine is the runtime's own, by the function it was started with (runtime/traceback.go
    isSystemGoroutine).
    """
    return starts.startswith("runtime.") and starts not in _USERS


@dataclass(slots=True)
class GoroutineGroup:
    """Living goroutines of one `go` statement and function."""

    live: int = 0
    stack_bytes: int = 0
    states: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class _Kept:
    reading: GoroutineReading
    groups: dict[SiteKey, GoroutineGroup] | None = None
    live: LiveGoroutines | None = None


class GoroutineReadings:
    """The last readings of all goroutines (`KEEP_ROWS` rows). Answers about a reading are worked out once."""

    def __init__(self) -> None:
        self._kept: deque[_Kept] = deque(maxlen=KEEP_READINGS)
        self._rows = 0
        self._waits: tuple[str, ...] = ()

    def add_reading(self, reading: GoroutineReading) -> None:
        """Append the newest reading and forget old ones that are too many."""
        if len(self._kept) == KEEP_READINGS:
            self._rows -= len(self._kept[0].reading.rows)
        self._kept.append(_Kept(reading))
        self._rows += len(reading.rows)
        while self._rows > KEEP_ROWS and len(self._kept) > 1:
            self._rows -= len(self._kept.popleft().reading.rows)

    def clear(self) -> None:
        """Forget the readings: another service follows. Names of reasons stay, as nobody sends them anew for the same
        binary.
        """
        self._kept.clear()
        self._rows = 0

    def name_waits(self, names: tuple[str, ...]) -> None:
        """Learn the names of reasons to wait, by number; none: those known stay."""
        self._waits = names or self._waits

    def forget_names(self) -> None:
        """Work answers out again: names have changed."""
        for kept in self._kept:
            kept.groups = kept.live = None

    def live_goroutines(self, symbols: SymbolTable, started: int, instant: float = math.inf) -> LiveGoroutines | None:
        """Return all goroutines as of the last reading up to an instant (agent time, s), None before the first."""
        kept = self._reading_at(instant)
        if kept is not None and kept.live is None:
            kept.live = self._live(kept.reading, symbols, started)
        return kept.live if kept else None

    def groups_by_statement(
        self, symbols: SymbolTable, instant: float = math.inf
    ) -> dict[SiteKey, GoroutineGroup] | None:
        """Return the goroutines of the same reading by `go` statement and function, None if it could not be made."""
        kept = self._reading_at(instant)
        if kept is None or kept.reading.missing:
            return None
        if kept.groups is None:
            kept.groups = self._group_rows(kept.reading, symbols)
        return kept.groups

    def _reading_at(self, instant: float) -> _Kept | None:
        return next((kept for kept in reversed(self._kept) if kept.reading.at / 1e9 <= instant), None)

    def _live(self, reading: GoroutineReading, symbols: SymbolTable, started: int) -> LiveGoroutines:
        own = sum(row.count for row in reading.rows if is_system(symbols.type_name(row.start)))
        system = own if reading.system is None else reading.system
        states = Counter[str]()
        for row in reading.rows:
            if not is_system(symbols.type_name(row.start)):
                states[self._state(row)] += row.count
        user = max(0, reading.live - system)
        if states.total() < user:
            states["not listed"] = user - states.total()
        return LiveGoroutines(
            at=(reading.at - started) / 1e9,
            took_ns=reading.took_ns,
            user=user,
            system=system,
            dead=reading.dead,
            states=tuple(states.most_common()),
            stack_bytes=sum(row.stack_bytes for row in reading.rows) + reading.folded_bytes,
            dead_stack_bytes=reading.dead_bytes,
            folded=reading.folded,
            missing=reading.missing,
        )

    def _group_rows(self, reading: GoroutineReading, symbols: SymbolTable) -> dict[SiteKey, GoroutineGroup]:
        groups: dict[SiteKey, GoroutineGroup] = {}
        for row in reading.rows:
            site = symbols.call_site(GO, (row.go,) if row.go else ())
            key = SiteKey(site.function, site.file, site.line, symbols.type_name(row.start))
            group = groups.setdefault(key, GoroutineGroup())
            group.live += row.count
            group.stack_bytes += row.stack_bytes
            group.states[self._state(row)] += row.count
        return groups

    def _state(self, row: GoroutineRow) -> str:
        if row.status == _WAITING and row.wait:
            return self._waits[row.wait] if row.wait < len(self._waits) else f"waiting ({row.wait})"
        return STATES.get(row.status, f"status {row.status}")
