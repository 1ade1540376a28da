"""Counts of every stack, and which of them make a group (call site and type).

Everything a front asks for is made of *snapshots*: the count columns as they were at a tick. Adding to a column of
10,000 counts costs microseconds, a difference of two columns too, so that windows, marks and a paused screen need no
bookkeeping per stack.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from gotop.agent.protocol import COPY, GO, HEAP, LARGE, SAMPLE, DeltaColumns, StackDef
from gotop.model.counts.arrays import Column, Indices, indices
from gotop.model.counts.counters import Columns, Counts
from gotop.model.counts.sampling import Samples
from gotop.model.counts.snapshot import Bundles, Snapshot, Summed
from gotop.model.symbols.symbol_table import Names
from gotop.model.values import SiteKey

UNKNOWN = -1
"""Kind of a stack that was counted but never defined; it is in no view."""


@dataclass(frozen=True, slots=True)
class Row:
    """What a stack is: its identity through reconnection. `apart`: copied stacks and samples of different sizes are
    different ones, although nothing else tells them apart.
    """

    kind: int
    type: int
    pcs: tuple[int, ...]
    cut: bool
    path: int = -1
    apart: int = -1


class Ledger:
    """Stacks, their groups, and the counts of both."""

    def __init__(self, names: Names, first_id: int = 0) -> None:
        self._names = names
        self.first_id = first_id
        self.rows: list[Row] = []
        self.keys: list[SiteKey] = []
        self.kinds: list[int] = []
        self.members: list[list[int]] = []
        self.undefined = 0
        self.samples = Samples()
        self.estimated: set[int] = set()
        """Groups whose counts are estimates, at least in part."""
        self._row_of: dict[Row, int] = {}
        self._group_index: dict[tuple[int, SiteKey], int] = {}
        self._ids = _Ids(self)
        self._counts = Counts()
        self._bundles = Bundles()
        self._paths = array("b")
        self._sorted: dict[int, tuple[int, Indices]] = {}

    def define(self, defs: Iterable[StackDef]) -> None:
        """Learn what ids mean. The same stack under another id is the same row."""
        for entry in defs:
            apart = entry.id if entry.kind in (COPY, SAMPLE) else -1
            row = Row(entry.kind, entry.type, entry.pcs, entry.cut, entry.path, apart)
            index = self._row_of.get(row)
            self._ids[entry.id] = self._add(row) if index is None else index

    def forget_ids(self) -> None:
        """A new connection: ids are defined anew and the next tick counts from the start."""
        self._ids.clear()

    def zero(self) -> None:
        """Set all counts to 0, keep what stacks and groups are."""
        self.samples.zero()
        self._counts.zero()

    def add_run(self, run: DeltaColumns) -> None:
        """Add a tick's run: at once, where its ids are those of consecutive rows and none is of samples."""
        first = self._ids.straight(run.first, run.length)
        if first is None or self.samples:
            self.add(list(run.deltas()))
        else:
            self._counts.add_run(first, run)

    def add(self, deltas: Sequence[int]) -> None:
        """Add a tick's flat id, count, bytes, waste, …"""
        if self.samples:
            deltas = list(self.samples.estimated([self._ids[id_] for id_ in deltas[::4]], deltas))
        self._counts.add(deltas, self._ids)

    def snapshot(self, at: float, allocs: int, size: int, gos: int) -> Snapshot:
        """All counts as they are now, with the agent's own totals."""
        counts = self._counts.columns
        return Snapshot(at, allocs, size, gos, *counts, Summed(self._bundles, counts))

    def regroup(self, snapshot: Snapshot) -> Snapshot:
        """The snapshot of the groups that there are after `rename`."""
        return snapshot.grouped(self._bundles)

    def rename(self) -> None:
        """Names have changed: find every stack's group again. Snapshots from before need `regroup`."""
        self.members = [[] for _ in self.members]
        self.estimated.clear()
        self._bundles = Bundles()
        for index, row in enumerate(self.rows):
            self._join(index, row)
        self._sorted.clear()

    @property
    def group_of(self) -> Indices:
        """The group of each row."""
        return self._bundles.group_of

    @property
    def paths(self) -> Column:
        """The way of each row through the allocator, -1 for what is none of those that are known."""
        return np.array(self._paths, np.int8)

    def groups(self, kind: int) -> Indices:
        """The groups of one kind, in the order of their keys."""
        count, order = self._sorted.get(kind, (0, indices([])))
        if count != len(self.keys):
            mine = [group for group, its in enumerate(self.kinds) if its == kind]
            order = indices(sorted(mine, key=self.keys.__getitem__)) if len(mine) != len(order) else order
            self._sorted[kind] = (len(self.keys), order)
        return order

    def stacks_of(self, snapshot: Snapshot) -> Column:
        """How many stacks of each group had counted something."""
        counted = np.flatnonzero(snapshot.stack_allocs)
        return np.bincount(self.group_of[counted], minlength=len(self.keys))

    def find(self, kind: int, key: SiteKey) -> int | None:
        """The group with this identity."""
        return self._group_index.get((kind, key))

    @property
    def counted(self) -> Columns:
        """How often every stack was counted until now, its bytes and its waste."""
        return self._counts.columns

    def means(self, row: int) -> tuple[int, int]:
        """What one count of a stack has: bytes and waste, on average; for a copied stack its new and old size, which
        are always the same (PROTOCOL.md, kind 3). 0 where nothing was counted.
        """
        count, size, waste = (int(column[row]) for column in self.counted)
        return (size // count, waste // count) if count else (0, 0)

    def _add(self, row: Row) -> int:
        index = len(self.rows)
        self.rows.append(row)
        self._row_of[row] = index
        self._paths.append(row.path if 0 <= row.path <= LARGE else -1)
        if row.kind == SAMPLE:
            self.samples.add(index)
        self._counts.append()
        self._join(index, row)
        return index

    def _join(self, index: int, row: Row) -> None:
        kind = HEAP if row.kind == SAMPLE else row.kind
        site = self._names.site(kind, row.pcs)
        type_name = self._names.type_name(row.type) if kind in (HEAP, GO) else ""
        key = SiteKey(site.function, site.file, site.line, type_name)
        group = self._group_index.get((kind, key))
        if group is None:
            group = self._group_index[kind, key] = len(self.keys)
            self.keys.append(key)
            self.kinds.append(kind)
            self.members.append([])
        self.members[group].append(index)
        self._bundles.add(group)
        if row.kind == SAMPLE:
            self.estimated.add(group)


class _Ids(dict[int, int]):
    """Wire id → row. One that was never defined gets a row that no view shows: it must not end the session.

    Agents number stacks in the order in which they define them, so ids are rows but for a constant, as a rule.
    """

    def __init__(self, ledger: Ledger) -> None:
        super().__init__()
        self._ledger = ledger
        self._straight = 0
        """How many ids from 0 on have consecutive rows."""

    def __setitem__(self, id_: int, row: int) -> None:
        before = self.get(id_)
        super().__setitem__(id_, row)
        if id_ == self._straight and (not id_ or row == self[0] + id_):
            self._straight += 1
        elif before not in (None, row):
            self._straight = min(self._straight, id_)

    def __missing__(self, id_: int) -> int:
        self._ledger.undefined += 1
        self._ledger.define([StackDef(id_, UNKNOWN, id_, (), False)])
        return self[id_]

    def clear(self) -> None:
        """Ids are defined anew."""
        super().clear()
        self._straight = 0

    def straight(self, first: int, length: int) -> int | None:
        """The row of the first of so many ids if their rows are consecutive, as far as that is known."""
        return self[first] if first + length <= self._straight else None
