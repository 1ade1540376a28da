"""The table of stacks: what each is, what it has counted, and to which group (call site and type) it belongs.

All answers are made of *snapshots*: the count columns as they were at a tick. Adding to a column of 10,000 counts takes
microseconds, and so does subtracting two, so that windows, marks and a paused screen need no bookkeeping of their own.
"""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

import numpy as np

from gotop.agent.protocol import COPY, GO, HEAP, LARGE, SAMPLE, SITE_SAMPLE, DeltaColumns, StackDef
from gotop.model.counts.arrays import Column, Indices, gathered, indices
from gotop.model.counts.counters import CountColumns, Counters
from gotop.model.counts.room import Room
from gotop.model.counts.rows_by_id import RowsById
from gotop.model.counts.sampling import SampleEstimates
from gotop.model.counts.snapshot import GroupIndex, LazyGroupSums, Snapshot
from gotop.model.counts.stack_columns import StackColumns
from gotop.model.counts.stack_split import StackSplit
from gotop.model.counts.stack_store import NOT_SAMPLED, StackIdentity, StackStore
from gotop.model.symbols.symbol_table import SymbolTable
from gotop.model.values import RowKey, SiteKey

HEAPS = (HEAP, SAMPLE, SITE_SAMPLE)
"""Kinds of the stacks of heap allocations."""

UNKNOWN = -1
"""Kind of a stack that was counted but never defined; it is in no view."""

MAX_STACKS = 500_000
"""Rows that are kept apart: each takes some 3 KB with its snapshots. Further stacks are counted as one that was not
defined.
"""
_USUAL = Room()
MAX_UNDEFINED = 100_000
"""Ids that may be counted without a definition; no agent sends any."""


