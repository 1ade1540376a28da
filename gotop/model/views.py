"""Answers to queries: rows sorted, filtered, and made only when they are looked at."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, repeat
from operator import sub, truediv
from typing import overload

from gotop.agent.protocol import GO, HEAP
from gotop.model.ledger import Ledger, Snapshot, at
from gotop.model.names import Names
from gotop.model.timeline import Timeline
from gotop.model.values import GoSite, SiteKey, SiteQuery, SiteRow, Sort, StackQuery, StackRow, Window

TREND_S = 30
_TEXTS: dict[Sort, Callable[[SiteKey], str]] = {
    Sort.FUNCTION: lambda key: key.function,
    Sort.FILE: lambda key: f"{key.file}\0{key.line:09}",
    Sort.TYPE: lambda key: key.type,
}


@dataclass(frozen=True, slots=True)
class Span:
    """Two snapshots and what was counted between them."""

    begin: Snapshot
    end: Snapshot
    seconds: float

    @classmethod
    def of(cls, timeline: Timeline, window: Window) -> Span:
        """The span of a window that ends with the newest reading."""
        begin = timeline.begin(window)
        return cls(begin, timeline.current, timeline.current.at - begin.at)

    def per_second(self, amount: float) -> float:
        """An amount of the span as a rate; 0 as long as there is no span. Never negative."""
        return max(0.0, amount / self.seconds) if self.seconds > 0 else 0.0

    @property
    def bytes(self) -> int:
        """All bytes allocated, also those without a stack."""
        return self.end.bytes - self.begin.bytes


def _increase(now: Sequence[int], before: Sequence[int]) -> list[int]:
    return list(map(sub, now, chain(before, repeat(0))))


class SiteRows(Sequence[SiteRow]):
    """Rows of one answer in order. Made of snapshots, so that one that is kept (a paused screen) stands still."""

    def __init__(self, keys: Sequence[SiteKey], stacks: Sequence[int], order: list[int], span: Span) -> None:
        self._keys = keys
        self._stacks = stacks
        self._order = order
        self._span = span
        self._seconds: tuple[Snapshot, ...] = ()
        self._where: dict[SiteKey, int] | None = None

    def with_trend(self, seconds: tuple[Snapshot, ...]) -> SiteRows:
        """Give it the snapshots that trends are made of."""
        self._seconds = seconds
        return self

    def __len__(self) -> int:
        return len(self._order)

    @overload
    def __getitem__(self, index: int) -> SiteRow: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[SiteRow, ...]: ...
    def __getitem__(self, index: int | slice) -> SiteRow | tuple[SiteRow, ...]:
        if isinstance(index, slice):
            return tuple([self._row(group) for group in self._order[index]])
        return self._row(self._order[index])

    def __iter__(self) -> Iterator[SiteRow]:
        return map(self._row, self._order)

    def index_of(self, key: SiteKey) -> int | None:
        """Position of a row by identity; the first call makes an index of all."""
        if self._where is None:
            self._where = {self._keys[group]: index for index, group in enumerate(self._order)}
        return self._where.get(key)

    def _row(self, group: int) -> SiteRow:
        span, end = self._span, self._span.end
        allocs, size = end.group_allocs[group], end.group_bytes[group]
        grown = size - at(span.begin.group_bytes, group)
        return SiteRow(
            key=self._keys[group],
            allocs=allocs,
            bytes=size,
            waste=end.group_waste[group],
            allocs_per_s=span.per_second(allocs - at(span.begin.group_allocs, group)),
            bytes_per_s=span.per_second(grown),
            average=size / allocs if allocs else 0.0,
            share=_share(grown, span.bytes),
            trend=self._trend(group),
            stacks=self._stacks[group],
        )

    def _trend(self, group: int) -> tuple[float, ...]:
        trend: list[float] = []
        for before, after in zip(self._seconds, self._seconds[1:], strict=False):
            seconds = after.at - before.at
            rate = max(0.0, (at(after.group_bytes, group) - at(before.group_bytes, group)) / seconds)
            trend += repeat(rate, min(TREND_S, max(1, round(seconds))))
        return tuple(trend[-TREND_S:])


@dataclass(frozen=True, slots=True)
class SitesView:
    """`rows` in order (those that pass the filter, or `limit` of them); of `total_rows` the filter hides `hidden`."""

    rows: SiteRows
    total_rows: int
    hidden: int

    def index_of(self, key: SiteKey) -> int | None:
        """Position of the row with this identity in `rows`, None if it is not among them."""
        return self.rows.index_of(key)


class Viewer:
    """Makes answers from a ledger and its timeline."""

    def __init__(self, ledger: Ledger, timeline: Timeline, names: Names) -> None:
        self._ledger = ledger
        self._timeline = timeline
        self._names = names
        self._texts: dict[int, str] = {}

    def sites(self, query: SiteQuery) -> SitesView:
        """Call sites that have counted something."""
        span = Span.of(self._timeline, query.window)
        counted = span.end.group_allocs
        present = [group for group in self._ledger.groups(HEAP) if at(counted, group)]
        found = self._matching(present, query.filter)
        order = self._ordered(found, query, span)
        stacks = list(map(len, self._ledger.members))
        rows = SiteRows(self._ledger.keys, stacks, order, span).with_trend(self._timeline.seconds_back(TREND_S))
        return SitesView(rows, len(present), len(present) - len(found))

    def matching(self, text: str) -> set[int]:
        """The call sites, by group, that pass a filter."""
        return set(self._matching(self._ledger.groups(HEAP), text))

    def stacks(self, key: SiteKey, query: StackQuery) -> tuple[StackRow, ...]:
        """The stacks of one site, those that have counted something."""
        group = self._ledger.find(HEAP, key)
        if group is None:
            return ()
        span = Span.of(self._timeline, query.window)
        whole = at(span.end.group_bytes, group) - at(span.begin.group_bytes, group)
        members = [row for row in self._ledger.members[group] if at(span.end.stack_allocs, row)]
        rows = [self._stack(row, key.type, span, whole) for row in members]
        return tuple(_sort_stacks(rows, query))

    def go_sites(self, window: Window) -> tuple[GoSite, ...]:
        """`go` statements that have run, most goroutines first."""
        span = Span.of(self._timeline, window)
        sites = []
        for group in self._ledger.groups(GO):
            created = at(span.end.group_allocs, group)
            if created:
                key = self._ledger.keys[group]
                rate = span.per_second(created - at(span.begin.group_allocs, group))
                sites.append(GoSite(key.function, key.file, key.line, key.type, created, rate))
        return tuple(sorted(sites, key=lambda site: -site.created))

    def _stack(self, row: int, type_name: str, span: Span, whole: int) -> StackRow:
        its, end = self._ledger.rows[row], span.end
        grown = end.stack_bytes[row] - at(span.begin.stack_bytes, row)
        return StackRow(
            id=self._ledger.first_id + row,
            type=type_name,
            frames=self._names.frames(its.pcs),
            allocs=end.stack_allocs[row],
            bytes=end.stack_bytes[row],
            waste=end.stack_waste[row],
            allocs_per_s=span.per_second(end.stack_allocs[row] - at(span.begin.stack_allocs, row)),
            bytes_per_s=span.per_second(grown),
            share=_share(grown, whole),
            cut=its.cut,
        )

    def _matching(self, groups: list[int], text: str) -> list[int]:
        if not text:
            return groups
        wanted = text.casefold()
        return [group for group in groups if wanted in self._text(group)]

    def _text(self, group: int) -> str:
        text = self._texts.get(group)
        if text is None:
            key = self._ledger.keys[group]
            text = f"{key.function}\n{key.file}:{key.line}\n{key.type}".casefold()
            self._texts[group] = text
        return text

    def _ordered(self, groups: list[int], query: SiteQuery, span: Span) -> list[int]:
        """Equal figures stay in the order of their keys, in which `groups` come."""
        text = _TEXTS.get(query.sort)
        if text is not None:
            keys = self._ledger.keys
            order = sorted(groups, key=lambda group: text(keys[group]), reverse=query.reverse)
            return order[: query.limit]
        figure = self._figures(query.sort, span).__getitem__
        if query.limit is None or query.limit > len(groups) // 4:
            return sorted(groups, key=figure, reverse=not query.reverse)[: query.limit]
        pick = heapq.nsmallest if query.reverse else heapq.nlargest
        return pick(query.limit, groups, key=figure)

    def _figures(self, sort: Sort, span: Span) -> Sequence[float]:
        begin, end = span.begin, span.end
        if sort is Sort.STACKS:
            return list(map(len, self._ledger.members))
        if sort is Sort.AVERAGE:
            return list(map(truediv, end.group_bytes, map(max, end.group_allocs, repeat(1))))
        if sort is Sort.BYTES_PER_S:
            return _increase(end.group_bytes, begin.group_bytes)
        if sort is Sort.ALLOCS_PER_S:
            return _increase(end.group_allocs, begin.group_allocs)
        return {Sort.BYTES: end.group_bytes, Sort.ALLOCS: end.group_allocs, Sort.WASTE: end.group_waste}[sort]


def _share(part: int, whole: int) -> float:
    return min(1.0, max(0.0, part / whole)) if whole > 0 else 0.0


def _sort_stacks(rows: list[StackRow], query: StackQuery) -> list[StackRow]:
    if query.sort is Sort.AVERAGE:
        ordered = sorted(rows, key=lambda row: row.bytes / row.allocs, reverse=not query.reverse)
    elif query.sort in _TEXTS or query.sort is Sort.STACKS:
        # All stacks of a site share these: what tells them apart is who called.
        ordered = sorted(rows, key=lambda row: [frame.function for frame in row.frames], reverse=query.reverse)
    else:
        ordered = sorted(rows, key=lambda row: getattr(row, query.sort.value), reverse=not query.reverse)
    return ordered[: query.limit]
