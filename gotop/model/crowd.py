"""Goroutines: those that live, beside those that were created; new stacks, and stacks that grew or shrank."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from gotop.agent.protocol import COPY, GO, MALG, GoroutineRow, Goroutines
from gotop.model.ledger import Ledger, at
from gotop.model.names import Names
from gotop.model.rows import Span
from gotop.model.runtime_values import GoroutineSite, GrowthSite, Live, Resize, RuntimeStack, StackTotals
from gotop.model.values import Frame, SiteKey

STATES = {
    0: "idle", 1: "runnable", 2: "running", 3: "syscall", 4: "waiting", 6: "dead", 8: "copying stack", 9: "preempted",
    10: "leaked",
}  # fmt: skip
"""runtime/runtime2.go, `_Gidle` and its successors, the same from Go 1.21 to 1.27 as far as they occur."""

_WAITING = 4
_USERS = frozenset({"runtime.main", "runtime.corostart", "runtime.handleAsyncEvent"})


def is_system(starts: str) -> bool:
    """Whether a goroutine is the runtime's own, by the function it starts: runtime/traceback.go isSystemGoroutine."""
    return starts.startswith("runtime.") and starts not in _USERS


@dataclass(slots=True)
class _Group:
    live: int = 0
    stack_bytes: int = 0
    states: Counter[str] = field(default_factory=Counter)


class Crowd:
    """The last reading of all goroutines."""

    def __init__(self) -> None:
        self._reading: Goroutines | None = None
        self._waits: tuple[str, ...] = ()

    def take(self, reading: Goroutines) -> None:
        """It takes the last one's place."""
        self._reading = reading

    def name_waits(self, names: tuple[str, ...]) -> None:
        """The names of reasons to wait, by number."""
        self._waits = names or self._waits

    def live(self, names: Names, started: int) -> Live | None:
        """All goroutines; None before the first reading."""
        reading = self._reading
        if reading is None:
            return None
        own = sum(row.count for row in reading.rows if is_system(names.type_name(row.start)))
        system = own if reading.system is None else reading.system
        states = Counter[str]()
        for row in reading.rows:
            states[self._state(row)] += row.count
        return Live(
            at=(reading.at - started) / 1e9,
            took_ns=reading.took_ns,
            user=max(0, reading.live - system),
            system=system,
            dead=reading.dead,
            states=tuple(states.most_common()),
            stack_bytes=sum(row.stack_bytes for row in reading.rows) + reading.folded_bytes,
            dead_stack_bytes=reading.dead_bytes,
            folded=reading.folded,
            missing=reading.missing,
        )

    def sites(self, ledger: Ledger, names: Names, span: Span) -> tuple[GoroutineSite, ...]:
        """`go` statements, created and living goroutines together; most alive first, then most created."""
        groups = self._grouped(names)
        read = self._reading is not None and not self._reading.missing
        keys = {ledger.keys[group]: group for group in ledger.groups(GO) if at(span.end.group_allocs, group)}
        found = [self._site(key, groups.get(key), keys.get(key), span, read) for key in keys | groups]
        return tuple(sorted(found, key=lambda site: (-(site.live or 0), -site.created, site.function, site.line)))

    def _site(self, key: SiteKey, live: _Group | None, group: int | None, span: Span, read: bool) -> GoroutineSite:
        created = 0 if group is None else at(span.end.group_allocs, group)
        grown = 0 if group is None else created - at(span.begin.group_allocs, group)
        alive = live or _Group()
        return GoroutineSite(
            key.function, key.file, key.line, key.type, created, span.per_second(grown),
            live=alive.live if read else None,
            stack_bytes=alive.stack_bytes if read else None,
            states=tuple(alive.states.most_common()),
            system=is_system(key.type),
        )  # fmt: skip

    def _grouped(self, names: Names) -> dict[SiteKey, _Group]:
        groups: dict[SiteKey, _Group] = {}
        for row in self._reading.rows if self._reading else ():
            site = names.site(GO, (row.go,) if row.go else ())
            key = SiteKey(site.function, site.file, site.line, names.type_name(row.start))
            group = groups.setdefault(key, _Group())
            group.live += row.count
            group.stack_bytes += row.stack_bytes
            group.states[self._state(row)] += row.count
        return groups

    def _state(self, row: GoroutineRow) -> str:
        if row.status == _WAITING and row.wait:
            return self._waits[row.wait] if row.wait < len(self._waits) else f"waiting ({row.wait})"
        return STATES.get(row.status, f"status {row.status}")


