"""Counts of every stack and, summed as they come in, of every group (call site and type) of stacks.

Everything a front asks for is made of *snapshots*: copies of the count columns, taken once a tick. Copying a column of
10,000 counts costs microseconds, a difference of two columns too, so that windows, marks and a paused screen need no
bookkeeping per stack, and the loop over a tick's deltas adds six numbers and does nothing else.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gotop.agent.protocol import COPY, GO, HEAP, SAMPLE, StackDef
from gotop.model.names import Names
from gotop.model.samples import Samples
from gotop.model.values import SiteKey

UNKNOWN = -1
"""Kind of a stack that was counted but never defined; it is in no view."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Counts at one instant (`at`: agent time, s). Columns are indexed by row (stack) or group; what came later is
    missing at their end and counts as 0. Coarse ones (kept for windows and the past) have no waste of stacks.
    """

    at: float
    allocs: int
    bytes: int
    gos: int
    stack_allocs: Sequence[int]
    stack_bytes: Sequence[int]
    group_allocs: Sequence[int]
    group_bytes: Sequence[int]
    stack_waste: Sequence[int] = ()
    group_waste: Sequence[int] = ()

    def coarse(self) -> Snapshot:
        """The same in a fifth of the memory."""
        return Snapshot(
            self.at, self.allocs, self.bytes, self.gos, _packed(self.stack_allocs), _packed(self.stack_bytes),
            _packed(self.group_allocs), _packed(self.group_bytes), (), _packed(self.group_waste),
        )  # fmt: skip


def _packed(column: Sequence[int]) -> Sequence[int]:
    try:
        return array("q", column)
    except OverflowError:  # only a peer that sends nonsense counts that far
        return tuple(column)


def at(column: Sequence[int], index: int) -> int:
    """A column's value, 0 for what is younger than the column."""
    return column[index] if index < len(column) else 0


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
        self.group_of: list[int] = []
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
        self._allocs: list[int] = []
        self._bytes: list[int] = []
        self._waste: list[int] = []
        self._group_allocs: list[int] = []
        self._group_bytes: list[int] = []
        self._group_waste: list[int] = []
        self._sorted: dict[int, tuple[int, list[int]]] = {}
        self._stack_counts: tuple[int, list[int]] = (0, [])

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
        for column in (self._allocs, self._bytes, self._waste):
            column[:] = [0] * len(self.rows)
        for column in (self._group_allocs, self._group_bytes, self._group_waste):
            column[:] = [0] * len(self.keys)

    def add(self, deltas: Sequence[int]) -> None:
        """Add a tick's flat id, count, bytes, waste, …"""
        ids, group_of = self._ids, self.group_of
        allocs, sizes, waste = self._allocs, self._bytes, self._waste
        group_allocs, group_sizes, group_waste = self._group_allocs, self._group_bytes, self._group_waste
        if self.samples:
            deltas = list(self.samples.estimated([ids[id_] for id_ in deltas[::4]], deltas))
        flat = iter(deltas)
        for id_, count, size, lost in zip(flat, flat, flat, flat, strict=True):
            row = ids[id_]
            group = group_of[row]
            allocs[row] += count
            sizes[row] += size
            group_allocs[group] += count
            group_sizes[group] += size
            if lost:
                waste[row] += lost
                group_waste[group] += lost

    def snapshot(self, at: float, allocs: int, size: int, gos: int) -> Snapshot:
        """A copy of all counts, with the agent's own totals."""
        return Snapshot(
            at, allocs, size, gos, self._allocs[:], self._bytes[:], self._group_allocs[:], self._group_bytes[:],
            self._waste[:], self._group_waste[:],
        )  # fmt: skip

    def regroup(self, snapshot: Snapshot) -> Snapshot:
        """The snapshot with its group columns summed again from its stack columns, after `rename`."""
        return Snapshot(
            snapshot.at, snapshot.allocs, snapshot.bytes, snapshot.gos, snapshot.stack_allocs, snapshot.stack_bytes,
            self._summed(snapshot.stack_allocs), self._summed(snapshot.stack_bytes), snapshot.stack_waste,
            self._summed(snapshot.stack_waste) if len(snapshot.stack_waste) else (),
        )  # fmt: skip

    def rename(self) -> None:
        """Names have changed: find every stack's group again. Snapshots from before need `regroup`."""
        self.members = [[] for _ in self.members]
        self.estimated.clear()
        for index, row in enumerate(self.rows):
            self.group_of[index] = self._join(index, row)
        self._group_allocs[:] = self._summed(self._allocs)
        self._group_bytes[:] = self._summed(self._bytes)
        self._group_waste[:] = self._summed(self._waste)
        self._sorted.clear()
        self._stack_counts = (0, [])

    def groups(self, kind: int) -> list[int]:
        """The groups of one kind, in the order of their keys."""
        count, order = self._sorted.get(kind, (0, []))
        if count != len(self.keys):
            mine = [group for group, its in enumerate(self.kinds) if its == kind]
            order = sorted(mine, key=self.keys.__getitem__) if len(mine) != len(order) else order
            self._sorted[kind] = (len(self.keys), order)
        return order

    def stack_counts(self) -> list[int]:
        """How many stacks each group has; not to be changed."""
        if self._stack_counts[0] != len(self.rows):
            self._stack_counts = (len(self.rows), list(map(len, self.members)))
        return self._stack_counts[1]

    def find(self, kind: int, key: SiteKey) -> int | None:
        """The group with this identity."""
        return self._group_index.get((kind, key))

    def counted(self, row: int) -> tuple[int, int, int]:
        """How often a stack was counted until now, its bytes and its waste."""
        return self._allocs[row], self._bytes[row], self._waste[row]

    def means(self, row: int) -> tuple[int, int]:
        """What one count of a stack has: bytes and waste, on average; for a copied stack its new and old size, which
        are always the same (PROTOCOL.md, kind 3). 0 where nothing was counted.
        """
        count = self._allocs[row]
        return (self._bytes[row] // count, self._waste[row] // count) if count else (0, 0)

    def _add(self, row: Row) -> int:
        index = len(self.rows)
        self.rows.append(row)
        self._row_of[row] = index
        if row.kind == SAMPLE:
            self.samples.add(index)
        for column in (self._allocs, self._bytes, self._waste):
            column.append(0)
        self.group_of.append(self._join(index, row))
        return index

    def _join(self, index: int, row: Row) -> int:
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
            for column in (self._group_allocs, self._group_bytes, self._group_waste):
                column.append(0)
        self.members[group].append(index)
        if row.kind == SAMPLE:
            self.estimated.add(group)
        return group

    def _summed(self, column: Sequence[int]) -> list[int]:
        sums = [0] * len(self.keys)
        for group, value in zip(self.group_of, column, strict=False):
            sums[group] += value
        return sums


class _Ids(dict[int, int]):
    """Wire id → row. One that was never defined gets a row that no view shows: it must not end the session."""

    def __init__(self, ledger: Ledger) -> None:
        super().__init__()
        self._ledger = ledger

    def __missing__(self, id_: int) -> int:
        self._ledger.undefined += 1
        self._ledger.define([StackDef(id_, UNKNOWN, id_, (), False)])
        return self[id_]
