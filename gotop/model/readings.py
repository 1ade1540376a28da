"""The figures of a session, and how they go on from one reading to the next and from one connection to the next.

After a second `Hello`, ids are defined anew and the first tick counts from the start, so that counts are replaced, not
added to. If it is the same process watched by the same agent, windows, trends and graphs go on across the gap, and rows
keep their identity; if counters went back or it is another process, they begin again. Until that first tick, the last
figures stay.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from gotop.agent import protocol
from gotop.model.counts.room import Room
from gotop.model.counts.timeline import Timeline
from gotop.model.runtime.runtime_state import RuntimeState
from gotop.model.stack_counts import StackCounts
from gotop.model.status import from_protocol
from gotop.model.status.connection import STALE_S
from gotop.model.status.first_reading import FirstReading
from gotop.model.status.gauges import Gauges
from gotop.model.status.watched_service import Continuity

_USUAL = Room()


class Readings:
    """Counts by stack, gauges and the runtime's records, out of the agent's ticks and events. `from_first_reading`:
    what was counted before the first reading is left out of all of them. `mine`: as in `StackCounts`.

    Attributes:
        counts: allocations, `go` statements and goroutine stacks by stack, with names and timeline.
        gauges: the latest figures of agent, runtime and process.
        runtime: goroutines, collections, pauses and size classes.
    """

    def __init__(self, from_first_reading: bool = False, room: Room = _USUAL, mine: Sequence[str] = ()) -> None:
        self._room, self._mine = room, mine
        self.gauges = Gauges()
        self.runtime = RuntimeState()
        self._from_first_reading = from_first_reading
        self._first: FirstReading | None = None
        self._rate = self._depth = 0
        self._mode = ""
        self._sample_only = False
        self._resync = True
        self._count_anew(Timeline(room.timeline))

    @property
    def timeline(self) -> Timeline:
        """The snapshots of the counts."""
        return self.counts.timeline

    def set_rate(self, rate: int) -> None:
        """Note the mean bytes between two samples, from which sampled counts are estimated."""
        self._rate = self.counts.table.samples.rate = self.counts.table.split.rate = rate

    def set_mode(self, mode: str) -> None:
        """Note what the hooks keep from now on."""
        self._mode = mode
        self.counts.table.split.active = mode == protocol.SITES_SAMPLED

    def set_depth(self, depth: int) -> None:
        """Note the depth limit that stacks are cut at from here on."""
        self._depth = self.counts.table.depth = depth

    def begin_connection(self, hello: protocol.Hello, continuity: Continuity) -> None:
        """Expect ids to be defined anew, and the next tick to count from the start; forget what belongs to another
        program or process.
        """
        self._resync = True
        self._sample_only = hello.mode == protocol.SAMPLE_ONLY
        self.runtime.begin_service(hello.started, not self._sample_only)
        self.set_rate(hello.rate)
        self.set_mode(hello.mode)
        self.set_depth(hello.depth)
        if continuity.first:
            return
        if continuity.same_program:
            self.counts.begin_connection()
        else:
            self.timeline.restart_at(0.0)
            self._count_anew(self.timeline, self.counts.next_id)
        if not continuity.same_process:
            self.timeline.restart_at(0.0)
            self._forget_first()
            self.gauges.reset()
            self.runtime.forget()

    def add_tick(self, tick: protocol.Tick) -> bool:
        """Add a tick's counts and figures; return False while the first reading, which is to be left out, is not
        complete.
        """
        if self._first is not None and not self._first.is_before(tick):
            self._forget_first()
        if self._first is not None:
            tick = self._first.relative(tick)
        now, before, last = tick.at / 1e9, self.gauges.totals, self.timeline.current.at
        if self._resync:
            self._resync = False
            self.counts.table.reset_counts()
            if self.timeline.empty or from_protocol.went_back(before, tick.totals):
                last = now - tick.dur_ns / 1e9
                before = from_protocol.NO_TOTALS
                self.timeline.restart_at(last)
                self.gauges.history.break_off(now if now - last > STALE_S else last)
        # The runtime's own samples are since the process's start, whenever the session began.
        if self._from_first_reading and not self._sample_only and self.timeline.empty:
            self.counts.add_tick(tick)
            if self.timeline.empty:
                return False  # the first reading comes in several ticks
            tick = self._begin_at(tick)
        self.counts.add_tick(tick)
        self.gauges.totals, self.gauges.agent = tick.totals, tick.agent
        self.gauges.record_runtime(tick.runtime)
        if tick.runtime is not None:
            self.runtime.apply(tick.runtime)
        self.gauges.history.spread_amounts(last, now, from_protocol.amounts(before, tick.totals))
        self.gauges.keep_reading(now)
        return True

    def add_events(self, events: protocol.Events) -> None:
        """Add GC cycles and stops of the world."""
        self.gauges.history.add_amount("stopped_ns", self.runtime.apply(events))

    def _count_anew(self, timeline: Timeline, first_id: int = 0) -> None:
        self.counts = StackCounts.for_runtime(self.runtime, timeline, first_id, self._room, self._mine)
        self.set_rate(self._rate)
        self.set_mode(self._mode)
        self.set_depth(self._depth)

    def _begin_at(self, tick: protocol.Tick) -> protocol.Tick:
        """Leave out what the first reading has counted, as it was before this session; return what is left of it."""
        self.counts.table.count_from_here()
        self.timeline.restart_at(tick.at / 1e9)
        self._first = FirstReading(tick)
        return replace(self._first.relative(tick), deltas=(), run=None)

    def _forget_first(self) -> None:
        self._first = None
        self.counts.table.count_everything()
