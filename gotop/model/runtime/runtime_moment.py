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
from gotop.model.counts.stack_table import Ledger
from gotop.model.counts.timeline import Timeline
from gotop.model.queries import Window
from gotop.model.runtime.gc_cycles import Cycles
from gotop.model.runtime.gc_values import Cycle, HeapBin, Pause, PauseSummary, StopKind
from gotop.model.runtime.go_statements import Creators
from gotop.model.runtime.goroutine_stacks import Copies, Origins
from gotop.model.runtime.goroutine_values import (
    GoroutineSite,
    GrowthSite,
    Live,
    NewStackSite,
    Owner,
    RuntimeStack,
    StackTotals,
)
from gotop.model.runtime.goroutines import Crowd
from gotop.model.runtime.heap_timeline import Levels, bins, within
from gotop.model.runtime.pause_quantiles import StopsByReason
from gotop.model.runtime.site_shares import SiteShare, counted_sites, shares_of, told_apart, waste_shares
from gotop.model.runtime.size_classes import Classes, PathShare, SizeClass, path_shares
from gotop.model.runtime.stw_pauses import Pauses
from gotop.model.symbols.symbol_table import Names
from gotop.model.trees.caller_tree import CallerNode
from gotop.model.values import SiteKey

CYCLE_SLACK_S = 0.0002
"""Before Go 1.23 a stop is timed at the entry of the function that ends it, and not by the runtime."""


class Known:
    """All that is kept of the runtime of one service. `started`: agent time, ns."""

    def __init__(self) -> None:
        self.started = 0
        self.pauses = Pauses()
        self.cycles = Cycles()
        self.crowd = Crowd()
        self.classes = Classes()
        self.levels = Levels()
        self.bind(Ledger(Names()), Names())

    def bind(self, ledger: Ledger, names: Names) -> None:
        """Count from these, from now on."""
        self.ledger, self.names = ledger, names
        self.origins = Origins(ledger, names)

    def clear(self) -> None:
        """Forget what was."""
        for kept in (self.pauses, self.cycles, self.classes, self.levels):
            kept.clear()
        self.crowd = Crowd()


