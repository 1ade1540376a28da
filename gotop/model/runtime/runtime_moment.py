"""Answers about the runtime at one moment: goroutines, stacks, collections, pauses, the allocator."""

from __future__ import annotations

import heapq
import math
from bisect import bisect_left
from collections.abc import Sequence
from functools import cached_property

from gotop.agent import protocol
from gotop.model.counts.alloc_paths import path_name
from gotop.model.counts.arrays import increase, share_of
from gotop.model.counts.snapshot import Snapshot
from gotop.model.counts.span import Span
from gotop.model.counts.stack_table import StackTable
from gotop.model.counts.timeline import Timeline
from gotop.model.queries import Window
from gotop.model.runtime.gc_cycles import GcCycles
from gotop.model.runtime.gc_values import GcCycle, HeapBin, Pause, PauseReasonSummary, PauseSummary
from gotop.model.runtime.go_statements import GoStatements
from gotop.model.runtime.goroutine_stacks import GoroutineStackStats, StackOrigins
from gotop.model.runtime.goroutine_values import (
    NO_STACK_TOTALS,
    GoroutineSite,
    LiveGoroutines,
    NewStackSite,
    RuntimeStack,
    StackGrowthSite,
    StackOwner,
    StackTotals,
)
from gotop.model.runtime.goroutines import GoroutineReadings
from gotop.model.runtime.heap_timeline import HeapTimeline, bins, within
from gotop.model.runtime.pause_quantiles import PauseDurationsByReason
from gotop.model.runtime.site_shares import SiteShare, counted_sites, mark_lookalikes, top_site_shares, waste_shares
from gotop.model.runtime.size_classes import PathShare, SizeClass, SizeClassReadings, path_shares
from gotop.model.runtime.stw_pauses import StwPauses
from gotop.model.symbols.symbol_table import SymbolTable
from gotop.model.trees.caller_tree import CallerNode
from gotop.model.values import SiteKey

CYCLE_SLACK_S = 0.0002
"""Before Go 1.23 a stop is timed at the entry of the function that ends it, and not by the runtime."""


class RuntimeRecords:
    """All that is kept about the runtime of one service.

    Attributes:
        started: agent time (ns) of the service's start.
        hooked: `go` statements and stacks of goroutines are counted.
        table, symbols: stacks, and names of addresses, of the program.
    """

    def __init__(self) -> None:
        self.started = 0
        self.hooked = True
        self.pauses = StwPauses()
        self.cycles = GcCycles()
        self.goroutines = GoroutineReadings()
        self.classes = SizeClassReadings()
        self.heap = HeapTimeline()
        self.count_from(StackTable(SymbolTable()), SymbolTable())

    def count_from(self, table: StackTable, symbols: SymbolTable) -> None:
        """Take stacks and names from these from now on."""
        self.table, self.symbols = table, symbols
        self.stack_origins = StackOrigins(table, symbols)

    def forget(self) -> None:
        """Forget everything about the service; another one follows."""
        for kept in (self.pauses, self.cycles, self.classes, self.heap, self.goroutines):
            kept.clear()


