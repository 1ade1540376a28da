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

from gotop.model.counts.arrays import NOTHING, Column, Indices
from gotop.model.counts.counters import Columns


class Bundles:
    """Which group each row is of. Only grows: after new names there is another one."""

    def __init__(self) -> None:
        self._group_of = array("q")
        self._length = 0
        self._known: Indices = np.zeros(0, np.intp)

    def __len__(self) -> int:
        return len(self._group_of)

    def add(self, group: int) -> None:
        """The next row belongs to the group."""
        self._group_of.append(group)
        self._length = max(self._length, group + 1)

    def of(self, row: int) -> int:
        """The group of one row."""
        return self._group_of[row]

    @property
    def group_of(self) -> Indices:
        """By row; not to be changed."""
        if len(self._known) < len(self._group_of):
            self._known = np.array(self._group_of, np.intp)
        return self._known

    def summed(self, column: Column) -> Column:
        """A column of rows as one of groups; rows that have no group yet are in none."""
        sums, known = np.zeros(self._length, column.dtype), min(len(column), len(self))
        np.add.at(sums, self.group_of[:known], column[:known])
        return sums


class Groups(Protocol):
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
    def columns(self) -> Columns:
        """The three."""


@dataclass(frozen=True, slots=True, eq=False)
class Given:
    """Columns of groups that somebody else has summed."""

    allocs: Column
    bytes: Column
    waste: Column

    @property
    def columns(self) -> Columns:
        """The three."""
        return self.allocs, self.bytes, self.waste


class Summed:
    """Columns of groups, each summed when it is first asked for."""

    def __init__(self, bundles: Bundles, stacks: Columns) -> None:
        self._bundles = bundles
        self._stacks = stacks

    @cached_property
    def allocs(self) -> Column:
        """Objects."""
        return self._bundles.summed(self._stacks[0])

    @cached_property
    def bytes(self) -> Column:
        """Their bytes."""
        return self._bundles.summed(self._stacks[1])

    @cached_property
    def waste(self) -> Column:
        """What size classes add."""
        return self._bundles.summed(self._stacks[2])

    @property
    def columns(self) -> Columns:
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
    groups: Groups

    @classmethod
    def none(cls, at: float) -> Snapshot:
        """The instant at which nothing had been counted yet."""
        return cls(at, 0, 0, 0, NOTHING, NOTHING, NOTHING, Given(NOTHING, NOTHING, NOTHING))

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

    def grouped(self, bundles: Bundles) -> Snapshot:
        """The same counts of other groups."""
        return replace(self, groups=Summed(bundles, (self.stack_allocs, self.stack_bytes, self.stack_waste)))
