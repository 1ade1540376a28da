"""Sites with their share of something: a collection, a path through the allocator, a size class, the bytes that
rounding loses.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from gotop.agent.protocol import HEAP
from gotop.model.counts.arrays import Column, present, share_of
from gotop.model.counts.snapshot import Snapshot
from gotop.model.counts.stack_table import StackTable
from gotop.model.values import SiteKey


@dataclass(frozen=True, slots=True)
class SiteShare:
    """What a site allocated as part of something, and its `share` of all bytes of that. `waste`: bytes lost to
    rounding. `twins`, `siblings`: as of `SiteRow`, among the sites of the same answer.
    """

    key: SiteKey
    allocs: int
    bytes: int
    share: float
    waste: int = 0
    twins: bool = False
    siblings: bool = False

    @property
    def function(self) -> str:
        return self.key.function

    @property
    def file(self) -> str:
        return self.key.file

    @property
    def line(self) -> int:
        return self.key.line

    @property
    def type(self) -> str:
        return self.key.type

    @property
    def average(self) -> float:
        """Mean bytes of one allocation."""
        return self.bytes / self.allocs

    @property
    def lost(self) -> float:
        """Share of the bytes that its objects occupy that nobody asked for."""
        return self.waste / (self.bytes + self.waste) if self.waste else 0.0


def counted_sites(table: StackTable, *columns: Column) -> Iterator[tuple[SiteKey, int, int, int]]:
    """Return each site that has counted something with its allocations, bytes and waste. `columns`: the three, by
    group.
    """
    groups = present(table.groups(HEAP), np.maximum(columns[0], 0))
    keys = map(table.keys.__getitem__, groups.tolist())
    return zip(keys, *(column[groups].tolist() for column in columns), strict=True)


def top_site_shares(
    table: StackTable, now: Snapshot, belongs: Callable[[int], bool], limit: int
) -> tuple[SiteShare, ...]:
    """Return the `limit` sites with most bytes, of the rows of stacks that belong to something."""
    sums = sums_by(filter(belongs, heap_rows(table)), now, table.group_of.tolist().__getitem__)
    whole = sum(size for _, size, _ in sums.values())
    found = [
        SiteShare(table.keys[group], allocs, size, share_of(size, whole), lost)
        for group, (allocs, size, lost) in sums.items()
    ]
    return tuple(heapq.nlargest(limit, found, key=lambda site: site.bytes))


def waste_shares(table: StackTable, now: Snapshot) -> tuple[SiteShare, ...]:
    """Return all sites, those where rounding loses most first; `share` is of all that it loses."""
    sites = list(counted_sites(table, *now.groups.columns))
    whole = sum(lost for *_, lost in sites)
    found = [SiteShare(key, allocs, size, share_of(lost, whole), lost) for key, allocs, size, lost in sites]
    return tuple(sorted(found, key=lambda site: -site.waste))


def sums_by(rows: Iterable[int], now: Snapshot, of: Callable[[int], int]) -> dict[int, list[int]]:
    """Sum allocations, bytes and waste of rows by what `of` says of each. There may be 100,000 rows."""
    allocs, sizes, waste = (column.tolist() for column in (now.stack_allocs, now.stack_bytes, now.stack_waste))
    known, lossy = len(allocs), len(waste)
    found: dict[int, list[int]] = {}
    for row in rows:
        if row < known and allocs[row]:
            key = of(row)
            mine = found.get(key)
            if mine is None:
                mine = found[key] = [0, 0, 0]
            mine[0] += allocs[row]
            mine[1] += sizes[row]
            if row < lossy:
                mine[2] += waste[row]
    return found


def heap_rows(table: StackTable) -> Iterable[int]:
    """Return the rows of all allocations."""
    return [row for group in table.groups(HEAP).tolist() for row in table.members[group]]


def mark_lookalikes(sites: Sequence[SiteShare]) -> tuple[SiteShare, ...]:
    """Return the same sites, marked where another one of them has the same line (`twins`) or function (`siblings`)."""
    lines, functions = Counter(_line(site.key) for site in sites), Counter(_function(site.key) for site in sites)
    return tuple([
        replace(site, twins=lines[_line(site.key)] > 1, siblings=True) if functions[_function(site.key)] > 1 else site
        for site in sites
    ])  # fmt: skip


def _line(key: SiteKey) -> tuple[str, str, int]:
    return key.function, key.file, key.line


def _function(key: SiteKey) -> tuple[str, str]:
    return key.function, key.file
