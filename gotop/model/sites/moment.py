"""Answers about sites and stacks at one moment: now, or one that does not move on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from gotop.agent.protocol import HEAP
from gotop.model.counts.arrays import Column, Indices, increase, indices, present, share_of
from gotop.model.counts.snapshot import Snapshot
from gotop.model.counts.span import Span as Span
from gotop.model.counts.stack_table import StackTable
from gotop.model.counts.timeline import Timeline
from gotop.model.queries import ATTRIBUTED, OF_STACKS, GroupBy, Hide, SiteQuery, SiteSort, StackQuery, Window
from gotop.model.sites.counted_stacks import CountedStack, counted_stacks
from gotop.model.sites.filter_query import parse_filter
from gotop.model.sites.grouping import GroupingCache, SiteSelection
from gotop.model.sites.ranking import SORT_TEXTS, Ranking, RowOrder, TextOrderCache
from gotop.model.sites.site_rows import SiteRow, SiteRows, SitesView
from gotop.model.sites.sort_figures import CUMULATED, sort_figures
from gotop.model.sites.stack_rows import StackRows
from gotop.model.sites.trends import TREND_S, Trends
from gotop.model.symbols.symbol_table import SymbolTable
from gotop.model.trees.caller_tree import CallerTrees, LazyCallerNode
from gotop.model.trees.stack_groups import StackGroupsCache
from gotop.model.values import Rate, RowKey, SiteKey

_ALL_STACKS = StackQuery()


class Moment:
    """Answers made from a stack table and a timeline: the live one, or a copy that does not change (`Session.moment`).
    """

    def __init__(
        self, table: StackTable, timeline: Timeline, symbols: SymbolTable, groupings: GroupingCache,
        attributed: Moment | None = None, callers: CallerTrees | None = None,
        stack_groups: StackGroupsCache | None = None,
    ) -> None:  # fmt: skip
        self.timeline = timeline
        self.attributed = attributed
        self._table = table
        self._symbols = symbols
        self._groupings = groupings
        self._callers = callers or CallerTrees(table, symbols)
        self.stack_groups = stack_groups or StackGroupsCache(table, symbols, symbols.own)
        self._seconds_summed: dict[tuple[int, int, str], tuple[Snapshot, Snapshot]] = {}
        self._trends: tuple[tuple[GroupBy, str, Hide], Trends] | None = None
        self._alphabet = TextOrderCache()

    def as_of(self, instant: float) -> Moment:
        """Return the moment of an instant (agent time, s); it does not change any more."""
        attributed = self.attributed.as_of(instant) if self.attributed else None
        timeline = self.timeline.as_of(instant)
        return Moment(
            self._table, timeline, self._symbols, self._groupings, attributed, self._callers, self.stack_groups
        )

    def shares_stacks(self, other: Moment) -> bool:
        """Whether both are of the same program, so that a row is the same stack in either's columns."""
        return self._table is other._table

    @property
    def at(self) -> float:
        """The instant of the reading that answers are made from (agent time, s)."""
        return self.timeline.current.at

    @property
    def marks(self) -> tuple[float, ...]:
        """Seconds since each mark, oldest first; two at most."""
        return tuple([self.at - mark.at for mark in self.timeline.set_marks])

    def rate(self, window: Window) -> Rate:
        """Return the rate of all heap allocations in a window."""
        span = Span.of_window(self.timeline, window)
        return Rate(span.per_second(span.end.allocs - span.begin.allocs), span.per_second(span.bytes))

    def sites(self, query: SiteQuery) -> SitesView:
        """Return call sites that have counted something, groups of them, or who allocates, of which nothing is ever
        hidden.
        """
        if self.attributed is not None and query.group in ATTRIBUTED:
            return self.attributed.sites(replace(query, hide=Hide.NOTHING))
        span = Span.of_window(self.timeline, query.window)
        if query.group in OF_STACKS:
            return self._of_stacks(query, span)
        selection = self._groupings.selection(query.filter, query.hide)
        every = self._table.groups(HEAP)
        found, total = selection.counted_sites(every, span.end.group_allocs)
        if query.group is GroupBy.SITE:
            stacks = self._table.stacks_by_group(span.end)
            trends = self._trend_of(query, self.timeline.seconds_back(TREND_S))
            order = self._ordered(found, self._table.keys, query, span, stacks, trends)
            find = lambda key: self._table.find_group(HEAP, key)  # noqa: E731
            lines, functions = map(self._groupings.grouping, (GroupBy.LINE, GroupBy.FUNCTION))
            counted = span.end.group_allocs
            rows = SiteRows(
                self._table.keys, find, stacks, order, span, span.bytes, trends, self._table.estimated,
                self._sampled(span),
                lambda site: lines.has_lookalike(site, counted), lambda site: functions.has_lookalike(site, counted),
                shortened=self._table.shortened,
            )  # fmt: skip
            hidden = total - len(found)
        else:
            rows, total, hidden = self._grouped(query, selection, span)
        return SitesView(rows, total, hidden, *_concealed(selection, span), error=parse_filter(query.filter).error)

    def read_stack_groups(self, by: GroupBy, hide: Hide, at_most: int) -> tuple[int, int]:
        """Put up to `at_most` stacks more into groups that whole stacks decide about; return how many are in them then,
        and how many there are.
        """
        return self.stack_groups.groups(by, hide).read_stacks(at_most)

    def _of_stacks(self, query: SiteQuery, span: Span) -> SitesView:
        """Return groups that whole stacks decide about. A filter is about sites, as everywhere; what `hide` leaves out
        is no site, but functions of which callers get what they allocate, and of own lines nothing.
        """
        growing = self.stack_groups.groups(query.group, query.hide)
        growing.read_stacks()
        groups, kept = growing.groups, self._rows_kept(query.filter)
        bundled = span.map_snapshots(lambda each: each.with_groups(_Kept(groups.sum_by_group, kept)))
        seconds, summed = self.timeline.seconds_back(TREND_S), self._seconds_summed
        places = {(id(each), id(growing), query.filter): each for each in seconds}
        for place in summed.keys() - places.keys():
            del summed[place]
        for place, each in places.items():
            summed.setdefault(place, (each, each.with_groups(_Kept(groups.sum_by_group, kept))))
        trends = self._trend_of(query, [summed[place][1] for place in places])
        whole = groups.sum_by_group(span.end.stack_allocs)
        found = present(growing.sorted_groups(), bundled.end.group_allocs)
        stacks = _Kept(groups.sum_by_group, kept).sum_by_group((span.end.stack_allocs != 0).astype(np.int64))
        flat = span.map_snapshots(lambda each: each.with_groups(_Kept(groups.sum_own, kept)))
        figures = flat if query.sort in CUMULATED else bundled
        order = self._ordered(found, growing.keys, query, figures, stacks, trends)
        rows = SiteRows(
            growing.keys, growing.find_group, stacks, order, bundled, span.bytes, trends,
            growing.holding(indices(self._table.samples.rows)) if self._table.samples else (), self._sampled(span),
            flat=flat if query.group is GroupBy.CUMULATIVE else None,
            shortened=growing.holding(self._table.rows.short_rows()) if self._table.shortened else (),
        )  # fmt: skip
        total = len(present(growing.sorted_groups(), whole))
        left_out = _concealed(self._groupings.selection(query.filter, query.hide), span)
        concealed = left_out if query.group is GroupBy.CUMULATIVE else (0, 0.0)
        return SitesView(rows, total, total - len(found), *concealed, error=parse_filter(query.filter).error)

    def _rows_kept(self, text: str) -> Column | None:
        """Return which rows of the stack table are of sites that pass a filter, None if that is all of them."""
        wanted = self.matching(text)
        return None if wanted is None else np.isin(self._table.group_of, wanted)

    def estimated(self, window: Window) -> bool:
        """Return whether figures of stacks in a window are estimates, at least in part."""
        span = Span.of_window(self.timeline, window)
        return self._sampled(span) or self._table.split_between((span.before or span).begin, span.end)

    def _sampled(self, span: Span) -> bool:
        return self._table.sampled_between((span.before or span).begin, span.end)

    def site(self, key: RowKey, window: Window) -> SiteRow | None:
        """Return the row of one site, None if it is not known."""
        rows = self.sites(SiteQuery(window=window)).rows
        index = rows.index_of(key)
        return None if index is None else rows[index]

    def _grouped(self, query: SiteQuery, selection: SiteSelection, span: Span) -> tuple[SiteRows, int, int]:
        grouping, group = self._groupings.grouping(query.group), query.group
        bundled = span.map_snapshots(lambda snapshot: selection.grouped_snapshot(snapshot, grouping, group))
        seconds = self.timeline.seconds_back(TREND_S)
        selection.forget_sums(seconds)
        trends = self._trend_of(
            query, [selection.grouped_snapshot(each, grouping, group, keep=True) for each in seconds]
        )
        found = present(grouping.sorted_groups(), bundled.end.group_allocs)
        stacks = grouping.sum_by_group(self._table.stacks_by_group(span.end), selection.sites)
        order = self._ordered(found, grouping.keys, query, bundled, stacks, trends)
        of_site = grouping.group_of_site
        estimated, shortened = (
            {int(of_site[site]) for site in sites} for sites in (self._table.estimated, self._table.shortened)
        )
        total = len(np.unique(of_site[present(selection.shown, span.end.group_allocs)]))
        rows = SiteRows(
            grouping.keys, grouping.find_group, stacks, order, bundled, span.bytes, trends, estimated,
            self._sampled(span), shortened=shortened,
        )  # fmt: skip
        return rows, total, total - len(found)

    def _ordered(
        self, groups: Indices, keys: Sequence[RowKey], query: SiteQuery, span: Span, stacks: Column, trends: Trends
    ) -> RowOrder:
        """Order groups. Equal ones are ordered by their bytes in all, as where nothing is allocated now, what has been
        is what matters, and then as `groups` are: by their keys.
        """
        if query.sort in SORT_TEXTS:
            return self._alphabet.order_by_text(groups, keys, query)
        by = trends.growth(len(keys)) if query.sort is SiteSort.TREND else sort_figures(query.sort, span, stacks)
        return Ranking(groups, by, lambda: span.end.group_bytes, query.reverse, query.limit)

    def _trend_of(self, query: SiteQuery, seconds: Sequence[Snapshot]) -> Trends:
        """Return the trends of this second, made once."""
        rows = (query.group, query.filter, query.hide)
        known = self._trends
        if known is None or known[0] != rows or len(known[1].seconds) != len(seconds) or not _same(known[1], seconds):
            known = self._trends = (rows, Trends(seconds))
        return known[1]

    def matching(self, text: str) -> Indices | None:
        """Return the groups of the stack table that pass a filter, None if that is all of them."""
        selection = self._groupings.selection(text, Hide.NOTHING)
        return None if selection.keeps_all else selection.sites

    def members(self, key: RowKey, query: SiteQuery) -> list[SiteKey]:
        """Return the sites behind the row of a group, most bytes in the window first. Behind a site's row is the site
        itself.
        """
        if query.group is GroupBy.SITE or query.group in ATTRIBUTED:
            return [key] if isinstance(key, SiteKey) else []
        grouping = self._groupings.grouping(query.group)
        place = grouping.find_group(key)
        if place is None:
            return []
        selection, span = (
            self._groupings.selection(query.filter, query.hide),
            Span.of_window(self.timeline, query.window),
        )
        sites, _ = selection.counted_sites(indices(grouping.sites[place]), span.end.group_allocs)
        grown = increase(span.end.group_bytes, span.begin.group_bytes)
        return [self._table.keys[site] for site in sorted(sites.tolist(), key=lambda site: -grown[site])]

    def stacks(self, key: RowKey, query: StackQuery = _ALL_STACKS) -> StackRows:
        """Return the stacks of one site that have counted something."""
        return StackRows(self._table, self._symbols, key, query, Span.of_window(self.timeline, query.window))

    def group_of(self, key: SiteKey) -> int | None:
        """Return the place of a site in the columns by group of all snapshots, None if it is not known."""
        return self._table.find_group(HEAP, key)

    def counted_stacks(self, window: Window) -> Iterator[CountedStack]:
        """Yield all heap stacks that have counted something in a window, with exact counts of it."""
        return counted_stacks(self._table, self._symbols, Span.of_window(self.timeline, window))

    def callers(self, key: RowKey, hide: Hide = Hide.NOTHING, window: Window = Window.TOTAL) -> LazyCallerNode | None:
        """Return the callers of a site as a tree from it outward, None for a site that is not known. Figures are of the
        window; callers that have not called in it stay, with 0, so that the row one looks at does not come and go.
        """
        group, span = self._table.find_group(HEAP, key), Span.of_window(self.timeline, window)
        return None if group is None else self._callers.callers_of(group, hide, span.begin, span.end)

    def read_callers(self, key: RowKey, hide: Hide, at_most: int) -> tuple[int, int]:
        """Put up to `at_most` stacks more into that tree; return how many are in it then, and how many there are."""
        group = self._table.find_group(HEAP, key)
        return (0, 0) if group is None else self._callers.read_stacks(group, hide, at_most)

    def seconds(self, window: Window) -> float:
        """Return the length of a window."""
        return Span.of_window(self.timeline, window).seconds


class _Kept:
    """Sums of some stacks by group. `kept`: which rows, None: all."""

    def __init__(self, sums: Callable[[Column], Column], kept: Column | None) -> None:
        self._sums = sums
        self._rows = kept

    def sum_by_group(self, column: Column) -> Column:
        """Sum a column of stacks by group."""
        if self._rows is not None:
            column = column.copy()
            column[~self._rows[: len(column)]] = 0
        return self._sums(column)


def _same(trends: Trends, seconds: Sequence[Snapshot]) -> bool:
    return all(mine is other for mine, other in zip(trends.seconds, seconds, strict=True))


def _concealed(selection: SiteSelection, span: Span) -> tuple[int, float]:
    """Return the number of hidden sites, and their share of all bytes."""
    hidden = present(selection.concealed, span.end.group_allocs)
    grown = increase(span.end.group_bytes, span.begin.group_bytes)[hidden]
    return len(hidden), share_of(int(grown.sum()), span.bytes)
