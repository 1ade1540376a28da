"""Stacks of goroutines: newly allocated, taken from dead ones, grown and shrunk; and whose code started goroutines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from gotop.agent.protocol import COPY, GO, MALG
from gotop.model.counts.arrays import at
from gotop.model.counts.span import Span
from gotop.model.counts.stack_table import Ledger
from gotop.model.runtime.goroutine_values import GrowthSite, NewStackSite, Owner, Resize, RuntimeStack, StackTotals
from gotop.model.symbols.symbol_table import Names
from gotop.model.values import Frame, SiteKey

BOOT = ("runtime.rt0_go", "runtime.rt0_go.abi0")
"""What runs before there are goroutines (runtime/asm_amd64.s)."""


@dataclass(slots=True)
class Growth:
    """What the stacks of the goroutines that run one function did."""

    growths: int = 0
    shrinks: int = 0
    copied: int = 0


class Origins:
    """Whose each row of the ledger is: worked out once, for what a stack is does not change."""

    def __init__(self, ledger: Ledger, names: Names) -> None:
        self._ledger = ledger
        self._names = names
        self._owners: dict[int, Owner] = {}
        self._roots: dict[int, str] = {}

    def forget(self) -> None:
        """Names have changed."""
        self._owners.clear()
        self._roots.clear()

    def owner(self, row: int) -> Owner:
        """Of a newly allocated stack. Threads' are made by runtime/proc.go allocm and mpreinit, not by newproc1."""
        owner = self._owners.get(row)
        if owner is None:
            functions = {frame.function for frame in self._names.frames(self._ledger.rows[row].pcs)}
            if "runtime.newproc1" in functions:
                owner = Owner.MAIN if functions.intersection(BOOT) else Owner.GOROUTINE
            else:
                owner = Owner.SIGNALS if "runtime.mpreinit" in functions else Owner.THREAD
            self._owners[row] = owner
        return owner

    def root(self, row: int) -> str:
        """The function that the goroutine of a stack was started with; "" if the stack was cut off before it."""
        root = self._roots.get(row)
        if root is None:
            its = self._ledger.rows[row]
            root = self._roots[row] = "" if its.cut else self._names.root(its.pcs)
        return root


class Copies:
    """Answers for one span. All copies of one row are of the same two sizes (PROTOCOL.md, kind 3)."""

    def __init__(self, ledger: Ledger, names: Names, origins: Origins, span: Span) -> None:
        self._ledger = ledger
        self._names = names
        self._origins = origins
        self._span = span

    def sites(self) -> tuple[GrowthSite, ...]:
        """Functions in which stacks grow or shrink, most copied bytes first."""
        found = [site for group in self._ledger.groups(COPY).tolist() if (site := self._site(group)) is not None]
        return tuple(sorted(found, key=lambda site: (-site.copied, site.function, site.line)))

    def grown(self) -> dict[str, Growth]:
        """What stacks did, by the function that the goroutine was started with."""
        found: dict[str, Growth] = {}
        for row in self._rows(COPY):
            count = self._count(row)
            if count:
                growth = found.setdefault(self._origins.root(row), Growth())
                new, old = self._ledger.means(row)
                growth.growths += count * (new > old)
                growth.shrinks += count * (new <= old)
                growth.copied += count * min(new, old)
        return found

    def new_by_statement(self) -> Counter[tuple[str, str, int]]:
        """Goroutines that got a newly allocated stack, by the place of the `go` statement."""
        counts = Counter[tuple[str, str, int]]()
        for site in self.new_sites():
            if site.owner in (Owner.MAIN, Owner.GOROUTINE):
                counts[site.function, site.file, site.line] += site.count
        return counts

    def new_sites(self) -> tuple[NewStackSite, ...]:
        """Where stacks were newly allocated, most bytes first."""
        sums: dict[tuple[SiteKey, Owner], list[float]] = {}
        for group in self._ledger.groups(MALG).tolist():
            for row in self._ledger.members[group]:
                if self._count(row):
                    mine = sums.setdefault((self._ledger.keys[group], self._origins.owner(row)), [0, 0, 0])
                    mine[0] += self._count(row)
                    mine[1] += at(self._span.end.stack_bytes, row)
                    mine[2] += self._per_s(row)
        found = [
            NewStackSite(key.function, key.file, key.line, owner, int(count), per_s, int(size), size / count)
            for (key, owner), (count, size, per_s) in sums.items()
        ]
        return tuple(sorted(found, key=lambda site: (-site.bytes, site.function, site.line)))

    def totals(self, created: int) -> StackTotals:
        """Stacks allocated, reused and copied."""
        made = self.new_sites()
        goroutines = [site for site in made if site.owner in (Owner.MAIN, Owner.GOROUTINE)]
        new = sum(site.count for site in goroutines)
        grown = self.grown().values()
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
            first=next((round(site.size) for site in made if site.owner is Owner.MAIN), None),
        )

    def stacks(self, kind: int, key: SiteKey | None, owner: Owner | None = None) -> tuple[RuntimeStack, ...]:
        """The stacks of a site of this kind, or of all of them, of one owner or all; most counted first."""
        group = None if key is None else self._ledger.find(kind, key)
        if key is not None and group is None:
            return ()
        rows = self._rows(kind) if group is None else self._ledger.members[group]
        wanted = [row for row in rows if self._count(row) and (owner is None or self._origins.owner(row) is owner)]
        return tuple(sorted(map(self._stack, wanted), key=lambda stack: -stack.count))

    def roots(self, key: SiteKey) -> Counter[str]:
        """In which goroutines, by the function they were started with, a `go` statement ran, and how often."""
        group, counts = self._ledger.find(GO, key), Counter[str]()
        for row in self._ledger.members[group] if group is not None else ():
            counts[self._origins.root(row)] += self._count(row)
        return +counts

    def _stack(self, row: int) -> RuntimeStack:
        kind, count = self._ledger.rows[row].kind, self._count(row)
        size = 0.0 if kind == GO else at(self._span.end.stack_bytes, row) / count
        before = self._ledger.means(row)[1] if kind == COPY else 0.0
        its = self._ledger.rows[row]
        frames = self._names.frames(its.pcs)
        return RuntimeStack(self._ledger.first_id + row, frames, count, self._per_s(row), size, before, its.cut)

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
            new, old = self._ledger.means(row)
            counts[old, new] += self._count(row)
            per_s[old, new] = per_s.get((old, new), 0.0) + self._per_s(row)
        return [Resize(old, new, count, per_s[old, new]) for (old, new), count in counts.most_common()]

    def _rows(self, kind: int) -> Iterator[int]:
        for group in self._ledger.groups(kind).tolist():
            yield from self._ledger.members[group]

    def _count(self, row: int) -> int:
        return at(self._span.end.stack_allocs, row)

    def _per_s(self, row: int) -> float:
        return self._span.per_second(self._count(row) - at(self._span.begin.stack_allocs, row))


def place_of(key: SiteKey) -> Frame:
    """A site as a frame."""
    return Frame(key.function, key.file, key.line, False)
