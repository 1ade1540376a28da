"""Counts of one instant, and how those of stacks make those of their groups (call sites).

Of most snapshots, nobody ever asks for more than one column of groups, if that: each is worked out when it is asked
for.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Protocol

import numpy as np

from gotop.model.counts.arrays import EMPTY, Column, Indices
from gotop.model.counts.counters import CountColumns


class GroupIndex:
    """Which group each row is of. Only grows: after new names there is another one."""

    def __init__(self) -> None:
        self._group_of = array("q")
        self._length = 0
        self._group_array: Indices = np.zeros(0, np.intp)

    def __len__(self) -> int:
        return len(self._group_of)

    def add_row(self, group: int) -> None:
        """The next row belongs to the group."""
        self._group_of.append(group)
        self._length = max(self._length, group + 1)

    def group_of_row(self, row: int) -> int:
        """The group of one row."""
        return self._group_of[row]

    @property
    def group_of(self) -> Indices:
        """By row; not to be changed."""
        if len(self._group_array) < len(self._group_of):
            self._group_array = np.array(self._group_of, np.intp)
        return self._group_array

    def sum_by_group(self, column: Column) -> Column:
        """A column of rows as one of groups; rows that have no group yet are in none."""
        sums, known = np.zeros(self._length, column.dtype), min(len(column), len(self))
        np.add.at(sums, self.group_of[:known], column[:known])
        return sums


class GroupSums(Protocol):
    """Columns of groups. What came later is missing at their end or 0."""

    @property
    def allocs(self) -> Column:
        """Objects."""

    @property
    def bytes(self) -> Column:
        """Their bytes."""

    @property
    def waste(self) -> Column:
        """What size classes add."""

    @property
    def columns(self) -> CountColumns:
        """The three."""


@dataclass(frozen=True, slots=True, eq=False)
class ReadyGroupSums:
    """Columns of groups that somebody else has summed."""

    allocs: Column
    bytes: Column
    waste: Column

    @property
    def columns(self) -> CountColumns:
        """The three."""
        return self.allocs, self.bytes, self.waste


class LazyGroupSums:
    """Columns of groups, each summed when it is first asked for."""

    def __init__(self, bundles: GroupIndex, stacks: CountColumns) -> None:
        self._groups = bundles
        self._stack_columns = stacks

    @cached_property
    def allocs(self) -> Column:
        """Objects."""
        return self._groups.sum_by_group(self._stack_columns[0])

    @cached_property
    def bytes(self) -> Column:
        """Their bytes."""
        return self._groups.sum_by_group(self._stack_columns[1])

    @cached_property
    def waste(self) -> Column:
        """What size classes add."""
        return self._groups.sum_by_group(self._stack_columns[2])

    @property
    def columns(self) -> CountColumns:
        """The three."""
        return self.allocs, self.bytes, self.waste


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """Counts at one instant (`at`: agent time, s). Columns are indexed by row (stack) or group; what came later is
    missing at their end and counts as 0.
    """

    at: float
    allocs: int
    bytes: int
    gos: int
    stack_allocs: Column
    stack_bytes: Column
    stack_waste: Column
    groups: GroupSums

    @classmethod
    def empty_at(cls, at: float) -> Snapshot:
        """The instant at which nothing had been counted yet."""
        return cls(at, 0, 0, 0, EMPTY, EMPTY, EMPTY, ReadyGroupSums(EMPTY, EMPTY, EMPTY))

    @property
    def group_allocs(self) -> Column:
        """Objects, by group."""
        return self.groups.allocs

    @property
    def group_bytes(self) -> Column:
        """Bytes, by group."""
        return self.groups.bytes

    @property
    def group_waste(self) -> Column:
        """What size classes add, by group."""
        return self.groups.waste

    def with_groups(self, bundles: GroupIndex) -> Snapshot:
        """The same counts of other groups."""
        return replace(self, groups=LazyGroupSums(bundles, (self.stack_allocs, self.stack_bytes, self.stack_waste)))
