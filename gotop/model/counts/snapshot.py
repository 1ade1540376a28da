"""Counts of one instant, by stack and by group of stacks (a call site and type).

Sums by group are worked out when they are asked for: of most snapshots nobody asks for more than one column, if any.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Protocol

import numpy as np

from gotop.model.counts.arrays import EMPTY, Column, Indices
from gotop.model.counts.counters import CountColumns
from gotop.model.counts.stack_columns import StackColumns


class GroupIndex:
    """The group that each row belongs to. It only grows; after names have changed, another index replaces it."""

    def __init__(self) -> None:
        self._group_of = array("q")
        self._length = 0
        self._group_array: Indices = np.zeros(0, np.intp)

    def __len__(self) -> int:
        return len(self._group_of)

    def add_row(self, group: int) -> None:
        """Put the next row into a group."""
        self._group_of.append(group)
        self._length = max(self._length, group + 1)

    def regrouped(self, groups: Mapping[int, int]) -> GroupIndex:
        """Return an index in which some rows have other groups."""
        other = GroupIndex()
        other._group_of = array("q", self._group_of)
        for row, group in groups.items():
            other._group_of[row] = group
        other._length = max(self._length, *(group + 1 for group in groups.values()), 0)
        return other

    def group_of_row(self, row: int) -> int:
        """Return the group of one row."""
        return self._group_of[row]

    @property
    def group_of(self) -> Indices:
        """The group of each row, as an array that must not be changed."""
        if len(self._group_array) < len(self._group_of):
            self._group_array = np.array(self._group_of, np.intp)
        return self._group_array

    def sum_by_group(self, column: Column) -> Column:
        """Sum a column of rows by group; rows that have no group yet are left out."""
        sums, known = np.zeros(self._length, column.dtype), min(len(column), len(self))
        np.add.at(sums, self.group_of[:known], column[:known])
        return sums


class Summer(Protocol):
    """What sums columns of rows by group."""

    def sum_by_group(self, column: Column) -> Column:
        """Sum a column of rows by group."""


class GroupSums(Protocol):
    """Objects, bytes and waste by group. Groups that came later are beyond a column's end."""

    @property
    def allocs(self) -> Column: ...
    @property
    def bytes(self) -> Column: ...
    @property
    def waste(self) -> Column:
        """Bytes that rounding up to size classes added."""

    @property
    def columns(self) -> CountColumns:
        """All three."""


@dataclass(frozen=True, slots=True, eq=False)
class ReadyGroupSums:
    """Sums by group that have been worked out already."""

    allocs: Column
    bytes: Column
    waste: Column

    @property
    def columns(self) -> CountColumns:
        return self.allocs, self.bytes, self.waste


class LazyGroupSums:
    """Sums by group, each worked out when it is first asked for."""

    def __init__(self, groups: Summer, stacks: StackColumns) -> None:
        self._groups = groups
        self._stacks = stacks

    @cached_property
    def allocs(self) -> Column:
        return self._groups.sum_by_group(self._stacks.allocs)

    @cached_property
    def bytes(self) -> Column:
        return self._groups.sum_by_group(self._stacks.bytes)

    @cached_property
    def waste(self) -> Column:
        return self._groups.sum_by_group(self._stacks.waste)

    @property
    def columns(self) -> CountColumns:
        return self.allocs, self.bytes, self.waste


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """Counts at one instant (`at`: agent time, s): `allocs`, `bytes`, `gos` (`go` statements run) in all, as the agent
    sums them, and columns by row of the stack table and by group. What came later is beyond a column's end and counts
    as 0.
    """

    at: float
    allocs: int
    bytes: int
    gos: int
    stacks: StackColumns
    groups: GroupSums

    @classmethod
    def empty_at(cls, at: float) -> Snapshot:
        """Make the snapshot of an instant at which nothing had been counted yet."""
        return cls(at, 0, 0, 0, StackColumns(), ReadyGroupSums(EMPTY, EMPTY, EMPTY))

    @property
    def stack_allocs(self) -> Column:
        return self.stacks.allocs

    @property
    def stack_bytes(self) -> Column:
        return self.stacks.bytes

    @property
    def stack_waste(self) -> Column:
        return self.stacks.waste

    @property
    def group_allocs(self) -> Column:
        return self.groups.allocs

    @property
    def group_bytes(self) -> Column:
        return self.groups.bytes

    @property
    def group_waste(self) -> Column:
        return self.groups.waste

    def with_groups(self, groups: Summer) -> Snapshot:
        """Return the same counts with rows in other groups."""
        return replace(self, groups=LazyGroupSums(groups, self.stacks))
