"""Rows of an answer: spans between snapshots, and rows that are made only when they are looked at."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, pairwise, repeat
from typing import TypeVar, overload

import numpy as np

from gotop.model.counts.arrays import Column, at, increase, longer
from gotop.model.counts.snapshot import Snapshot
from gotop.model.counts.timeline import Timeline
from gotop.model.sites.ranking import Order
from gotop.model.values import Rate, SiteKey, SiteRow, Sort, Window

R = TypeVar("R")

TREND_S = 30


@dataclass(frozen=True, slots=True)
class Span:
    """Two snapshots and what was counted between them; `before`: another span to compare with."""

    begin: Snapshot
    end: Snapshot
    seconds: float
    before: Span | None = None

    @classmethod
    def of(cls, timeline: Timeline, window: Window) -> Span:
        """The span of a window that ends with the newest reading."""
        begin = timeline.begin(window)
        marks, before = timeline.set_marks, None
        if window is Window.MARK and len(marks) == 2:
            before = cls(marks[0], marks[1], marks[1].at - marks[0].at)
        return cls(begin, timeline.current, timeline.current.at - begin.at, before)

    def through(self, each: Callable[[Snapshot], Snapshot]) -> Span:
        """The span of other snapshots of the same instants."""
        before = self.before.through(each) if self.before else None
        return Span(each(self.begin), each(self.end), self.seconds, before)

    def per_second(self, amount: float) -> float:
        """An amount of the span as a rate; 0 as long as there is no span. Never negative."""
        return max(0.0, amount / self.seconds) if self.seconds > 0 else 0.0

    @property
    def bytes(self) -> int:
        """All bytes allocated, also those without a stack."""
        return self.end.bytes - self.begin.bytes


def share_of(part: int, whole: int) -> float:
    """0 to 1, also where counters went back."""
    return min(1.0, max(0.0, part / whole)) if whole > 0 else 0.0


def figures(sort: Sort, span: Span, stacks: Column) -> Column:
    """The column that sites or groups are ordered by."""
    begin, end = span.begin, span.end
    match sort:
        case Sort.STACKS:
            return stacks
        case Sort.AVERAGE:
            return end.group_bytes / np.maximum(end.group_allocs, 1)
        case Sort.BYTES_PER_S | Sort.SHARE | Sort.BYTES_SINCE:
            return increase(end.group_bytes, begin.group_bytes)
        case Sort.ALLOCS_PER_S | Sort.ALLOCS_SINCE:
            return increase(end.group_allocs, begin.group_allocs)
        case Sort.BYTES_BEFORE | Sort.ALLOCS_BEFORE:
            then = figures(_BEFORE[sort], span.before, stacks) if span.before else stacks[:0]
            return longer(then, len(end.group_allocs))
        case Sort.BYTES_CHANGE:
            return _changes(span, lambda snapshot: snapshot.group_bytes)
        case Sort.ALLOCS_CHANGE:
            return _changes(span, lambda snapshot: snapshot.group_allocs)
    return {Sort.BYTES: end.group_bytes, Sort.ALLOCS: end.group_allocs, Sort.WASTE: end.group_waste}[sort]


_BEFORE = {Sort.BYTES_BEFORE: Sort.BYTES_PER_S, Sort.ALLOCS_BEFORE: Sort.ALLOCS_PER_S}


def _changes(span: Span, column: Callable[[Snapshot], Column]) -> Column:
    before = span.before
    if before is None:
        return np.zeros(len(column(span.end)))
    now, then = (_rates(each, column) for each in (span, before))
    return increase(now, then)


def _rates(span: Span, column: Callable[[Snapshot], Column]) -> Column:
    grown = increase(column(span.end), column(span.begin))
    return np.maximum(grown / span.seconds, 0) if span.seconds > 0 else np.zeros(len(grown))


class Trends:
    """Bytes/s in every one of the last seconds, worked out once for all redraws of a second."""

    def __init__(self, seconds: Sequence[Snapshot]) -> None:
        self.seconds = seconds
        self._known: dict[int, tuple[float, ...]] = {}
        self._steps = [after.at - before.at for before, after in pairwise(seconds)]

    def growth(self, groups: int) -> Column:
        """By how many bytes the second half of the time surpasses the first, by group."""
        if not self.seconds:
            return np.zeros(groups, np.int64)
        first, middle, last = (self.seconds[place].group_bytes for place in (0, len(self.seconds) // 2, -1))
        return longer(increase(increase(last, middle), increase(middle, first)), groups)

    @cached_property
    def _bytes(self) -> Column:
        """By second and group."""
        columns = [second.group_bytes for second in self.seconds]
        groups = max(map(len, columns), default=0)
        return np.array([longer(column, groups) for column in columns])

    def of(self, group: int) -> tuple[float, ...]:
        """One row's, oldest first."""
        known = self._known.get(group)
        if known is None:
            known = self._known[group] = tuple(self._trend(group)[-TREND_S:])
        return known

    def _trend(self, group: int) -> list[float]:
        if not self._steps or group >= self._bytes.shape[1]:
            return []
        grown = pairwise(self._bytes[:, group].tolist())
        rates = [max(0.0, (b - a) / seconds) for (a, b), seconds in zip(grown, self._steps, strict=True)]
        if max(self._steps) < 1.5:
            return rates
        # After a gap, its mean stands for each of its seconds.
        times = [max(1, min(TREND_S, round(seconds))) for seconds in self._steps]
        return list(chain.from_iterable(map(repeat, rates, times)))


