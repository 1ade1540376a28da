"""The paths that allocations take through the allocator, and its size classes."""

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
    """Heap allocations that took one path through the allocator (`counts.alloc_paths.PATHS`). `waste`: bytes lost to
    rounding; `share` of all bytes of the question asked.
    """

    path: str
    allocs: int
    bytes: int
    waste: int
    share: float


@dataclass(frozen=True, slots=True)
class SizeClass:
    """A size class, as the runtime counts it since the service's start. `size` 0: large objects; `live`, `live_bytes`:
    objects not yet freed; `mallocs_per_s`: since the reading about a second before.

    `asked` (objects), `asked_bytes`, `waste`: of the allocations counted since the hooks were placed, those of this
    class. The class is known by the stack: if the objects of a stack have on average the size of a class, all are taken
    to be of it, which is an estimate; what is of no one class is in the row of `size` -1.
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
        """Share of the bytes that the counted objects occupy that nobody asked for, None where none were counted."""
        return self.waste / (self.asked_bytes + self.waste) if self.asked_bytes else None


def path_shares(table: StackTable, now: Snapshot, key: SiteKey | None) -> tuple[PathShare, ...]:
    """Return the paths of a site's allocations, or of all, since the hooks were placed; in the order of `PATHS`,
    without unused ones.
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
    """The size class of each stack's allocations, as far as it can be known: see `SizeClass`."""

    def __init__(self, table: StackTable, sizes: Iterable[int]) -> None:
        self._table = table
        self._counted = list(zip(*(column.tolist() for column in table.counted), strict=True))
        self._sizes = frozenset(sizes)

    def class_of(self, row: int) -> int:
        """Return the size of the class of a row, `SEVERAL` if its objects are of several."""
        path = self._table.rows.path(row)
        if path in (TINY, LARGE):
            return TINY_BLOCK if path == TINY else LARGE_CLASS
        count, asked, lost = self._counted[row]
        size, rest = divmod(asked + lost, count) if count else (0, 1)
        return size if not rest and size in self._sizes else SEVERAL

    def sums_by_class(self, now: Snapshot) -> dict[int, tuple[int, int, int]]:
        """Return allocations, bytes asked for and bytes lost, by size of the class."""
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
        """Keep the newest reading. If time went back, it is of another process, and the one before does not count."""
        last = self._last
        again = last is None or reading.at <= last.at or len(reading.classes) != len(last.classes)
        self._before, self._last = (None if again else last), reading

    def clear(self) -> None:
        """Forget both readings: another service follows."""
        self._last = self._before = None

    def size_classes(self) -> tuple[SizeClass, ...]:
        """Return the classes that were ever used, by size; large objects last."""
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
        """Return all classes with the counted bytes lost in them; last, what is of no one class (`size` -1)."""
        sums, found = self.classes_of_stacks(table).sums_by_class(now), []
        for each in self.size_classes():
            count, asked, lost = sums.pop(each.size, (0, 0, 0))
            found.append(replace(each, asked=count, asked_bytes=asked, waste=lost))
        count, asked, lost = (sum(column) for column in zip((0, 0, 0), *sums.values(), strict=True))
        rest = SizeClass(SEVERAL, 0, 0, 0, 0, 0.0, 0, count, asked, lost)
        return (*found, rest) if count and found else tuple(found)

    def classes_of_stacks(self, table: StackTable) -> StackSizeClasses:
        """Return which stacks are of which class."""
        return StackSizeClasses(table, self._last.classes[::3] if self._last else ())

    @property
    def tiny(self) -> int:
        """Objects put into a block of 16 bytes that another one had begun; the block itself counts in its class."""
        return self._last.tiny if self._last else 0


def _counts(reading: SizeClasses) -> list[tuple[int, tuple[int, int, int, int]]]:
    """Return objects allocated, freed, bytes allocated and bytes not yet freed, by size."""
    flat = iter(reading.classes)
    triples = zip(flat, flat, flat, strict=True)
    classes = [(size, (mallocs, frees, mallocs * size, (mallocs - frees) * size)) for size, mallocs, frees in triples]
    mallocs, amount, frees, freed = reading.large
    return [*(entry for entry in classes if entry[0]), (LARGE_CLASS, (mallocs, frees, amount, amount - freed))]
