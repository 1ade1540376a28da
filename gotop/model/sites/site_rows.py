"""Rows of call sites, made only when they are looked at."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass

from gotop.model.counts.arrays import Column, share_of, value_at
from gotop.model.counts.span import Span
from gotop.model.sites.lazy_rows import LazyRows
from gotop.model.sites.ranking import RowOrder
from gotop.model.sites.trends import Trends
from gotop.model.values import Rate, RowKey


@dataclass(frozen=True, slots=True)
class FlatFigures:
    """What the lines of a function itself allocate, where its row has it with all that it calls. As in `SiteRow`."""

    allocs: int
    bytes: int
    allocs_per_s: float
    bytes_per_s: float


@dataclass(frozen=True, slots=True)
class SiteRow:
    """A call site and type, or a group of them. `allocs`, `bytes`, `waste` (lost to rounding), `average` since the
    hooks were placed; rates, and `share` of all bytes allocated, in the window. `trend`: bytes/s of the last 30 s, one
    value a second, oldest first. `before`: the rate between two marks, if the window begins at the second of them.

    `estimated`: what is since the hooks were placed is from samples, at least in part, and `waste` then too low;
    `rates_estimated`: what is of the window is. `twins`: another site has the same line and
    another type; `siblings`: another one is in the same function. `flat` where the figures are cumulative. `shortened`:
    some of its stacks are kept shorter than they were, for want of room, which leaves these figures whole.
    """

    key: RowKey
    allocs: int
    bytes: int
    waste: int
    allocs_per_s: float
    bytes_per_s: float
    average: float
    share: float
    trend: tuple[float, ...]
    stacks: int
    before: Rate | None = None
    estimated: bool = False
    rates_estimated: bool = False
    twins: bool = False
    siblings: bool = False
    flat: FlatFigures | None = None
    shortened: bool = False

    @property
    def bytes_change(self) -> float:
        """Bytes/s more than between the marks; 0 where there is nothing to compare with."""
        return self.bytes_per_s - self.before.bytes if self.before else 0.0

    @property
    def allocs_change(self) -> float:
        """Objects a second more than between the marks."""
        return self.allocs_per_s - self.before.allocs if self.before else 0.0


class SiteRows(LazyRows[SiteRow]):
    """Rows of one answer in order. They are made of snapshots: kept ones (a paused screen) do not change.

    `order` has indices into `keys`, `find` returns the index of a key. Both are of a table that lasts: hashing
    thousands of keys is what a redraw can afford least. `estimated`: groups with samples; `sampled`: there are some in
    the span; `shortened`: groups with stacks that are kept shorter.
    """

    def __init__(
        self,
        keys: Sequence[RowKey],
        find: Callable[[RowKey], int | None],
        stacks: Column,
        order: RowOrder,
        span: Span,
        whole: int,
        trends: Trends,
        estimated: Container[int] = (),
        sampled: bool = False,
        twins: Callable[[int], bool] = lambda _: False,
        siblings: Callable[[int], bool] = lambda _: False,
        flat: Span | None = None,
        shortened: Container[int] = (),
    ) -> None:
        self._keys = keys
        self._find = find
        self._stacks = stacks
        self._order = order
        self._span = span
        self._whole = whole
        self._trends = trends
        self._estimated = estimated
        self._sampled = sampled
        self._twins = twins
        self._siblings = siblings
        self._flat = flat
        self._shortened = shortened

    def key(self, index: int) -> RowKey:
        """Return the key of a row, without making the row."""
        return self._keys[self._order[index]]

    def index_of(self, key: RowKey) -> int | None:
        """Return the position of a key, None if it is not there."""
        group = self._find(key)
        return None if group is None else self._order.position_of(group)

    def _row(self, group: int) -> SiteRow:
        span, end = self._span, self._span.end
        allocs, size = value_at(end.group_allocs, group), value_at(end.group_bytes, group)
        grown = size - value_at(span.begin.group_bytes, group)
        return SiteRow(
            key=self._keys[group],
            allocs=allocs,
            bytes=size,
            waste=value_at(end.group_waste, group),
            allocs_per_s=span.per_second(allocs - value_at(span.begin.group_allocs, group)),
            bytes_per_s=span.per_second(grown),
            average=size / allocs if allocs else 0.0,
            share=share_of(grown, self._whole),
            trend=self._trends.trend_of(group),
            stacks=value_at(self._stacks, group),
            before=_rate(span.before, group) if span.before else None,
            estimated=group in self._estimated,
            rates_estimated=self._sampled and group in self._estimated,
            twins=self._twins(group),
            siblings=self._siblings(group),
            flat=_flat(self._flat, group) if self._flat else None,
            shortened=group in self._shortened,
        )


def _flat(span: Span, group: int) -> FlatFigures:
    rate = _rate(span, group)
    return FlatFigures(
        value_at(span.end.group_allocs, group), value_at(span.end.group_bytes, group), rate.allocs, rate.bytes
    )


def _rate(span: Span, group: int) -> Rate:
    begin, end = span.begin, span.end
    allocs = value_at(end.group_allocs, group) - value_at(begin.group_allocs, group)
    return Rate(
        span.per_second(allocs), span.per_second(value_at(end.group_bytes, group) - value_at(begin.group_bytes, group))
    )


@dataclass(frozen=True, slots=True)
class SitesView:
    """An answer: `rows` in order (those that pass the filter, or `limit` of them); of `total_rows`, the filter leaves
    out `hidden`.

    `concealed`: sites left out as runtime or standard library, which are in neither number, and their share of all
    bytes in the window. `error`: what is wrong with the part of the filter that was left out.
    """

    rows: SiteRows
    total_rows: int
    hidden: int
    concealed: int = 0
    concealed_share: float = 0.0
    error: str = ""

    def index_of(self, key: RowKey) -> int | None:
        """Return the position in `rows` of a key, None if it is not there."""
        return self.rows.index_of(key)
