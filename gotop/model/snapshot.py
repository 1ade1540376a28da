"""Counts of one instant, and how those of stacks make those of their groups (call sites).

Columns are arrays: a copy is one block of memory, and reading one from end to end is several times as fast as following
a list to as many ints, which lie anywhere. Of most snapshots, nobody ever asks for more than one column of groups, if
that: each is worked out when it is asked for.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import repeat
from operator import itemgetter
from typing import Protocol, TypeAlias

Column: TypeAlias = "array[int] | list[int]"
"""A list where an int is too large for an array: only a peer that sends nonsense counts that far."""


def packed(column: Sequence[int]) -> Column:
    """As an array if that can be; by way of `struct`, which is four times as fast as making it of ints."""
    try:
        return array("q", struct.pack(f"{len(column)}q", *column))
    except struct.error:
        return list(column)


def at(column: Sequence[int], index: int) -> int:
    """A column's value, 0 for what is younger than the column."""
    return column[index] if index < len(column) else 0


class Bundles:
    """Which rows make a group. Only grows: after new names there is another one.

    Many groups have but one row, and all have a first one: these are fetched all at once, by a loop of C's.
    """

    def __init__(self) -> None:
        self._rows = 0
        self._first: list[int] = []
        self._further: dict[int, list[int]] = {}
        self._fetch: Callable[[Column], tuple[int, ...]] | None = None

    def add(self, row: int, group: int) -> None:
        """The row belongs to the group."""
        self._fetch = None
        while len(self._first) <= group:
            self._first.append(-1)
        if self._first[group] < 0:
            self._first[group] = row
        else:
            self._further.setdefault(group, []).append(row)
        self._rows = max(self._rows, row + 1)

    def summed(self, column: Column) -> list[int]:
        """A column of rows as one of groups."""
        known = column[:]
        known.extend(repeat(0, 1 + max(0, self._rows - len(column))))
        if self._fetch is None:
            self._fetch = itemgetter(-1, -1, *self._first)  # of one item it would not make a tuple
        sums = list(self._fetch(known)[2:])  # -1, where a group has no row, is the 0 at the end
        for group, rows in self._further.items():
            sums[group] += sum(map(known.__getitem__, rows))
        return sums

    def sum(self, column: Column, group: int) -> int:
        """The value of one group."""
        first = self._first[group] if group < len(self._first) else -1
        return sum(at(column, row) for row in (first, *self._further.get(group, ())) if row >= 0)


class Groups(Protocol):
    """Columns of groups. What came later is missing at their end or 0."""

    @property
    def allocs(self) -> Sequence[int]:
        """Objects."""

    @property
    def bytes(self) -> Sequence[int]:
        """Their bytes."""

    @property
    def waste(self) -> Sequence[int]:
        """What size classes add."""

    def waste_of(self, group: int) -> int:
        """What they add to one group."""

    def kept(self) -> Groups:
        """The same without the waste of stacks."""


@dataclass(frozen=True, slots=True)
class Given:
    """Columns of groups that somebody else has summed."""

    allocs: Sequence[int] = ()
    bytes: Sequence[int] = ()
    waste: Sequence[int] = ()

    def waste_of(self, group: int) -> int:
        """Of one group."""
        return at(self.waste, group)

    def kept(self) -> Given:
        """They need no stacks."""
        return self


class Summed:
    """Columns of groups, each summed when it is first asked for. `keep`: for long, and so in little memory."""

    def __init__(self, bundles: Bundles, allocs: Column, sizes: Column, waste: Column, keep: bool = False) -> None:
        self._bundles = bundles
        self._columns = (allocs, sizes, waste)
        self._keep = keep

    @cached_property
    def allocs(self) -> Sequence[int]:
        """Objects."""
        return self._sum(0)

    @cached_property
    def bytes(self) -> Sequence[int]:
        """Their bytes."""
        return self._sum(1)

    @cached_property
    def waste(self) -> Sequence[int]:
        """What size classes add."""
        return self._sum(2)

    def waste_of(self, group: int) -> int:
        """Of one group: a table shows a few, and orders by it rarely."""
        return at(self.waste, group) if "waste" in self.__dict__ else self._bundles.sum(self._columns[2], group)

    def kept(self) -> Summed:
        """The same without the waste of stacks."""
        allocs, sizes, _ = self._columns
        kept = Summed(self._bundles, allocs, sizes, [], keep=True)
        kept.waste = packed(self.waste)
        return kept

    def _sum(self, number: int) -> Sequence[int]:
        sums = self._bundles.summed(self._columns[number])
        return packed(sums) if self._keep else sums


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Counts at one instant (`at`: agent time, s). Columns are indexed by row (stack) or group; what came later is
    missing at their end and counts as 0. Coarse ones (kept for windows and the past) have no waste of stacks.
    """

    at: float
    allocs: int
    bytes: int
    gos: int
    stack_allocs: Column
    stack_bytes: Column
    stack_waste: Column
    groups: Groups

    @classmethod
    def none(cls, at: float) -> Snapshot:
        """The instant at which nothing had been counted yet."""
        return cls(at, 0, 0, 0, [], [], [], Given())

    @property
    def group_allocs(self) -> Sequence[int]:
        """Objects, by group."""
        return self.groups.allocs

    @property
    def group_bytes(self) -> Sequence[int]:
        """Bytes, by group."""
        return self.groups.bytes

    @property
    def group_waste(self) -> Sequence[int]:
        """What size classes add, by group."""
        return self.groups.waste

    def grouped(self, bundles: Bundles) -> Snapshot:
        """The same counts of other groups."""
        columns = (self.stack_allocs, self.stack_bytes, self.stack_waste)
        return replace(self, groups=Summed(bundles, *columns, keep=not len(self.stack_waste)))

    def coarse(self) -> Snapshot:
        """The same in less memory."""
        return replace(self, stack_waste=[], groups=self.groups.kept())
