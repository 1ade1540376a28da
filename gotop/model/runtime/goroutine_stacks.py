"""Stacks of goroutines: newly allocated, taken over from dead goroutines, grown and shrunk."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from gotop.agent.protocol import COPY, GO, MALG
from gotop.model.counts.arrays import value_at
from gotop.model.counts.span import Span
from gotop.model.counts.stack_table import StackTable
from gotop.model.runtime.goroutine_values import (
    NewStackSite,
    RuntimeStack,
    StackGrowthSite,
    StackOwner,
    StackResize,
    StackTotals,
)
from gotop.model.symbols.symbol_table import SymbolTable
from gotop.model.values import Frame, SiteKey

BOOT = ("runtime.rt0_go", "runtime.rt0_go.abi0")
"""What runs before there are goroutines (runtime/asm_amd64.s)."""


@dataclass(slots=True)
class StackGrowth:
    """How often the stacks of goroutines that run one function grew and shrank, and the bytes copied for it."""

    growths: int = 0
    shrinks: int = 0
    copied: int = 0


class StackOrigins:
    """Owner and outermost function of each row of the stack table. Both are worked out once, as long as names stay the
    same.
    """

    def __init__(self, table: StackTable, symbols: SymbolTable) -> None:
        self._table = table
        self._symbols = symbols
        self._owners: dict[int, StackOwner] = {}
        self._roots: dict[int, str] = {}

    def forget_names(self) -> None:
        """Work everything out again: names have changed."""
        self._owners.clear()
        self._roots.clear()

    def owner_of(self, row: int) -> StackOwner:
        """Return whose newly allocated stack a row is. Those of threads are made by runtime/proc.go allocm and
        mpreinit, those of goroutines by newproc1.
        """
        owner = self._owners.get(row)
        if owner is None:
            functions = {frame.function for frame in self._symbols.frames(self._table.rows.pcs(row))}
            if "runtime.newproc1" in functions:
                owner = StackOwner.MAIN if functions.intersection(BOOT) else StackOwner.GOROUTINE
            else:
                owner = StackOwner.SIGNALS if "runtime.mpreinit" in functions else StackOwner.THREAD
            self._owners[row] = owner
        return owner

    def root_of(self, row: int) -> str:
        """Return the function that the goroutine of a stack was started with, "" if the stack was cut off before it."""
        root = self._roots.get(row)
        if root is None:
            its = self._table.rows[row]
            root = self._roots[row] = "" if its.cut else self._symbols.root_function(its.pcs)
        return root


class GoroutineStackStats:
    """Figures of goroutines' stacks in one span. All copies of one row are between the same two sizes (PROTOCOL.md,
    kind 3).
    """

    def __init__(self, table: StackTable, symbols: SymbolTable, origins: StackOrigins, span: Span) -> None:
        self._table = table
        self._symbols = symbols
        self._origins = origins
        self._span = span

    def growth_sites(self) -> tuple[StackGrowthSite, ...]:
        """Return the functions in which stacks grow or shrink, most copied bytes first."""
        found = [site for group in self._table.groups(COPY).tolist() if (site := self._site(group)) is not None]
        return tuple(sorted(found, key=lambda site: (-site.copied, site.function, site.line)))

    def growth_by_root(self) -> dict[str, StackGrowth]:
        """Return how stacks grew and shrank, by the function that the goroutine was started with."""
        found: dict[str, StackGrowth] = {}
        for row in self._rows(COPY):
            count = self._count(row)
            if count:
                growth = found.setdefault(self._origins.root_of(row), StackGrowth())
                new, old = self._table.mean_sizes(row)
                growth.growths += count * (new > old)
                growth.shrinks += count * (new <= old)
                growth.copied += count * min(new, old)
        return found

    def new_by_statement(self) -> Counter[tuple[str, str, int]]:
        """Count the goroutines that got a newly allocated stack, by function, file and line of the `go` statement."""
        counts = Counter[tuple[str, str, int]]()
        for site in self.new_stack_sites():
            if site.owner in (StackOwner.MAIN, StackOwner.GOROUTINE):
                counts[site.function, site.file, site.line] += site.count
        return counts

    def new_stack_sites(self) -> tuple[NewStackSite, ...]:
        """Return the places at which stacks were newly allocated, most bytes first."""
        sums: dict[tuple[SiteKey, StackOwner], list[float]] = {}
        for group in self._table.groups(MALG).tolist():
            for row in self._table.members[group]:
                if self._count(row):
                    mine = sums.setdefault((self._table.keys[group], self._origins.owner_of(row)), [0, 0, 0])
                    mine[0] += self._count(row)
                    mine[1] += value_at(self._span.end.stack_bytes, row)
                    mine[2] += self._per_s(row)
        found = [
            NewStackSite(key.function, key.file, key.line, owner, int(count), per_s, int(size), size / count)
            for (key, owner), (count, size, per_s) in sums.items()
        ]
        return tuple(sorted(found, key=lambda site: (-site.bytes, site.function, site.line)))

    def stack_totals(self, created: int) -> StackTotals:
        """Sum up stacks allocated, reused and copied. `created`: goroutines created in the span."""
        made = self.new_stack_sites()
        goroutines = [site for site in made if site.owner in (StackOwner.MAIN, StackOwner.GOROUTINE)]
        new = sum(site.count for site in goroutines)
        grown = self.growth_by_root().values()
        return StackTotals(
            created=created,
            new=new,
            reused=max(0, created - new),
            allocated=sum(site.count for site in made),
            allocated_bytes=sum(site.bytes for site in made),
            growths=sum(growth.growths for growth in grown),
            shrinks=sum(growth.shrinks for growth in grown),
            copied=sum(growth.copied for growth in grown),
            new_bytes=sum(site.bytes for site in goroutines),
            first=next((round(site.size) for site in made if site.owner is StackOwner.MAIN), None),
        )

    def stacks(self, kind: int, key: SiteKey | None, owner: StackOwner | None = None) -> tuple[RuntimeStack, ...]:
        """Return the stacks of a kind (`GO`, `MALG`, `COPY`), of a site or all, of one owner or all; most counted
        first.
        """
        group = None if key is None else self._table.find_group(kind, key)
        if key is not None and group is None:
            return ()
        rows = self._rows(kind) if group is None else self._table.members[group]
        wanted = [row for row in rows if self._count(row) and (owner is None or self._origins.owner_of(row) is owner)]
        return tuple(sorted(map(self._stack, wanted), key=lambda stack: -stack.count))

    def root_functions(self, key: SiteKey) -> Counter[str]:
        """Count how often a `go` statement ran in goroutines, by the function that they were started with."""
        group, counts = self._table.find_group(GO, key), Counter[str]()
        for row in self._table.members[group] if group is not None else ():
            counts[self._origins.root_of(row)] += self._count(row)
        return +counts

    def _stack(self, row: int) -> RuntimeStack:
        kind, count = self._table.rows[row].kind, self._count(row)
        size = 0.0 if kind == GO else value_at(self._span.end.stack_bytes, row) / count
        before = self._table.mean_sizes(row)[1] if kind == COPY else 0.0
        its = self._table.rows[row]
        frames = self._symbols.frames(its.pcs)
        beyond, per_s = self._table.rows.beyond(row), self._per_s(row)
        return RuntimeStack(
            self._table.first_id + row, frames, count, per_s, size, before, its.cut, its.short, beyond
        )

    def _site(self, group: int) -> StackGrowthSite | None:
        rows = [row for row in self._table.members[group] if self._count(row)]
        if not rows:
            return None
        key, sizes = self._table.keys[group], tuple(self._resizes(rows))
        grown, shrunk = ([size for size in sizes if (size.new > size.old) is more] for more in (True, False))
        return StackGrowthSite(
            key.function, key.file, key.line,
            growths=sum(size.count for size in grown),
            shrinks=sum(size.count for size in shrunk),
            growths_per_s=sum(size.per_s for size in grown),
            shrinks_per_s=sum(size.per_s for size in shrunk),
            copied=sum(min(size.old, size.new) * size.count for size in sizes),
            sizes=sizes,
        )  # fmt: skip

    def _resizes(self, rows: Sequence[int]) -> Iterable[StackResize]:
        counts = Counter[tuple[int, int]]()
        per_s: dict[tuple[int, int], float] = {}
        for row in rows:
            new, old = self._table.mean_sizes(row)
            counts[old, new] += self._count(row)
            per_s[old, new] = per_s.get((old, new), 0.0) + self._per_s(row)
        return [StackResize(old, new, count, per_s[old, new]) for (old, new), count in counts.most_common()]

    def _rows(self, kind: int) -> Iterator[int]:
        for group in self._table.groups(kind).tolist():
            yield from self._table.members[group]

    def _count(self, row: int) -> int:
        return value_at(self._span.end.stack_allocs, row)

    def _per_s(self, row: int) -> float:
        return self._span.per_second(self._count(row) - value_at(self._span.begin.stack_allocs, row))


def frame_of_key(key: SiteKey) -> Frame:
    """Return a site as a frame."""
    return Frame(key.function, key.file, key.line, False)
