"""Which way heap allocations go through the allocator, and its size classes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from gotop.agent.protocol import HEAP, LARGE, TINY, SizeClasses
from gotop.model.counts.alloc_paths import PATHS, path_name
from gotop.model.counts.arrays import gathered, indices, present
from gotop.model.counts.snapshot import Snapshot
from gotop.model.counts.stack_table import StackTable
from gotop.model.runtime.site_shares import heap_rows, sums_by
from gotop.model.values import SiteKey


@dataclass(frozen=True, slots=True)
class PathShare:
    """Heap allocations that went one way through the allocator: `tiny`, `small without pointers`, `small with
    pointers`, `large`, or `unknown`. `waste`: lost to rounding; `share` of all bytes of the question asked.
    """

    path: str
    allocs: int
    bytes: int
    waste: int
    share: float


@dataclass(frozen=True, slots=True)
class SizeClass:
    """A size class, as the runtime itself counts it since the service's start. `size` 0: large objects, whose bytes are
    their own; `live`: objects not yet found dead, and their bytes. Rates: since the reading about a second before.

    `asked`, `asked_bytes`, `waste`: of the allocations counted since the hooks were placed those known to be of this
    class, the bytes asked for, and those lost to rounding. They are known by their stacks: one whose objects have, on
    average, the size of a class is taken to have only such ones, which is an estimate; the rest has `size` -1.
    """

    size: int
    mallocs: int
    frees: int
    bytes: int
    live: int
    mallocs_per_s: float
    live_bytes: int = 0
    asked: int = 0
    asked_bytes: int = 0
    waste: int = 0

    @property
    def lost(self) -> float | None:
        """The share of what the counted objects take that nobody asked for; None where none were counted."""
        return self.waste / (self.asked_bytes + self.waste) if self.asked_bytes else None


def path_shares(table: StackTable, now: Snapshot, key: SiteKey | None) -> tuple[PathShare, ...]:
    """The paths of a site's allocations, or of all, since the hooks were placed; in the order of `PATHS`, without those
    that nothing went.
    """
    groups = table.groups(HEAP) if key is None else indices(_groups(table, key))
    rows = present(np.flatnonzero(np.isin(table.group_of, groups)), now.stack_allocs)
    paths, sums = table.paths[rows], dict[str, list[int]]()
    for path in (*range(len(PATHS) - 1), -1):
        mine = rows[paths == path]
        columns = (now.stack_allocs, now.stack_bytes, now.stack_waste)
        sums[path_name(path)] = [int(gathered(column, mine).sum()) for column in columns]
    whole = sum(size for _, size, _ in sums.values())
    return tuple(
        PathShare(name, allocs, size, waste, size / whole if whole else 0.0)
        for name, (allocs, size, waste) in sums.items()
        if allocs
    )


TINY_BLOCK, LARGE_CLASS, SEVERAL = 16, 0, -1
"""Sizes that stand for a class: the block that tiny objects share, whole pages, and objects of several classes."""


class StackSizeClasses:
    """Of which class each stack's allocations are, as far as that can be known: see `SizeClass`."""

    def __init__(self, table: StackTable, sizes: Iterable[int]) -> None:
        self._table = table
        self._counted = list(zip(*(column.tolist() for column in table.counted), strict=True))
        self._sizes = frozenset(sizes)

    def class_of(self, row: int) -> int:
        """The size of the class; that of one whose objects are of several is `SEVERAL`."""
        path = self._table.rows[row].path
        if path in (TINY, LARGE):
            return TINY_BLOCK if path == TINY else LARGE_CLASS
        count, asked, lost = self._counted[row]
        size, rest = divmod(asked + lost, count) if count else (0, 1)
        return size if not rest and size in self._sizes else SEVERAL

    def sums_by_class(self, now: Snapshot) -> dict[int, tuple[int, int, int]]:
        """Allocations, bytes asked for and bytes lost, by class."""
        found = sums_by(heap_rows(self._table), now, self.class_of)
        return {size: (count, asked, lost) for size, (count, asked, lost) in found.items()}


def _groups(table: StackTable, key: SiteKey) -> list[int]:
    group = table.find_group(HEAP, key)
    return [] if group is None else [group]


class SizeClassReadings:
    """The last two readings of the runtime's size classes."""

    def __init__(self) -> None:
        self._last: SizeClasses | None = None
        self._before: SizeClasses | None = None

    def add_reading(self, reading: SizeClasses) -> None:
        """The newest one. Counters that went back are another process's: nothing before counts any more."""
        last = self._last
        again = last is None or reading.at <= last.at or len(reading.classes) != len(last.classes)
        self._before, self._last = (None if again else last), reading

    def clear(self) -> None:
        """Another service follows."""
        self._last = self._before = None

    def size_classes(self) -> tuple[SizeClass, ...]:
        """Those that were ever used, by size; large objects last."""
        if self._last is None:
            return ()
        before = dict(_counts(self._before)) if self._before else {}
        seconds = (self._last.at - self._before.at) / 1e9 if self._before else 0.0
        found = []
        for size, (mallocs, frees, amount, left) in _counts(self._last):
            if mallocs:
                grown = mallocs - before.get(size, (mallocs, 0, 0, 0))[0]
                rate = max(0, grown) / seconds if seconds > 0 else 0.0
                found.append(SizeClass(size, mallocs, frees, amount, max(0, mallocs - frees), rate, max(0, left)))
        return tuple(found)

    def with_waste(self, table: StackTable, now: Snapshot) -> tuple[SizeClass, ...]:
        """All classes with what is known of the bytes lost in them; last, what cannot be told apart (`size` -1)."""
        sums, found = self.classes_of_stacks(table).sums_by_class(now), []
        for each in self.size_classes():
            count, asked, lost = sums.pop(each.size, (0, 0, 0))
            found.append(replace(each, asked=count, asked_bytes=asked, waste=lost))
        count, asked, lost = (sum(column) for column in zip((0, 0, 0), *sums.values(), strict=True))
        rest = SizeClass(SEVERAL, 0, 0, 0, 0, 0.0, 0, count, asked, lost)
        return (*found, rest) if count and found else tuple(found)

    def classes_of_stacks(self, table: StackTable) -> StackSizeClasses:
        """Which stacks are of which class."""
        return StackSizeClasses(table, self._last.classes[::3] if self._last else ())

    @property
    def tiny(self) -> int:
        """Objects put into a block of 16 bytes that another had begun; the block itself is one of its class."""
        return self._last.tiny if self._last else 0


def _counts(reading: SizeClasses) -> list[tuple[int, tuple[int, int, int, int]]]:
    """Size → allocated, freed, bytes allocated, bytes not yet freed."""
    flat = iter(reading.classes)
    triples = zip(flat, flat, flat, strict=True)
    classes = [(size, (mallocs, frees, mallocs * size, (mallocs - frees) * size)) for size, mallocs, frees in triples]
    mallocs, amount, frees, freed = reading.large
    return [*(entry for entry in classes if entry[0]), (LARGE_CLASS, (mallocs, frees, amount, amount - freed))]
