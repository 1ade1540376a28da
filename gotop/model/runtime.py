"""What a session knows of the runtime beside allocations: goroutines, stacks, collections, pauses, the allocator."""

from __future__ import annotations

import heapq
import math

from gotop.agent import protocol as wire
from gotop.model.allocator import Classes, path_shares
from gotop.model.crowd import Copies, Crowd
from gotop.model.cycles import Cycles, summary
from gotop.model.ledger import Ledger, at
from gotop.model.names import Names
from gotop.model.pauses import Pauses
from gotop.model.rows import Span, share_of
from gotop.model.runtime_values import (
    Cycle,
    CycleSite,
    GoroutineSite,
    GrowthSite,
    Live,
    PathShare,
    PauseSummary,
    RuntimeStack,
    SizeClass,
    StackTotals,
)
from gotop.model.timeline import Timeline
from gotop.model.values import GoSite, Pause, SiteKey, Window


class Runtime:
    """The runtime of one service. `Session.runtime`; answers are values and stand still."""

    def __init__(self) -> None:
        self._started = 0
        self._pauses = Pauses()
        self._cycles = Cycles()
        self._crowd = Crowd()
        self._classes = Classes()

    def bind(self, ledger: Ledger, names: Names, timeline: Timeline) -> None:
        """Count from these, from now on."""
        self._ledger, self._names, self._timeline = ledger, names, timeline

    def begin(self, started: int) -> None:
        """Another service follows, whose hooks were placed then."""
        if started != self._started:
            self.clear()
        self._started = started

    def clear(self) -> None:
        """Forget what was."""
        self._pauses.clear()
        self._cycles.clear()
        self._classes.clear()
        self._crowd = Crowd()

    def apply(self, message: wire.Events | wire.Goroutines | wire.SizeClasses | wire.Symbols) -> int:
        """Take one message; returns for how many ns the world stood still."""
        match message:
            case wire.Events():
                self._cycles.add(message.gc, self._started)
                return self._pauses.add(message.stw, self._started)
            case wire.Goroutines():
                self._crowd.take(message)
            case wire.SizeClasses():
                self._classes.take(message)
            case wire.Symbols():
                self._crowd.name_waits(message.waits)
        return 0

    def live(self) -> Live | None:
        """All goroutines, as last read; None before the first reading."""
        return self._crowd.live(self._names, self._started)

    def goroutine_sites(self, window: Window = Window.NOW) -> tuple[GoroutineSite, ...]:
        """`go` statements: those that ran, and those whose goroutines live; most alive first."""
        return self._crowd.sites(self._ledger, self._names, self._span(window))

    def creation_chains(self, site: GoSite) -> tuple[RuntimeStack, ...]:
        """Whose code ran a `go` statement: the stacks of those that ran it."""
        return self._stacks(wire.GO, SiteKey(site.function, site.file, site.line, site.starts))

    def stack_totals(self) -> StackTotals:
        """Stacks new, reused and copied, since the hooks were placed."""
        span = self._span(Window.TOTAL)
        return Copies(self._ledger, self._names, span).totals(span.end.gos - span.begin.gos)

    def growth_sites(self, window: Window = Window.NOW) -> tuple[GrowthSite, ...]:
        """Functions in which stacks grow or shrink, most bytes copied first; `*_per_s` in the window."""
        return Copies(self._ledger, self._names, self._span(window)).sites()

    def growth_stacks(self, site: GrowthSite) -> tuple[RuntimeStack, ...]:
        """The stacks that grew or shrank there."""
        return self._stacks(wire.COPY, SiteKey(site.function, site.file, site.line, ""))

    def new_stacks(self) -> tuple[RuntimeStack, ...]:
        """Stacks newly allocated, main's own among them (below runtime.rt0_go), and who had them allocated."""
        return self._stacks(wire.MALG, None)

    def cycles(self) -> tuple[Cycle, ...]:
        """Garbage collections that have ended, oldest first."""
        return self._cycles.all()

    def cycle_sites(self, cycle: Cycle, limit: int = 20) -> tuple[CycleSite, ...]:
        """The sites whose allocations led to a cycle, most bytes first.

        As exact as there are readings: between the last one before the cycle before it ended (without one: before this
        one began) and the first one after this one began.
        """
        base = self._started / 1e9
        since = cycle.at if cycle.since is None else cycle.since
        begin, end = self._timeline.around(base + since, base + cycle.at)
        whole, found = end.bytes - begin.bytes, []
        for group in self._ledger.groups(wire.HEAP):
            allocs = at(end.group_allocs, group) - at(begin.group_allocs, group)
            if allocs > 0:
                size = at(end.group_bytes, group) - at(begin.group_bytes, group)
                found.append(CycleSite(self._ledger.keys[group], allocs, size, share_of(size, whole)))
        return tuple(heapq.nlargest(limit, found, key=lambda site: site.bytes))

    def pauses(self) -> tuple[Pause, ...]:
        """Stops of the world, oldest first; the last `gotop.model.pauses.KEEP`."""
        return self._pauses.all()

    def pause_summary(self, seconds: float = math.inf, reason: str = "") -> PauseSummary:
        """How long the stops of the last seconds were, those of one reason or all."""
        since = self._timeline.current.at - self._started / 1e9 - seconds
        wanted = [p for p in self._pauses.all() if p.at >= since and reason in ("", p.reason)]
        return summary(wanted)

    def paths(self, key: SiteKey | None = None) -> tuple[PathShare, ...]:
        """Which way allocations went through the allocator, of a site or all, since the hooks were placed."""
        return path_shares(self._ledger, self._timeline.current, key)

    def size_classes(self) -> tuple[SizeClass, ...]:
        """The runtime's own count of each size class; large objects last."""
        return self._classes.all()

    @property
    def tiny(self) -> int:
        """Objects put into a block of 16 bytes that another had begun, as the runtime counts them."""
        return self._classes.tiny

    def _span(self, window: Window) -> Span:
        return Span.of(self._timeline, window)

    def _stacks(self, kind: int, key: SiteKey | None) -> tuple[RuntimeStack, ...]:
        return Copies(self._ledger, self._names, self._span(Window.NOW)).stacks(kind, key)
