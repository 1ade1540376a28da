"""Sites grouped into fewer rows, and the selection of sites that a filter leaves.

Both only grow with the stack table, so that rows keep their place in columns. A grouped snapshot has groups' sums where
others have sites', so that whoever makes rows of snapshots need not know the difference.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from gotop.agent.protocol import HEAP
from gotop.model.counts.arrays import Column, Indices, indices, present, value_at
from gotop.model.counts.snapshot import GroupIndex, ReadyGroupSums, Snapshot
from gotop.model.counts.stack_table import StackTable
from gotop.model.queries import GroupBy, Hide
from gotop.model.sites.filter_query import FilterText, parse_filter
from gotop.model.symbols.call_site import package_of
from gotop.model.symbols.packages import conceals, module_of
from gotop.model.values import GroupKey, RowKey, SiteKey

_COMMON: dict[GroupBy, Callable[[SiteKey], GroupKey]] = {
    GroupBy.LINE: lambda key: GroupKey(GroupBy.LINE, key.function, key.file, key.line),
    GroupBy.FUNCTION: lambda key: GroupKey(GroupBy.FUNCTION, key.function, key.file),
    GroupBy.TYPE: lambda key: GroupKey(GroupBy.TYPE, key.type),
    GroupBy.PACKAGE: lambda key: GroupKey(GroupBy.PACKAGE, package_of(key.function) or key.function),
    GroupBy.MODULE: lambda key: GroupKey(GroupBy.MODULE, module_of(key.function, key.file)),
    GroupBy.LABELS: lambda key: GroupKey(GroupBy.LABELS, key.type),  # of pairs, see `gotop.model.sites.attribution`
    GroupBy.CREATOR: lambda key: GroupKey(GroupBy.CREATOR, key.function, key.file, key.line),
}


class Grouping:
    """The groups of one kind. `keys` and `sites` (groups of the stack table) are by group."""

    def __init__(self, table: StackTable, group: GroupBy) -> None:
        self._table = table
        self._common_key = _COMMON[group]
        self._groups_by_key: dict[GroupKey, int] = {}
        self._group_index = GroupIndex()
        self._sorted = indices([])
        self.keys: list[GroupKey] = []
        self.sites: list[list[int]] = []

    def add_new_sites(self) -> None:
        """Put sites into groups that are new in the stack table."""
        for site in range(len(self._group_index), len(self._table.keys)):
            key = self._common_key(self._table.keys[site])
            place = self._groups_by_key.setdefault(key, len(self.keys))
            if place == len(self.keys):
                self.keys.append(key)
                self.sites.append([])
            self._group_index.add_row(place)
            self.sites[place].append(site)

    @property
    def group_of_site(self) -> Indices:
        """The group of each site."""
        return self._group_index.group_of

    def find_group(self, key: RowKey) -> int | None:
        """Return the group with a key, None if there is none."""
        return self._groups_by_key.get(key) if isinstance(key, GroupKey) else None

    def sorted_groups(self) -> Indices:
        """Return all groups, ordered by their keys."""
        if len(self._sorted) != len(self.keys):
            self._sorted = indices(sorted(range(len(self.keys)), key=self.keys.__getitem__))
        return self._sorted

    def has_lookalike(self, site: int, counted: Column) -> bool:
        """Whether another site of a site's group has allocated something."""
        kinds, beside = self._table.kinds, self.sites[self._group_index.group_of_row(site)]
        return len(beside) > 1 and any(
            other != site and kinds[other] == HEAP and value_at(counted, other) for other in beside
        )

    def sum_by_group(self, column: Column, sites: Indices) -> Column:
        """Sum a column of sites by group, of some sites only."""
        sites = sites[sites < len(column)]
        some = np.zeros_like(column)
        some[sites] = column[sites]
        return self._group_index.sum_by_group(some)


_OTHER, _HIDDEN, _FILTERED, _PASSES = range(4)
"""What becomes of a site: it is none of allocations; it is left out as runtime or standard library; by the filter."""


