"""Sites made into fewer rows: by line, function, type, package or module.

A grouping grows with the ledger and never takes back what it said: rows keep their place in its columns. Its answers
are snapshots like the ledger's, with a group's sum where the ledger's have a site's, so that whoever makes rows of
snapshots need not know.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from gotop.agent.protocol import HEAP
from gotop.model.counts.arrays import Column, Indices, at, indices, present
from gotop.model.counts.snapshot import Bundles, Given, Snapshot
from gotop.model.counts.stack_table import Ledger
from gotop.model.queries import Group, Hide
from gotop.model.sites.filter_query import parse
from gotop.model.symbols.call_site import package_of
from gotop.model.symbols.packages import conceals, module_of
from gotop.model.values import SiteKey

_SHARED: dict[Group, Callable[[SiteKey], SiteKey]] = {
    Group.LINE: lambda key: SiteKey(key.function, key.file, key.line, ""),
    Group.FUNCTION: lambda key: SiteKey(key.function, key.file, 0, ""),
    Group.TYPE: lambda key: SiteKey("", "", 0, key.type),
    Group.PACKAGE: lambda key: SiteKey(package_of(key.function) or key.function, "", 0, ""),
    Group.MODULE: lambda key: SiteKey(module_of(key.function, key.file), "", 0, ""),
    Group.LABELS: lambda key: SiteKey("", "", 0, key.type),
    Group.CREATOR: lambda key: SiteKey(key.function, key.file, key.line, ""),
}


class Grouping:
    """The groups of one kind. `keys` and `sites` (indices of the ledger's) are by group."""

    def __init__(self, ledger: Ledger, group: Group) -> None:
        self._ledger = ledger
        self._shared = _SHARED[group]
        self._place: dict[SiteKey, int] = {}
        self._bundles = Bundles()
        self._sorted = indices([])
        self.keys: list[SiteKey] = []
        self.sites: list[list[int]] = []

    def grow(self) -> None:
        """Take in the sites that are new."""
        for site in range(len(self._bundles), len(self._ledger.keys)):
            key = self._shared(self._ledger.keys[site])
            place = self._place.setdefault(key, len(self.keys))
            if place == len(self.keys):
                self.keys.append(key)
                self.sites.append([])
            self._bundles.add(place)
            self.sites[place].append(site)

    @property
    def of_site(self) -> Indices:
        """The group of each site."""
        return self._bundles.group_of

    def find(self, key: SiteKey) -> int | None:
        """The group with this identity."""
        return self._place.get(key)

    def sorted(self) -> Indices:
        """All groups in the order of their keys."""
        if len(self._sorted) != len(self.keys):
            self._sorted = indices(sorted(range(len(self.keys)), key=self.keys.__getitem__))
        return self._sorted

    def shared(self, site: int, counted: Column) -> bool:
        """Whether another site of this one's group has allocated something."""
        kinds, beside = self._ledger.kinds, self.sites[self._bundles.of(site)]
        return len(beside) > 1 and any(
            other != site and kinds[other] == HEAP and at(counted, other) for other in beside
        )

    def summed(self, column: Column, sites: Indices) -> Column:
        """A column of sites as one of groups, of these sites only."""
        sites = sites[sites < len(column)]
        some = np.zeros_like(column)
        some[sites] = column[sites]
        return self._bundles.summed(some)


_OTHER, _HIDDEN, _FILTERED, _PASSES = range(4)
"""What becomes of a site: it is none of allocations; it is left out as runtime or standard library; by the filter."""


class Selection:
    """Sites that are neither hidden nor filtered out. Grows with the ledger, so that every site is looked at once."""

    def __init__(self, ledger: Ledger, text: str, hide: Hide) -> None:
        self._ledger = ledger
        self._filter = parse(text)
        self._hide = hide
        self._sums: dict[tuple[int, Group], tuple[Snapshot, Snapshot]] = {}
        self._fates = bytearray()

    @property
    def all(self) -> bool:
        """Whether nothing is left out."""
        return not self._filter.terms and self._hide is Hide.NOTHING

    def grow(self) -> None:
        """Look at the sites that are new."""
        for site in range(len(self._fates), len(self._ledger.keys)):
            self._fates.append(self._fate(site))

    def _fate(self, site: int) -> int:
        key = self._ledger.keys[site]
        if self._ledger.kinds[site] != HEAP:
            return _OTHER
        if conceals(self._hide, key):
            return _HIDDEN
        return _PASSES if self._filter.passes(key) else _FILTERED

    @property
    def _fate_of(self) -> Column:
        return np.array(self._fates, np.uint8)

    @property
    def sites(self) -> Indices:
        """Those that pass."""
        return np.flatnonzero(self._fate_of == _PASSES)

    @property
    def shown(self) -> Indices:
        """Those that pass or would without the filter."""
        return np.flatnonzero(self._fate_of >= _FILTERED)

    @property
    def concealed(self) -> Indices:
        """Those that are left out as runtime or standard library."""
        return np.flatnonzero(self._fate_of == _HIDDEN)

    def present(self, sites: Indices, counted: Column) -> tuple[Indices, int]:
        """Those of the sites that pass and have counted something; and how many it would be without the filter."""
        found = present(sites, counted)
        if self.all:
            return found, len(found)
        fates = self._fate_of[found]
        return found[fates == _PASSES], int(np.count_nonzero(fates >= _FILTERED))

    def bundled(self, snapshot: Snapshot, grouping: Grouping, group: Group, keep: bool = False) -> Snapshot:
        """The snapshot with groups in place of sites; `keep`: it will be asked for again."""
        known = self._sums.get((id(snapshot), group)) if keep else None
        if known is not None:
            return known[1]
        sites = self.sites
        columns = (grouping.summed(column, sites) for column in snapshot.groups.columns)
        summed = replace(snapshot, groups=Given(*columns))
        if keep:
            self._sums[id(snapshot), group] = (snapshot, summed)  # with the snapshot, whose id nobody else can get then
        return summed

    def forget_sums(self, but: Sequence[Snapshot]) -> None:
        """Keep only the sums of these snapshots."""
        kept = {id(snapshot) for snapshot in but}
        for key in [key for key in self._sums if key[0] not in kept]:
            del self._sums[key]


class Catalogue:
    """Groupings and selections of a ledger, made when they are first asked for; of selections the last few are kept."""

    KEEP = 6

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._groupings: dict[Group, Grouping] = {}
        self._selections: dict[tuple[str, Hide], Selection] = {}

    def grouping(self, group: Group) -> Grouping:
        """The groups there are now."""
        grouping = self._groupings.get(group)
        if grouping is None:
            grouping = self._groupings[group] = Grouping(self._ledger, group)
        grouping.grow()
        return grouping

    def selection(self, text: str, hide: Hide) -> Selection:
        """The sites there are now."""
        selection = self._selections.pop((text, hide), None) or Selection(self._ledger, text, hide)
        for other in self._selections.values():
            other.forget_sums(())  # they would keep snapshots that nobody asks for again
        self._selections[text, hide] = selection
        while len(self._selections) > self.KEEP:
            del self._selections[next(iter(self._selections))]
        selection.grow()
        return selection