class Copies:
    """Stacks that were copied. All copies of one row are of the same two sizes (PROTOCOL.md, kind 3)."""

    def __init__(self, ledger: Ledger, names: Names, span: Span) -> None:
        self._ledger = ledger
        self._names = names
        self._span = span

    def sites(self) -> tuple[GrowthSite, ...]:
        """Functions in which stacks grow or shrink, most copied bytes first."""
        found = [site for group in self._ledger.groups(COPY) if (site := self._site(group)) is not None]
        return tuple(sorted(found, key=lambda site: (-site.copied, site.function, site.line)))

    def totals(self, created: int) -> StackTotals:
        """Stacks allocated, reused and copied."""
        new = allocated = size = 0
        for row in self._rows(MALG):
            count = self._count(row)
            allocated += count
            size += at(self._span.end.stack_bytes, row)
            # Threads have stacks as well: their gs are not made by newproc1 (runtime/proc.go allocm, mpreinit).
            if any(frame.function == "runtime.newproc1" for frame in self._frames(row)):
                new += count
        sites = self.sites()
        return StackTotals(
            created=created,
            new=new,
            reused=max(0, created - new),
            allocated=allocated,
            allocated_bytes=size,
            growths=sum(site.growths for site in sites),
            shrinks=sum(site.shrinks for site in sites),
            copied=sum(site.copied for site in sites),
        )

    def stacks(self, kind: int, key: SiteKey | None) -> tuple[RuntimeStack, ...]:
        """The stacks of a site of this kind, or of all of them; most counted first."""
        group = None if key is None else self._ledger.find(kind, key)
        if key is not None and group is None:
            return ()
        rows = self._rows(kind) if group is None else self._ledger.members[group]
        found = [self._stack(row, kind) for row in rows if self._count(row)]
        return tuple(sorted(found, key=lambda stack: -stack.count))

    def _stack(self, row: int, kind: int) -> RuntimeStack:
        count = self._count(row)
        size = 0.0 if kind == GO else at(self._span.end.stack_bytes, row) / count
        cut = self._ledger.rows[row].cut
        return RuntimeStack(self._frames(row), count, self._per_s(row), size, cut)

    def _site(self, group: int) -> GrowthSite | None:
        rows = [row for row in self._ledger.members[group] if self._count(row)]
        if not rows:
            return None
        key, sizes = self._ledger.keys[group], tuple(self._resizes(rows))
        grown, shrunk = ([size for size in sizes if (size.new > size.old) is more] for more in (True, False))
        return GrowthSite(
            key.function, key.file, key.line,
            growths=sum(size.count for size in grown),
            shrinks=sum(size.count for size in shrunk),
            growths_per_s=sum(size.per_s for size in grown),
            shrinks_per_s=sum(size.per_s for size in shrunk),
            copied=sum(min(size.old, size.new) * size.count for size in sizes),
            sizes=sizes,
        )  # fmt: skip

    def _resizes(self, rows: Sequence[int]) -> Iterable[Resize]:
        counts = Counter[tuple[int, int]]()
        per_s: dict[tuple[int, int], float] = {}
        for row in rows:
            count = self._count(row)
            sizes = at(self._span.end.stack_waste, row) // count, at(self._span.end.stack_bytes, row) // count
            counts[sizes] += count
            per_s[sizes] = per_s.get(sizes, 0.0) + self._per_s(row)
        return [Resize(old, new, count, per_s[old, new]) for (old, new), count in counts.most_common()]

    def _rows(self, kind: int) -> Iterator[int]:
        for group in self._ledger.groups(kind):
            yield from self._ledger.members[group]

    def _frames(self, row: int) -> tuple[Frame, ...]:
        return self._names.frames(self._ledger.rows[row].pcs)

    def _count(self, row: int) -> int:
        return at(self._span.end.stack_allocs, row)

    def _per_s(self, row: int) -> float:
        return self._span.per_second(self._count(row) - at(self._span.begin.stack_allocs, row))
