"""The state of one session. Messages go in through `apply`, fronts read values.

**Time** is the agent's: rates divide by the time between two readings, so a replay at any speed gives the same figures.
The clock is asked only for how long ago the last message came.

**A second `Hello`** is another connection. Ids are defined anew and the first tick counts from the start, so the
counts are replaced, not added to. If it is the same process watched by the same agent, windows, trends and graphs go on
across the gap and rows keep their identity; if counters went back or it is another process, they begin again. Until
that first tick, the last figures stay.

**`Recorded`** begins a recording, and begins it again when the player moves back: everything before is forgotten but
the instants of the marks, which are set again when they come.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from gotop.agent import protocol
from gotop.model.counts.span import Span
from gotop.model.counts.timeline import Timeline
from gotop.model.queries import Hide, SiteQuery, StackQuery, Window
from gotop.model.runtime.runtime_state import Runtime
from gotop.model.sites.attribution import Attribution
from gotop.model.sites.moment import Moment
from gotop.model.sites.site_rows import SitesView
from gotop.model.sites.stack_rows import StackRows
from gotop.model.stack_counts import Counting
from gotop.model.status import from_protocol, health
from gotop.model.status.connection import STALE_S, Standing
from gotop.model.status.gauges import Levels
from gotop.model.status.log import LogBuffer
from gotop.model.status.values import Ending, Goroutines, Health, Heap, Phase, Process, Target, Totals
from gotop.model.trees.caller_tree import Caller
from gotop.model.trees.flame_graph import Flame, FlameQuery
from gotop.model.values import Rate, SiteKey

_ALL_STACKS = StackQuery()


class Session:
    """Everything known about one service. Not thread-safe; nothing in it waits.

    Attributes:
        revision: another number whenever a message changed something. The phase can change by time alone.
        runtime: its goroutines, stacks, collections, pauses and size classes.
        target: the service, None before the first `Hello`.
        ending: how it ended, None as long as it has not.
        log: its output.
        heard: called after every message that was taken.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.revision = 0
        self.heard: Callable[[], None] = lambda: None
        self.log = LogBuffer()
        self._clock = clock
        self._begin()

    def _begin(self) -> None:
        self.target: Target | None = None
        self._standing = Standing(self._clock)
        self._hello: protocol.Hello | None = None
        self._resync = True
        self._levels = Levels()
        self.runtime = Runtime()
        self._count_anew(Timeline())

    def apply(self, message: protocol.Message) -> None:
        """Take one message, in the order of the stream."""
        self._standing.hear()
        self.revision += 1
        self._take(message)
        self.heard()

    def _take(self, message: protocol.Message) -> None:
        match message:
            case protocol.Tick():
                self._tick(message)
            case protocol.Stacks():
                self._counting.ledger.define(message.defs)
            case protocol.Symbols():
                self.runtime.name_waits(message.waits)
                self._counting.name(message)
            case protocol.Types():
                self._counting.name(message)
            case protocol.AttributionDeltas():
                self.attribution.apply(message)
            case protocol.Attributes():
                self.attribution.define(message)
            case protocol.Events():
                self._events(message)
            case protocol.GoroutineReading() | protocol.SizeClasses():
                self.runtime.apply(message)
            case protocol.Log():
                self.log.add(message)
            case protocol.Proc():
                self._levels.take_process(message)
            case protocol.Hello():
                self._join(message)
            case protocol.Settings():
                self._settings(message)
            case protocol.Ended():
                self._end(message)
            case protocol.Failure():
                self._standing.notice = message.text
            case protocol.Lost():
                self._standing.lose(message)
            case protocol.Recorded():
                self.log.clear()
                marks = self._timeline.expected
                self._begin()
                self._standing.replay = True
                self._timeline.expect(marks)

    @property
    def phase(self) -> Phase:
        """Where the session stands now."""
        return self._standing.phase(self._timeline.empty, self.target.interval_ms if self.target else 0)

    @property
    def ending(self) -> Ending | None:
        """How the service ended, None as long as it has not."""
        return self._standing.ending

    @property
    def attribution(self) -> Attribution:
        """Allocations by labels and creators, while they are counted."""
        return self._counting.attribution

    @property
    def seconds(self) -> float:
        """Agent time from the placing of the hooks to the last reading."""
        return self._timeline.seconds

    @property
    def watched_s(self) -> float:
        """Agent time from the first reading that was heard of to the last."""
        return self._timeline.current.at - self._timeline.begin(Window.WATCHED).at

    @property
    def stacks_counted(self) -> int:
        """How many stacks the last reading knew: more when code allocates that never did before."""
        return len(self._timeline.current.stack_allocs)

    @property
    def estimated(self) -> bool:
        """Whether figures of sites and stacks are estimates, at least in part."""
        return bool(self._counting.ledger.estimated)

    def totals(self) -> Totals:
        """Everything since the hooks were placed."""
        return from_protocol.totals(self._levels.totals, self._levels.known)

    def rate(self, window: Window) -> Rate:
        """All heap allocations in a window."""
        return self.now.rate(window)

    def history(self, metric: str, seconds: float) -> list[float]:
        """Values for a graph, one every `time_series.STEP_S`, oldest first; fewer where there are no more.

        Raises:
            KeyError: not one of `gotop.model.status.time_series.FLOWS` or `GAUGES`.
        """
        return self._levels.history.last(metric, seconds)

    def sites(self, query: SiteQuery) -> SitesView:
        """Call sites. The view is frozen: keep it and it stands still."""
        return self.now.sites(query)

    def stacks(self, key: SiteKey, query: StackQuery = _ALL_STACKS) -> StackRows:
        """The stacks of a site; empty for one that is not known. Frozen, too."""
        return self.now.stacks(key, query)

    def flame(self, query: FlameQuery, moment: Moment | None = None) -> Flame:
        """All stacks as one tree, now or at a moment. The answer is frozen: keep it and it stands still."""
        return self._counting.flames.flame(query, (moment or self.now).timeline)

    def read_flame(self, hide: Hide, at_most: int) -> tuple[int, int]:
        """Prepare that tree with so many stacks more; how many it has then, and how many there are."""
        return self._counting.flames.read(hide, at_most)

    def callers(self, key: SiteKey, window: Window = Window.TOTAL) -> Caller | None:
        """Who called the site, as a tree from it outward; None for one that is not known. Figures are of the window."""
        return self.now.callers(key, window=window)

    @property
    def now(self) -> Moment:
        """The live moment: its answers are those of the last reading."""
        return self._counting.now

    def moment(self, instant: float = math.inf) -> Moment:
        """The moment of an instant (agent time, s) of the last `timeline.PAST_S`; it stands still."""
        return self.now.as_of(instant)

    def mark(self, moment: Moment | None = None) -> None:
        """Set a mark, now or at a moment that one looks back at: see `Window.MARK`."""
        if not self._timeline.empty:
            self._counting.mark(moment or self.now)
            self.revision += 1

    def hold(self) -> None:
        """The service is about to be stopped from here: what is alive in it stays as it is now."""
        self._levels.hold()

    def clear_marks(self) -> None:
        """Forget the marks."""
        self._counting.clear_marks()
        self.revision += 1

    def goroutines(self) -> Goroutines:
        """Goroutines and their stacks, as counts."""
        span = Span.of(self._timeline, Window.NOW)
        created_per_s = span.per_second(span.end.gos - span.begin.gos)
        hooked = not (self.target and self.target.sample_only)
        return from_protocol.goroutines(self._levels.totals, self._levels.lived, created_per_s, hooked)

    def heap(self) -> Heap:
        """The garbage collector's figures."""
        return from_protocol.heap(self._levels.lived)

    def process(self) -> Process:
        """The last the operating system said."""
        return self._levels.process

    def health(self) -> Health:
        """How far the figures can be trusted."""
        levels, attribution, undefined = self._levels, self.attribution.missing, self._counting.ledger.undefined
        missing = health.shortcomings(self.target, self._hello, levels.known, attribution, undefined)
        return health.health(levels.agent, self._standing, levels.totals.stacks, tuple(missing))

    @property
    def _timeline(self) -> Timeline:
        return self._counting.timeline

    def _count_anew(self, timeline: Timeline, first_id: int = 0) -> None:
        self._counting = Counting.begun(self.runtime, timeline, first_id)
        self._counting.ledger.samples.rate = self._hello.rate if self._hello else 0

    def _join(self, hello: protocol.Hello) -> None:
        before, self._hello = self._hello, hello
        self.target = from_protocol.target(hello)
        self._standing.join()
        self._resync = True
        self.runtime.begin(hello.started)
        self._counting.ledger.samples.rate = hello.rate
        if before is None:
            return
        if (before.exe, before.build_id) == (hello.exe, hello.build_id):
            self._counting.join()
        else:
            self._timeline.restart(0.0)
            self._count_anew(self._timeline, self._counting.next_id)
        if (before.pid, before.started) != (hello.pid, hello.started):
            self._timeline.restart(0.0)
            self._levels.forget()
            self.runtime.clear()
            self.log.restart()

    def _tick(self, tick: protocol.Tick) -> None:
        now, before, last = tick.at / 1e9, self._levels.totals, self._timeline.current.at
        if self._resync:
            self._resync = False
            self._counting.ledger.zero()
            if self._timeline.empty or from_protocol.went_back(before, tick.totals):
                last = now - tick.dur_ns / 1e9
                before = from_protocol.NO_TOTALS
                self._timeline.restart(last)
                self._levels.history.break_off(now if now - last > STALE_S else last)
        self._counting.add(tick)
        self._levels.totals, self._levels.agent = tick.totals, tick.agent
        self._levels.take(tick.runtime)
        if tick.runtime is not None:
            self.runtime.apply(tick.runtime)
        self._levels.history.flow(last, now, from_protocol.amounts(before, tick.totals))

    def _events(self, events: protocol.Events) -> None:
        self._levels.history.count("stopped_ns", self.runtime.apply(events))
        self._standing.lost_events += events.lost

    def _settings(self, settings: protocol.Settings) -> None:
        if self._hello is not None:
            self._hello = from_protocol.changed(self._hello, settings)
            self.target = from_protocol.target(self._hello)
            self._counting.ledger.samples.rate = settings.rate

    def _end(self, ended: protocol.Ended) -> None:
        started = self._hello.started if self._hello else 0
        self._standing.ending = from_protocol.ending(ended, started)
        self.log.flush()