class LazyRows(Sequence[R]):
    """Rows in an order, each made by `_row` only when it is looked at."""

    _order: Order

    def _row(self, place: int) -> R:
        raise NotImplementedError

    def __len__(self) -> int:
        return len(self._order)

    @overload
    def __getitem__(self, index: int) -> R: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[R, ...]: ...
    def __getitem__(self, index: int | slice) -> R | tuple[R, ...]:
        if isinstance(index, slice):
            return tuple([self._row(place) for place in self._order[index]])
        return self._row(self._order[index])

    def __iter__(self) -> Iterator[R]:
        return map(self._row, self._order)


class SiteRows(LazyRows[SiteRow]):
    """Rows of one answer in order. Made of snapshots, so that one that is kept (a paused screen) stands still.

    `order` is of indices into `keys`, and `find` gives a key's index: a table that lasts, because hashing thousands of
    keys is what a redraw can afford least.
    """

    def __init__(
        self,
        keys: Sequence[SiteKey],
        find: Callable[[SiteKey], int | None],
        stacks: Column,
        order: Order,
        span: Span,
        whole: int,
        trends: Trends,
        estimated: Container[int] = (),
        twins: Callable[[int], bool] = lambda _: False,
        siblings: Callable[[int], bool] = lambda _: False,
    ) -> None:
        self._keys = keys
        self._find = find
        self._stacks = stacks
        self._order = order
        self._span = span
        self._whole = whole
        self._trends = trends
        self._estimated = estimated
        self._twins = twins
        self._siblings = siblings

    def key(self, index: int) -> SiteKey:
        """The identity of a row, without making it."""
        return self._keys[self._order[index]]

    def index_of(self, key: SiteKey) -> int | None:
        """Position of a row by identity."""
        group = self._find(key)
        return None if group is None else self._order.place(group)

    def _row(self, group: int) -> SiteRow:
        span, end = self._span, self._span.end
        allocs, size = at(end.group_allocs, group), at(end.group_bytes, group)
        grown = size - at(span.begin.group_bytes, group)
        return SiteRow(
            key=self._keys[group],
            allocs=allocs,
            bytes=size,
            waste=at(end.group_waste, group),
            allocs_per_s=span.per_second(allocs - at(span.begin.group_allocs, group)),
            bytes_per_s=span.per_second(grown),
            average=size / allocs if allocs else 0.0,
            share=share_of(grown, self._whole),
            trend=self._trends.of(group),
            stacks=at(self._stacks, group),
            before=_rate(span.before, group) if span.before else None,
            estimated=group in self._estimated,
            twins=self._twins(group),
            siblings=self._siblings(group),
        )


def _rate(span: Span, group: int) -> Rate:
    begin, end = span.begin, span.end
    allocs = at(end.group_allocs, group) - at(begin.group_allocs, group)
    return Rate(span.per_second(allocs), span.per_second(at(end.group_bytes, group) - at(begin.group_bytes, group)))


@dataclass(frozen=True, slots=True)
class SitesView:
    """`rows` in order (those that pass the filter, or `limit` of them); of `total_rows` the filter hides `hidden`.

    `concealed`: sites left out as runtime or standard library, which are in neither, and their share of all bytes
    allocated in the window. `error`: what is wrong with a part of the filter, which was left out therefore.
    """

    rows: SiteRows
    total_rows: int
    hidden: int
    concealed: int = 0
    concealed_share: float = 0.0
    error: str = ""

    def index_of(self, key: SiteKey) -> int | None:
        """Position of the row with this identity in `rows`, None if it is not among them."""
        return self.rows.index_of(key)