class StackTable:
    """Stacks by row, their groups, and the counts of both.

    Attributes:
        first_id: the number of row 0, unique within the session: each program has a table of its own.
        rows, keys, kinds, members: stacks by row; site, kind and rows of each group, by group.
        undefined: stacks that were counted and never defined.
        room: how much memory may be taken.
        folded: stacks that have no row of their own because of that, but one of their site.
        estimated: groups whose counts are estimates, at least in part.
        split: samples of stacks that are counted at their sites, and what of that is given to each.
        shortened: groups of allocations with stacks that are kept shorter for want of room.
        depth: the depth limit in force, 0: not known.
    """

    def __init__(self, symbols: SymbolTable, first_id: int = 0, room: Room = _USUAL) -> None:
        self.room = room
        self.folded = 0
        self._symbols = symbols
        self.first_id = first_id
        self.rows = StackStore()
        self.keys: list[SiteKey] = []
        self.kinds: list[int] = []
        self.members: list[array[int]] = []
        self.undefined = 0
        self.samples = SampleEstimates()
        self.split = StackSplit(self.rows)
        self.estimated: set[int] = set()
        self.shortened: set[int] = set()
        self.depth = 0
        self._overflow: int | None = None
        self._groups_by_key: dict[tuple[int, RowKey], int] = {}
        self._heap_rows = 0
        self._rows_by_id = RowsById(self._define_unknown)
        self._counts = Counters()
        self._last: tuple[CountColumns, StackColumns] | None = None
        self._group_index = GroupIndex()
        self._paths = array("b")
        self._sorted_groups: dict[int, tuple[int, Indices]] = {}

    def define_stacks(self, defs: Iterable[StackDef]) -> None:
        """Learn what ids mean. A stack that is known already under another id keeps its row."""
        for entry in defs:
            apart = entry.id if entry.kind in (COPY, SAMPLE) else -1
            if len(self.rows) >= MAX_STACKS:
                self._rows_by_id[entry.id] = self._overflow_row(entry.id)
                continue
            limit = self.depth if entry.cut and not entry.short and len(entry.pcs) == self.depth else 0
            row = StackIdentity(entry.kind, entry.type, entry.pcs, entry.cut, entry.path, apart, entry.short, limit)
            if self.rows.taken > self.room.stacks and entry.kind in HEAPS and self.rows.find(row) is None:
                row = self._folded(row)
            index = self.rows.find(row)
            self._rows_by_id[entry.id] = self._add_stack(row) if index is None else index

    def forget_ids(self) -> None:
        """Forget what ids mean: a new connection defines them anew, and its first tick counts from the start."""
        self._rows_by_id.clear()
        self.folded = 0

    def reset_counts(self) -> None:
        """Set all counts to 0; stacks and groups stay."""
        self.samples.reset_estimates()
        self.split.reset(self._counts.all_columns)
        self._counts.reset_counts()

    def count_from_here(self) -> None:
        """Leave out what was counted until now, for good."""
        self._counts.count_from_here()

    def count_everything(self) -> None:
        """Forget `count_from_here`: counters have begun anew."""
        self._counts.count_everything()

    def add_delta_columns(self, run: DeltaColumns) -> None:
        """Add a tick's columns of deltas: at once if their ids have consecutive rows and none depends on samples."""
        first = self._rows_by_id.consecutive_row(run.first, run.length)
        if first is None or self.samples or self.split or self.split.active:
            self.add_deltas(list(run.deltas()))
        else:
            self._counts.add_delta_columns(first, run)

    def add_deltas(self, deltas: Sequence[int]) -> None:
        """Add a tick's flat id, count, bytes, waste, …"""
        if self.samples:
            deltas = list(self.samples.estimate_deltas([self._rows_by_id[id_] for id_ in deltas[::4]], deltas))
        if self.split or self.split.active:
            self._counts.add_changes(list(self.split.divide([self._rows_by_id[id_] for id_ in deltas[::4]], deltas)))
        else:
            self._counts.add_deltas(deltas, self._rows_by_id.rows)

    def take_snapshot(self, at: float, allocs: int, size: int, gos: int) -> Snapshot:
        """Return all counts as they are now, with the agent's own totals."""
        columns = self._counts.columns
        if self._last is None or any(a is not b for a, b in zip(self._last[0], columns, strict=True)):
            self._last = (columns, StackColumns(*columns))
        counts = self._last[1]  # the same as long as nothing is counted
        return Snapshot(at, allocs, size, gos, counts, LazyGroupSums(self._group_index, counts))

    def regroup_snapshot(self, snapshot: Snapshot) -> Snapshot:
        """Return a snapshot with its rows in the groups that there are after `regroup_stacks`."""
        return snapshot.with_groups(self._group_index)

    def regroup_stacks(self, types: Collection[int] | None = None) -> None:
        """Put every stack into its group again after names have changed, or those that are of types with other names.
        Earlier snapshots need `regroup_snapshot`.
        """
        rows = range(len(self.rows)) if types is None else self.rows.rows_of_types(types).tolist()
        if not rows:
            return
        groups = {row: self._group_for(self.rows[row]) for row in rows}
        left = {self._group_index.group_of_row(row) for row in rows}
        self._group_index = self._group_index.regrouped(groups)
        self._list_members(left | set(groups.values()))
        self._sorted_groups.clear()

    def _list_members(self, groups: Collection[int]) -> None:
        """Work out the members of some groups, and what is said of these."""
        order = np.argsort(self.group_of, kind="stable")
        begins = np.searchsorted(self.group_of[order], np.arange(len(self.keys) + 1))
        for group in groups:
            members = self.members[group] = array("I", order[begins[group] : begins[group + 1]].tolist())
            self.estimated.discard(group)
            self.shortened.discard(group)
            for row in members:
                self._note(group, self.rows.kind(row), self.rows.short(row))

    @property
    def group_of(self) -> Indices:
        """The group of each row."""
        return self._group_index.group_of

    @property
    def paths(self) -> Column:
        """The path of each row through the allocator (`counts.alloc_paths`), -1 if it is not a known one."""
        return np.array(self._paths, np.int8)

    def groups(self, kind: int) -> Indices:
        """Return the groups of one kind, ordered by their keys."""
        count, order = self._sorted_groups.get(kind, (0, indices([])))
        if count != len(self.keys):
            mine = [group for group, its in enumerate(self.kinds) if its == kind]
            order = indices(sorted(mine, key=self.keys.__getitem__)) if len(mine) != len(order) else order
            self._sorted_groups[kind] = (len(self.keys), order)
        return order

    def stacks_by_group(self, snapshot: Snapshot) -> Column:
        """Count the stacks of each group that had counted something by then."""
        counted = np.flatnonzero(snapshot.stack_allocs)
        return np.bincount(self.group_of[counted], minlength=len(self.keys))

    def functions_of(self, group: int) -> list[str]:
        """Return the functions on all stacks of a group, in order."""
        pcs = {pc for row in self.members[group] for pc in self.rows.pcs(row)}
        return sorted({frame.function for pc in pcs for frame in self._symbols.frames((pc,))})

    def sampled_between(self, begin: Snapshot, end: Snapshot) -> bool:
        """Return whether samples stand for allocations between two snapshots, at least in part. Where there is nothing
        but samples they always do: none is no proof that nothing was allocated.
        """
        if not self.samples:
            return False
        rows = indices(self.samples.rows)
        if len(rows) == self._heap_rows:
            return True
        return bool(np.any(gathered(end.stack_allocs, rows) != gathered(begin.stack_allocs, rows)))

    def split_between(self, begin: Snapshot, end: Snapshot) -> bool:
        """Return whether what sites have counted between two snapshots is split among stacks by samples."""
        rows = indices(self.split.rows)
        return bool(np.any(gathered(end.stack_allocs, rows) != gathered(begin.stack_allocs, rows)))

    def beyond(self, row: int) -> str:
        """Return what stands for the frames of a row that are not known, "" for a whole stack."""
        return NOT_SAMPLED if row in self.split.unsampled else self.rows.beyond(row)

    def find_group(self, kind: int, key: RowKey) -> int | None:
        """Return the group of a kind and site, None if there is none."""
        return self._groups_by_key.get((kind, key))

    @property
    def counted(self) -> CountColumns:
        """Objects, bytes and waste of each row until now."""
        return self._counts.columns

    def mean_sizes(self, row: int) -> tuple[int, int]:
        """Return mean bytes and waste of one count of a row, 0 where nothing was counted. Of a copied stack these are
        its new and its old size, which are the same for all its copies (PROTOCOL.md, kind 3).
        """
        count, size, waste = (int(column[row]) for column in self.counted)
        return (size // count, waste // count) if count else (0, 0)

    def _add_stack(self, row: StackIdentity) -> int:
        index = self.rows.add_stack(row)
        self._heap_rows += row.kind in HEAPS
        self._paths.append(row.path if 0 <= row.path <= LARGE else -1)
        if row.kind == SAMPLE:
            self.samples.add_row(index)
        elif row.kind == SITE_SAMPLE:
            self.split.add_row(index)
        self._counts.add_row()
        self._assign_group(index, row)
        return index

    def _folded(self, row: StackIdentity) -> StackIdentity:
        """Return what a stack that there is no room for is counted as: its frames up to the site."""
        self.folded += 1
        return replace(row, pcs=row.pcs[: self._symbols.site_length(row.pcs)], cut=True, short=True, limit=0)

    def _define_unknown(self, id_: int) -> int:
        """Give an id that was never defined a row that no view shows: it must not end the session."""
        if self.undefined >= MAX_UNDEFINED:
            raise ValueError(f"counts of more than {MAX_UNDEFINED:,} stacks that nobody has defined")
        self.undefined += 1
        self.define_stacks([StackDef(id_, UNKNOWN, id_, (), False)])
        return self._rows_by_id[id_]

    def _overflow_row(self, id_: int) -> int:
        """The row that all stacks share which there is no room for."""
        if id_ not in self._rows_by_id:
            self.undefined += 1
        if self._overflow is None:
            self._overflow = self._add_stack(StackIdentity(UNKNOWN, -1, (), False))
        return self._overflow

    def _assign_group(self, index: int, row: StackIdentity) -> None:
        group = self._group_for(row)
        self.members[group].append(index)
        self._group_index.add_row(group)
        self._note(group, row.kind, row.short)

    def _note(self, group: int, kind: int, short: bool) -> None:
        """Note what a stack says of its group."""
        if kind == SAMPLE:
            self.estimated.add(group)
        if short and self.kinds[group] == HEAP:
            self.shortened.add(group)

    def _group_for(self, row: StackIdentity) -> int:
        """Return the group of a stack by the names that there are now."""
        kind = HEAP if row.kind in HEAPS else row.kind
        site = self._symbols.call_site(kind, row.pcs)
        type_name = self._symbols.type_name(row.type) if kind in (HEAP, GO) else ""
        key = SiteKey(site.function, site.file, site.line, type_name)
        group = self._groups_by_key.get((kind, key))
        if group is None:
            group = self._groups_by_key[kind, key] = len(self.keys)
            self.keys.append(key)
            self.kinds.append(kind)
            self.members.append(array("I"))
        return group