class SiteSelection:
    """The sites that are neither hidden nor filtered out. Each site is looked at once."""

    def __init__(self, table: StackTable, text: str, hide: Hide) -> None:
        self._table = table
        self._filter = parse_filter(text)
        self._hide = hide
        self._sums: dict[tuple[int, GroupBy], tuple[Snapshot, Snapshot]] = {}
        self._fates = bytearray()
        self._stacks_seen = 0

    @property
    def keeps_all(self) -> bool:
        """Whether nothing is left out."""
        return not self._filter.terms and self._hide is Hide.NOTHING

    def add_new_sites(self) -> None:
        """Look at sites that are new in the stack table."""
        if self._filter.asks_callers and len(self._table.rows) != self._stacks_seen:
            self._stacks_seen = len(self._table.rows)
            self._fates.clear()  # a new stack may bring its site another caller
        for site in range(len(self._fates), len(self._table.keys)):
            self._fates.append(self._fate(site))

    def _fate(self, site: int) -> int:
        key = self._table.keys[site]
        if self._table.kinds[site] != HEAP:
            return _OTHER
        if conceals(self._hide, key):
            return _HIDDEN
        callers = "\n".join(self._table.functions_of(site)) if self._filter.asks_callers else ""
        return _PASSES if self._filter.matches(FilterText.of_site(key, callers)) else _FILTERED

    @property
    def _fate_of(self) -> Column:
        return np.array(self._fates, np.uint8)

    @property
    def sites(self) -> Indices:
        """Sites that are left."""
        return np.flatnonzero(self._fate_of == _PASSES)

    @property
    def shown(self) -> Indices:
        """Sites that would be left without the filter."""
        return np.flatnonzero(self._fate_of >= _FILTERED)

    @property
    def concealed(self) -> Indices:
        """Sites that are hidden as runtime or standard library."""
        return np.flatnonzero(self._fate_of == _HIDDEN)

    def counted_sites(self, sites: Indices, counted: Column) -> tuple[Indices, int]:
        """Return those of the sites that are left and have counted something, and their number without the filter."""
        found = present(sites, counted)
        if self.keeps_all:
            return found, len(found)
        fates = self._fate_of[found]
        return found[fates == _PASSES], int(np.count_nonzero(fates >= _FILTERED))

    def grouped_snapshot(self, snapshot: Snapshot, grouping: Grouping, group: GroupBy, keep: bool = False) -> Snapshot:
        """Return the snapshot with groups in place of sites. `keep`: remember it, as it will be asked for again."""
        known = self._sums.get((id(snapshot), group)) if keep else None
        if known is not None:
            return known[1]
        sites = self.sites
        columns = (grouping.sum_by_group(column, sites) for column in snapshot.groups.columns)
        summed = replace(snapshot, groups=ReadyGroupSums(*columns))
        if keep:
            self._sums[id(snapshot), group] = (snapshot, summed)  # with the snapshot, whose id nobody else can get then
        return summed

    def forget_sums(self, but: Sequence[Snapshot]) -> None:
        """Forget all remembered snapshots but these."""
        kept = {id(snapshot) for snapshot in but}
        for key in [key for key in self._sums if key[0] not in kept]:
            del self._sums[key]


class GroupingCache:
    """Groupings and selections of a stack table, made when they are first asked for; the last `KEEP` selections are
    kept.
    """

    KEEP = 6

    def __init__(self, table: StackTable) -> None:
        self._table = table
        self._groupings: dict[GroupBy, Grouping] = {}
        self._selections: dict[tuple[str, Hide], SiteSelection] = {}

    def grouping(self, group: GroupBy) -> Grouping:
        """Return the groups that there are now."""
        grouping = self._groupings.get(group)
        if grouping is None:
            grouping = self._groupings[group] = Grouping(self._table, group)
        grouping.add_new_sites()
        return grouping

    def selection(self, text: str, hide: Hide) -> SiteSelection:
        """Return the sites that are left now."""
        selection = self._selections.pop((text, hide), None) or SiteSelection(self._table, text, hide)
        for other in self._selections.values():
            other.forget_sums(())  # they would keep snapshots that nobody asks for again
        self._selections[text, hide] = selection
        while len(self._selections) > self.KEEP:
            del self._selections[next(iter(self._selections))]
        selection.add_new_sites()
        return selection