class RuntimeMoment:
    """Answers about one moment. Answers are values that do not change. `still`: the moment does not move on either, and
    readings after it do not count.

    Attributes:
        timeline: the snapshots that answers about allocations are made of.
    """

    def __init__(self, known: RuntimeRecords, timeline: Timeline, still: bool = False) -> None:
        self._records = known
        self.timeline = timeline
        self._still = still

    @property
    def seconds(self) -> float:
        """The moment, in seconds since the service's start; negative while that is not known."""
        return self.timeline.current.at - self._records.started / 1e9

    @property
    def _until(self) -> float:
        return self.timeline.current.at if self._still else math.inf

    # Goroutines and their stacks

    def live_goroutines(self) -> LiveGoroutines | None:
        """Return all goroutines as last read, None before the first reading."""
        return self._records.goroutines.live_goroutines(self._records.symbols, self._records.started, self._until)

    def goroutine_sites(self, window: Window = Window.NOW) -> tuple[GoroutineSite, ...]:
        """Return the `go` statements that ran or whose goroutines live; most living goroutines first."""
        return self._go_statements(window).sites()

    def goroutine_site(self, key: SiteKey, window: Window = Window.NOW) -> GoroutineSite | None:
        """Return one of `goroutine_sites`, None for a key that is not known."""
        return next((site for site in self.goroutine_sites(window) if site.key == key), None)

    def creation_tree(self, key: SiteKey) -> CallerNode:
        """Return the `go` statements that led to one: see `GoStatements.creation_tree`."""
        return self._go_statements(Window.NOW).creation_tree(key)

    def stack_totals(self) -> StackTotals:
        """Return stacks allocated, reused and copied since the hooks were placed."""
        if not self._records.hooked:
            return NO_STACK_TOTALS
        span = self._span(Window.TOTAL)
        return self._stack_stats(Window.TOTAL).stack_totals(span.end.gos - span.begin.gos)

    def growth_sites(self, window: Window = Window.NOW) -> tuple[StackGrowthSite, ...]:
        """Return the functions in which stacks grow or shrink, most bytes copied first; `*_per_s` in the window."""
        return self._stack_stats(window).growth_sites()

    def growth_stacks(self, site: StackGrowthSite) -> tuple[RuntimeStack, ...]:
        """The stacks that grew or shrank there."""
        return self.stacks(protocol.COPY, site.key)

    def new_stack_sites(self, window: Window = Window.NOW) -> tuple[NewStackSite, ...]:
        """Return the places at which stacks were newly allocated, most bytes first."""
        return self._stack_stats(window).new_stack_sites()

    def stacks(
        self, kind: int, key: SiteKey | None, window: Window = Window.NOW, owner: StackOwner | None = None
    ) -> tuple[RuntimeStack, ...]:
        """Return the stacks of a kind (`GO`, `MALG`, `COPY`), of a site or all, and of one owner or all; `per_s` in the
        window.
        """
        return self._stack_stats(window).stacks(kind, key, owner)

    def _go_statements(self, window: Window) -> GoStatements:
        living = self._records.goroutines.groups_by_statement(self._records.symbols, self._until)
        stats, span, hooked = self._stack_stats(window), self._span(window), self._records.hooked
        return GoStatements(self._records.table, stats, span, living, hooked)

    def _stack_stats(self, window: Window) -> GoroutineStackStats:
        return GoroutineStackStats(
            self._records.table, self._records.symbols, self._records.stack_origins, self._span(window)
        )

    # Collections and pauses

    def cycles(self) -> tuple[GcCycle, ...]:
        """Return garbage collections that have ended, oldest first, at most `gc_cycles.KEEP`."""
        every = self._records.cycles.all_cycles()
        return every if not self._still else tuple(cycle for cycle in every if cycle.ended <= self.seconds)

    def cycle_sites(self, cycle: GcCycle, limit: int = 20) -> tuple[SiteShare, ...]:
        """Return the sites whose allocations led to a cycle, most bytes first.

        Allocations are those between two readings: the last one before the previous cycle ended (if that was not seen:
        before this one began), and the first one after this one began; see `cycle_span`.
        """
        begin, end = self._snapshots_of(cycle)
        whole = end.bytes - begin.bytes
        grown = map(increase, end.groups.columns, begin.groups.columns)
        found = [
            SiteShare(key, allocs, size, share_of(size, whole), lost)
            for key, allocs, size, lost in counted_sites(self._records.table, *grown)
        ]
        return mark_lookalikes(heapq.nlargest(limit, found, key=lambda site: site.bytes))

    def cycle_span(self, cycle: GcCycle) -> tuple[float, float]:
        """Return the instants of the two readings behind `cycle_sites`, in seconds since the service's start."""
        base = self._records.started / 1e9
        begin, end = self._snapshots_of(cycle)
        return begin.at - base, end.at - base

    def _snapshots_of(self, cycle: GcCycle) -> tuple[Snapshot, Snapshot]:
        base = self._records.started / 1e9
        since = cycle.at if cycle.since is None else cycle.since
        return self.timeline.snapshots_around(base + since, base + cycle.at)

    def pauses(self) -> tuple[Pause, ...]:
        """Return stops of the world, oldest first, at most `stw_pauses.KEEP`."""
        return self._past_pauses if self._still else self._records.pauses.all_pauses()

    def last_pauses(self, count: int) -> Sequence[Pause]:
        """Return the last `count` stops, oldest first, without going through all of them."""
        return self._past_pauses[-count:] if self._still else self._records.pauses.last_pauses(count)

    def pause_summary(self) -> PauseSummary:
        """Return the durations of all stops."""
        return self._durations.summary()

    def pause_reasons(self) -> tuple[PauseReasonSummary, ...]:
        """Return the stops of each reason, those that took longest in all first."""
        return self._durations.reason_summaries()

    @cached_property
    def _past_pauses(self) -> tuple[Pause, ...]:
        return tuple(pause for pause in self._records.pauses.all_pauses() if pause.at <= self.seconds)

    @cached_property
    def _past_durations(self) -> PauseDurationsByReason:
        return PauseDurationsByReason(self._past_pauses)

    @property
    def _durations(self) -> PauseDurationsByReason:
        return self._past_durations if self._still else self._records.pauses.durations

    def cycle_of(self, pause: Pause) -> GcCycle | None:
        """Return the cycle that a stop was part of, None if it was part of none."""
        every = self.cycles()
        place = bisect_left(every, pause.at - CYCLE_SLACK_S, key=lambda cycle: cycle.ended)
        cycle = every[place] if place < len(every) else None
        return cycle if cycle and cycle.at - CYCLE_SLACK_S <= pause.at else None

    def pauses_of_cycle(self, cycle: GcCycle) -> tuple[Pause, ...]:
        """Return the stops during a cycle, those that it consisted of among them."""
        stops = self.pauses()
        times = (cycle.at - CYCLE_SLACK_S, cycle.ended + CYCLE_SLACK_S)
        first, last = (bisect_left(stops, at, key=lambda stop: stop.at) for at in times)
        return stops[first:last]

    def heap_bins(self, begin: float, step: float, count: int) -> tuple[HeapBin, ...]:
        """Return heap, goal, cycles and stops in `count` steps of `step` seconds from `begin` (seconds since the
        service's start).
        """
        end, levels = begin + count * step, self._records.heap
        every, stops = self.cycles(), self.pauses()
        first, last = (bisect_left(every, at, key=lambda cycle: cycle.ended) for at in (begin, end))
        cycles = every[max(0, first - 1) : last + 1]
        heap, goal = within(levels.heap_points(cycles), begin, end), within(levels.goal_points(), begin, end)
        first, last = (bisect_left(stops, at, key=lambda stop: stop.at) for at in (begin, end))
        return bins(heap, goal, cycles, stops[first:last], begin, step, count)

    # The allocator

    def alloc_paths(self, key: SiteKey | None = None) -> tuple[PathShare, ...]:
        """Return the paths that allocations took through the allocator, of a site or all, since the hooks were placed.
        """
        return path_shares(self._records.table, self.timeline.current, key)

    def size_classes(self) -> tuple[SizeClass, ...]:
        """Return the runtime's own counts of each size class, with the bytes lost in it: small ones, large objects, and
        last what belongs to no one class. Always of the newest reading.
        """
        return self._records.classes.with_waste(self._records.table, self.timeline.current)

    def path_sites(self, path: str, limit: int = 200) -> tuple[SiteShare, ...]:
        """Return the sites of allocations that took a path, most bytes first."""
        table = self._records.table
        belongs = lambda row: path_name(table.rows.path(row)) == path  # noqa: E731
        return mark_lookalikes(top_site_shares(table, self.timeline.current, belongs, limit))

    def class_sites(self, size: int, limit: int = 200) -> tuple[SiteShare, ...]:
        """Return the sites of allocations of one size class (0: large, -1: of several), most bytes first."""
        table = self._records.table
        class_of = self._records.classes.classes_of_stacks(table).class_of
        return mark_lookalikes(top_site_shares(table, self.timeline.current, lambda row: class_of(row) == size, limit))

    def waste_sites(self) -> tuple[SiteShare, ...]:
        """Return all sites, those where rounding loses most first; `share` is of all that rounding loses."""
        return mark_lookalikes(waste_shares(self._records.table, self.timeline.current))

    @property
    def tiny(self) -> int:
        """Tiny objects put into a block of 16 bytes that another one had begun, as the runtime counts them."""
        return self._records.classes.tiny

    def _span(self, window: Window) -> Span:
        return Span.of_window(self.timeline, window)