class RuntimeAt:
    """Answers are values and stand still. `still`: of a moment that does, too; readings after it do not count.

    Attributes:
        timeline: the snapshots that answers about allocations are made of.
    """

    def __init__(self, known: Known, timeline: Timeline, still: bool = False) -> None:
        self._known = known
        self.timeline = timeline
        self._still = still

    @property
    def seconds(self) -> float:
        """The moment, in seconds since the service's start; below 0 where it is not known yet."""
        return self.timeline.current.at - self._known.started / 1e9

    @property
    def _until(self) -> float:
        return self.timeline.current.at if self._still else math.inf

    # Goroutines and their stacks

    def live(self) -> Live | None:
        """All goroutines, as last read; None before the first reading."""
        return self._known.crowd.live(self._known.names, self._known.started, self._until)

    def goroutine_sites(self, window: Window = Window.NOW) -> tuple[GoroutineSite, ...]:
        """`go` statements: those that ran, and those whose goroutines live; most alive first."""
        return self._creators(window).sites()

    def goroutine_site(self, key: SiteKey, window: Window = Window.NOW) -> GoroutineSite | None:
        """One of them; None for one that is not known."""
        return next((site for site in self.goroutine_sites(window) if site.key == key), None)

    def creation_chains(self, site: GoroutineSite) -> tuple[RuntimeStack, ...]:
        """Whose code ran a `go` statement: the stacks of those that ran it."""
        return self.stacks(protocol.GO, SiteKey(site.function, site.file, site.line, site.starts))

    def creators(self, key: SiteKey) -> CallerNode:
        """The `go` statements that led to one, as a tree from it outward: see `Creators.chain`."""
        return self._creators(Window.NOW).chain(key)

    def stack_totals(self) -> StackTotals:
        """Stacks new, reused and copied, since the hooks were placed."""
        span = self._span(Window.TOTAL)
        return self._copies(Window.TOTAL).totals(span.end.gos - span.begin.gos)

    def growth_sites(self, window: Window = Window.NOW) -> tuple[GrowthSite, ...]:
        """Functions in which stacks grow or shrink, most bytes copied first; `*_per_s` in the window."""
        return self._copies(window).sites()

    def growth_stacks(self, site: GrowthSite) -> tuple[RuntimeStack, ...]:
        """The stacks that grew or shrank there."""
        return self.stacks(protocol.COPY, site.key)

    def new_sites(self, window: Window = Window.NOW) -> tuple[NewStackSite, ...]:
        """Where stacks were newly allocated, most bytes first."""
        return self._copies(window).new_sites()

    def new_stacks(self) -> tuple[RuntimeStack, ...]:
        """Stacks newly allocated, main's own among them (below runtime.rt0_go), and who had them allocated."""
        return self.stacks(protocol.MALG, None)

    def stacks(
        self, kind: int, key: SiteKey | None, window: Window = Window.NOW, owner: Owner | None = None
    ) -> tuple[RuntimeStack, ...]:
        """The stacks of a kind (`GO`, `MALG`, `COPY`) at a site, or all; new ones also of one owner. `per_s` in the
        window.
        """
        return self._copies(window).stacks(kind, key, owner)

    def _creators(self, window: Window) -> Creators:
        living = self._known.crowd.groups(self._known.names, self._until)
        return Creators(self._known.ledger, self._copies(window), self._span(window), living)

    def _copies(self, window: Window) -> Copies:
        return Copies(self._known.ledger, self._known.names, self._known.origins, self._span(window))

    # Collections and pauses

    def cycles(self) -> tuple[Cycle, ...]:
        """Garbage collections that have ended, oldest first; the last `gotop.model.runtime.gc_cycles.KEEP`."""
        every = self._known.cycles.all()
        return every if not self._still else tuple(cycle for cycle in every if cycle.ended <= self.seconds)

    def cycle_sites(self, cycle: Cycle, limit: int = 20) -> tuple[SiteShare, ...]:
        """The sites whose allocations led to a cycle, most bytes first.

        As exact as there are readings: between the last one before the cycle before it ended (without one: before this
        one began) and the first one after this one began; see `cycle_span`.
        """
        begin, end = self._around(cycle)
        whole = end.bytes - begin.bytes
        grown = map(increase, end.groups.columns, begin.groups.columns)
        found = [
            SiteShare(key, allocs, size, share_of(size, whole), lost)
            for key, allocs, size, lost in counted_sites(self._known.ledger, *grown)
        ]
        return told_apart(heapq.nlargest(limit, found, key=lambda site: site.bytes))

    def cycle_span(self, cycle: Cycle) -> tuple[float, float]:
        """The readings that `cycle_sites` is made of, in seconds since the service's start."""
        base = self._known.started / 1e9
        begin, end = self._around(cycle)
        return begin.at - base, end.at - base

    def _around(self, cycle: Cycle) -> tuple[Snapshot, Snapshot]:
        base = self._known.started / 1e9
        since = cycle.at if cycle.since is None else cycle.since
        return self.timeline.around(base + since, base + cycle.at)

    def pauses(self) -> tuple[Pause, ...]:
        """Stops of the world, oldest first; the last `gotop.model.runtime.stw_pauses.KEEP`."""
        return self._stood if self._still else self._known.pauses.all()

    def last_pauses(self, count: int) -> Sequence[Pause]:
        """The last so many stops, oldest first, without going through all of them."""
        return self._stood[-count:] if self._still else self._known.pauses.last(count)

    def pause_summary(self) -> PauseSummary:
        """How long all these stops were."""
        return self._lengths.summary()

    def stop_kinds(self) -> tuple[StopKind, ...]:
        """The stops of each reason, those that took longest in all first."""
        return self._lengths.kinds()

    @cached_property
    def _stood(self) -> tuple[Pause, ...]:
        return tuple(pause for pause in self._known.pauses.all() if pause.at <= self.seconds)

    @cached_property
    def _stood_for(self) -> StopsByReason:
        return StopsByReason(self._stood)

    @property
    def _lengths(self) -> StopsByReason:
        return self._stood_for if self._still else self._known.pauses.lengths

    def cycle_of(self, pause: Pause) -> Cycle | None:
        """The cycle that a stop was part of, by the instants of both."""
        every = self.cycles()
        place = bisect_left(every, pause.at - CYCLE_SLACK_S, key=lambda cycle: cycle.ended)
        cycle = every[place] if place < len(every) else None
        return cycle if cycle and cycle.at - CYCLE_SLACK_S <= pause.at else None

    def stops_of(self, cycle: Cycle) -> tuple[Pause, ...]:
        """The stops that a cycle consisted of, among others that happened meanwhile."""
        stops = self.pauses()
        times = (cycle.at - CYCLE_SLACK_S, cycle.ended + CYCLE_SLACK_S)
        first, last = (bisect_left(stops, at, key=lambda stop: stop.at) for at in times)
        return stops[first:last]

    def heap_line(self, begin: float, step: float, count: int) -> tuple[HeapBin, ...]:
        """Heap, goal, cycles and stops in `count` steps of `step` s from `begin` (s since the service's start)."""
        end, levels = begin + count * step, self._known.levels
        every, stops = self.cycles(), self.pauses()
        first, last = (bisect_left(every, at, key=lambda cycle: cycle.ended) for at in (begin, end))
        cycles = every[max(0, first - 1) : last + 1]
        heap, goal = within(levels.heap(cycles), begin, end), within(levels.goal(), begin, end)
        first, last = (bisect_left(stops, at, key=lambda stop: stop.at) for at in (begin, end))
        return bins(heap, goal, cycles, stops[first:last], begin, step, count)

    # The allocator

    def paths(self, key: SiteKey | None = None) -> tuple[PathShare, ...]:
        """Which way allocations went through the allocator, of a site or all, since the hooks were placed."""
        return path_shares(self._known.ledger, self.timeline.current, key)

    def size_classes(self) -> tuple[SizeClass, ...]:
        """The runtime's own count of each size class, and the bytes lost in it; large objects after the small ones, and
        last what is of no one class. Always the newest reading.
        """
        return self._known.classes.lossy(self._known.ledger, self.timeline.current)

    def path_sites(self, path: str, limit: int = 200) -> tuple[SiteShare, ...]:
        """The sites of allocations that went one way, most bytes first."""
        ledger = self._known.ledger
        belongs = lambda row: path_name(ledger.rows[row].path) == path  # noqa: E731
        return told_apart(shares_of(ledger, self.timeline.current, belongs, limit))

    def class_sites(self, size: int, limit: int = 200) -> tuple[SiteShare, ...]:
        """The sites of allocations of one size class (0: large, -1: not of one), most bytes first."""
        ledger = self._known.ledger
        class_of = self._known.classes.attribution(ledger).class_of
        return told_apart(shares_of(ledger, self.timeline.current, lambda row: class_of(row) == size, limit))

    def waste_sites(self) -> tuple[SiteShare, ...]:
        """All sites, those where rounding loses most first; `share` is of all that it loses."""
        return told_apart(waste_shares(self._known.ledger, self.timeline.current))

    @property
    def tiny(self) -> int:
        """Objects put into a block of 16 bytes that another had begun, as the runtime counts them."""
        return self._known.classes.tiny

    def _span(self, window: Window) -> Span:
        return Span.of(self.timeline, window)
