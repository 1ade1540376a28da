"""The state of one session: messages go in through `apply`, figures are read from its values.

**Time** is the agent's: rates divide by the time between two readings, so that a replay at any speed gives the same
figures. The clock is asked only how long ago the last message came.

**A second `Hello`** is another connection: see `gotop.model.readings`.

**`Recorded`** begins a recording, and begins it again when the player moves back: everything from before is forgotten
but the instants of the marks, which are set again when they come.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from typing import assert_never

from gotop.agent import protocol
from gotop.model.counts.room import Room
from gotop.model.counts.span import Span
from gotop.model.counts.timeline import Timeline
from gotop.model.queries import Hide, SiteQuery, StackQuery, Window
from gotop.model.readings import Readings
from gotop.model.runtime.runtime_state import RuntimeState
from gotop.model.sites.attribution import Attribution
from gotop.model.sites.moment import Moment
from gotop.model.sites.site_rows import SitesView
from gotop.model.sites.stack_rows import StackRows
from gotop.model.stack_counts import StackCounts
from gotop.model.status import from_protocol, health
from gotop.model.status.connection import ConnectionState
from gotop.model.status.gauges import GaugeReading, Gauges
from gotop.model.status.log import LogBuffer
from gotop.model.status.values import Ending, GoroutineTotals, Health, Heap, Phase, Process, Target, Totals
from gotop.model.status.watched_service import WatchedService
from gotop.model.trees.caller_tree import LazyCallerNode
from gotop.model.trees.flame_graph import FlameQuery, FlameTree
from gotop.model.values import Rate, RowKey

_ALL_STACKS = StackQuery()
_USUAL = Room()
RECENT_S = 10.0
"""Seconds of the coverage that is that of now."""


class Session:
    """Everything known about one service. Not thread-safe; nothing in it blocks. `from_first_reading`: what was counted
    before the first reading of this session is left out of all figures of allocations, goroutines and stacks. `mine`:
    packages that are the user's own code, see `gotop.model.symbols.own_code`.

    Attributes:
        revision: changes whenever a message changed something. The phase can change by time alone.
        log: its output.
        on_message: called after every message.
        room: how much memory it may take.
    """

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, from_first_reading: bool = False, room: Room = _USUAL,
        mine: Sequence[str] = (),
    ) -> None:  # fmt: skip
        self.revision = 0
        self.room = room
        self._from_first_reading, self._mine = from_first_reading, mine
        self.on_message: Callable[[], None] = lambda: None
        self.log = LogBuffer()
        self._clock = clock
        self._begin()

    def _begin(self) -> None:
        self._service = WatchedService()
        self._connection = ConnectionState(self._clock)
        self._readings = Readings(self._from_first_reading, self.room, self._mine)

    def apply(self, message: protocol.Message) -> None:
        """Take one message, in the order of the stream."""
        self.revision += 1
        self._dispatch(message)
        self.on_message()

    def _dispatch(self, message: protocol.Message) -> None:
        match message:
            case protocol.Tick():
                if self._readings.add_tick(message):
                    self._connection.note_reading(message.at / 1e9)
            case protocol.Stacks():
                self._counts.table.define_stacks(message.defs)
            case protocol.Symbols():
                self.runtime.name_reasons(message.waits, message.stw_reasons)
                self._counts.add_names(message)
            case protocol.Types():
                self._counts.add_names(message)
            case protocol.AttributionDeltas():
                self.attribution.add_reading(message)
            case protocol.Attributes():
                self.attribution.define_pairs(message)
            case protocol.Events():
                self._readings.add_events(message)
                self._connection.lost_events += message.lost
            case protocol.GoroutineReading() | protocol.SizeClasses():
                self.runtime.apply(message)
            case protocol.Log():
                self.log.add_output(message)
            case protocol.Proc():
                self._gauges.record_process(message)
            case protocol.Hello():
                self._connected(message)
            case protocol.Settings():
                if self._service.change_settings(message, self.seconds):
                    self._readings.set_rate(message.rate)
                    self._readings.set_mode(message.mode)
                    self._readings.set_depth(message.depth)
            case protocol.Ended():
                self._ended(message)
            case protocol.Failure():
                self._connection.notice = message.text
            case protocol.Lost():
                self._connection.note_loss(message)
            case protocol.Recorded():
                self.log.clear()
                marks = self._timeline.mark_instants
                self._begin()
                self._connection.replay = True
                self._timeline.await_marks(marks)
            case protocol.Functions():
                pass  # gotop.agent.enrich_stream makes symbols of it
            case protocol.ExeData():
                pass  # for whoever asked for it, see gotop.agent.remote_file
            case _:
                assert_never(message)

    @property
    def target(self) -> Target | None:
        """The service and how it is watched, None before the first `Hello`."""
        return self._service.target

    @property
    def runtime(self) -> RuntimeState:
        """Goroutines, their stacks, collections, pauses and size classes."""
        return self._readings.runtime

    @property
    def phase(self) -> Phase:
        """Whether the session is connecting, running, stale, broken off or ended."""
        return self._connection.phase(self._timeline.empty, self.target.interval_ms if self.target else 0)

    @property
    def ending(self) -> Ending | None:
        """How the service ended, None as long as it has not."""
        return self._connection.ending

    @property
    def attribution(self) -> Attribution:
        """Allocations by labels and `go` statements, while they are counted."""
        return self._counts.attribution

    @property
    def started_at(self) -> float:
        """Agent time (s) of the service's start, 0 before the first `Hello`."""
        return self._service.started / 1e9

    def unix_time(self, at: float) -> float | None:
        """Return wall time (s) of an instant of agent time (s), None before the first `Hello`."""
        return self.target.started_unix + at - self.started_at if self.target else None

    @property
    def seconds(self) -> float:
        """Agent time from the placing of the hooks to the last reading."""
        return self._timeline.seconds

    @property
    def watched_s(self) -> float:
        """Agent time from the first reading of this session to the last."""
        return self._timeline.current.at - self._timeline.window_start(Window.WATCHED).at

    @property
    def stacks_counted(self) -> int:
        """Number of stacks at the last reading. It grows when code allocates that has not done so before."""
        return len(self._timeline.current.stack_allocs)

    @property
    def estimated(self) -> bool:
        """Whether figures of sites and stacks are estimates, at least in part."""
        return bool(self._counts.table.estimated)

    @property
    def shortened(self) -> bool:
        """Whether stacks of allocations are kept shorter than they were, for want of room."""
        return bool(self._counts.table.shortened)

    def totals(self, moment: Moment | None = None) -> Totals:
        """Return all that was counted since the hooks were placed, until now or a moment."""
        reading = self._reading(moment)
        before = self._gauges.reading(reading.at - RECENT_S)
        return from_protocol.totals(reading.totals, reading.runtime_or_none, before.runtime_or_none)

    def rate(self, window: Window) -> Rate:
        """Return the rate of all heap allocations in a window."""
        return self.now.rate(window)

    def history(self, metric: str, seconds: float, moment: Moment | None = None) -> list[float]:
        """Return the values of a graph until now or a moment, one every `time_series.STEP_S`, oldest first; fewer where
        there are no more.

        Raises:
            KeyError: not one of `gotop.model.status.time_series.FLOWS` or `GAUGES`.
        """
        return self._gauges.history.last_values(metric, seconds, moment.at if moment else math.inf)

    def sites(self, query: SiteQuery) -> SitesView:
        """Return call sites. The view does not change any more: a paused screen keeps it."""
        return self.now.sites(query)

    def stacks(self, key: RowKey, query: StackQuery = _ALL_STACKS) -> StackRows:
        """Return the stacks of a site, none for one that is not known. The rows do not change any more."""
        return self.now.stacks(key, query)

    def flame(self, query: FlameQuery, moment: Moment | None = None) -> FlameTree:
        """Return all stacks as one tree, now or at a moment. The tree does not change any more."""
        return self._counts.flames.flame_tree(query, (moment or self.now).timeline)

    def read_flame(self, hide: Hide, at_most: int) -> tuple[int, int]:
        """Put up to `at_most` stacks more into that tree; return how many are in it then, and how many there are."""
        return self._counts.flames.read_stacks(hide, at_most)

    def callers(self, key: RowKey, window: Window = Window.TOTAL) -> LazyCallerNode | None:
        """Return the callers of a site as a tree from it outward, with figures of the window; None for a site that is
        not known.
        """
        return self.now.callers(key, window=window)

    @property
    def now(self) -> Moment:
        """The live moment, whose answers are those of the last reading."""
        return self._counts.now

    def moment(self, instant: float = math.inf) -> Moment:
        """Return the moment of an instant (agent time, s) of the last `timeline.PAST_S`; it does not change any more.
        """
        return self.now.as_of(instant)

    def mark(self, moment: Moment | None = None) -> None:
        """Set a mark now, or at a moment of the past: see `Window.MARK`."""
        if not self._timeline.empty:
            self._counts.add_mark(moment or self.now)
            self.revision += 1

    def hold(self) -> None:
        """Keep figures of what is alive as they are now: the service is about to be stopped by the viewer."""
        self._gauges.hold_living()

    def clear_marks(self) -> None:
        """Forget the marks."""
        self._counts.clear_marks()
        self.revision += 1

    def goroutines(self, moment: Moment | None = None) -> GoroutineTotals:
        """Return counts of goroutines and their stacks, now or at a moment."""
        span = Span.of_window((moment or self.now).timeline, Window.NOW)
        created_per_s = span.per_second(span.end.gos - span.begin.gos)
        hooked = not self._service.sample_only
        reading = self._reading(moment)
        counted, runtime = reading.totals, reading.runtime_or_none
        return from_protocol.goroutines(counted, runtime, reading.runtime_age_s, created_per_s, hooked)

    def heap(self, moment: Moment | None = None) -> Heap:
        """Return the garbage collector's figures, now or at a moment."""
        reading = self._reading(moment)
        return from_protocol.heap(reading.runtime_or_none, reading.runtime_age_s, reading.cycles_per_min)

    def process(self, moment: Moment | None = None) -> Process:
        """Return the last reading of the process by the operating system, until now or a moment."""
        reading = self._reading(moment)
        return from_protocol.process(reading.process, reading.process_age_s)

    def _reading(self, moment: Moment | None) -> GaugeReading:
        return self._gauges.reading(moment.at if moment else math.inf)

    def health(self) -> Health:
        """Return how far the figures can be trusted."""
        gauges, attribution, undefined = self._gauges, self.attribution.missing, self._counts.table.undefined
        reading, totals = gauges.reading(), self.totals()
        missing = health.shortcomings(self.target, self._service.partial, reading, totals, attribution, undefined)
        folded = health.folded(self._counts.table.folded, self.room.chosen)
        modes = tuple(self._service.modes)
        return health.health(gauges.agent, self._connection, gauges.totals.stacks, (*missing, *folded), modes)

    @property
    def _timeline(self) -> Timeline:
        return self._readings.timeline

    @property
    def _counts(self) -> StackCounts:
        return self._readings.counts

    @property
    def _gauges(self) -> Gauges:
        return self._readings.gauges

    def _connected(self, hello: protocol.Hello) -> None:
        continuity = self._service.greet(hello, self.seconds)
        self._connection.begin_connection(hello.mono / 1e9)
        self._readings.begin_connection(hello, continuity)
        if not (continuity.first or continuity.same_process):
            self.log.restart()

    def _ended(self, ended: protocol.Ended) -> None:
        self._connection.ending = from_protocol.ending(ended, self._service.started)
        self.log.flush_lines()
