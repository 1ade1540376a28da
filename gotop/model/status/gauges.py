"""Gauges: the figures of agent, runtime and process, now and as they were in the last minutes, and their graphs."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace

from gotop.agent import protocol
from gotop.model.status import from_protocol
from gotop.model.status.time_series import TimeSeries

FINE_S, KEEP_S = 1.25, 310.0
"""Every reading is kept for the first of these spans, one a second for the second: as long as moments of the past."""
CYCLES_OVER_S = 60.0
"""Span of the number of GC cycles a minute."""
_OF_RUNTIME = ("heap_live", "heap_goal", "goroutines", "threads", "stack_inuse")
_OF_PROCESS = ("cpu_percent", "rss", "fds")


@dataclass(frozen=True, slots=True)
class GaugeReading:
    """The figures at one reading (`at`: agent time, s): the agent's sums, and the last figures of runtime and process
    (None: there has been no reading of them). `cycles_per_min`: None where it is not known yet.
    """

    at: float
    totals: protocol.AgentTotals
    runtime: protocol.RuntimeStat | None
    process: protocol.Proc | None
    cycles_per_min: float | None = None

    @property
    def runtime_or_none(self) -> protocol.RuntimeStat:
        """The runtime's figures, each None before the first reading."""
        return self.runtime or from_protocol.NO_RUNTIME

    @property
    def process_age_s(self) -> float | None:
        """As `runtime_age_s`, of the operating system's figures."""
        return None if self.process is None else max(0.0, self.at - self.process.at / 1e9)

    @property
    def runtime_age_s(self) -> float | None:
        """How much older the runtime's figures are than this reading; None where there are none."""
        return None if self.runtime is None else max(0.0, self.at - self.runtime.at / 1e9)


class Gauges:
    """The latest figures that each reading replaces, and those of the last minutes.

    Attributes:
        totals: the agent's sums since the hooks were placed.
        agent: the agent's figures of itself.
        runtime: the runtime's figures, None before the first reading of them.
        process: the operating system's figures of the process, None before the first.
        history: the same over time, for graphs.
    """

    def __init__(self) -> None:
        self.agent = from_protocol.NO_AGENT
        self.history = TimeSeries()
        self.reset()

    def reset(self) -> None:
        """Forget the figures: another process follows."""
        self.totals = from_protocol.NO_TOTALS
        self.runtime: protocol.RuntimeStat | None = None
        self.process: protocol.Proc | None = None
        self._held: protocol.RuntimeStat | None = None
        self._at = 0.0
        self._fine: deque[GaugeReading] = deque()
        self._seconds: deque[GaugeReading] = deque()

    def hold_living(self) -> None:
        """Keep what is alive as it is now: the viewer is about to stop the service, and what its end does to these
        figures is not what anybody asked for.
        """
        self._held = self.runtime

    def reading(self, instant: float = math.inf) -> GaugeReading:
        """Return the figures of an instant (agent time, s), or the first that are kept; what was alive at `hold_living`
        is told in the newest figures.
        """
        if instant >= self._at:
            return self._newest()
        return next((kept for kept in self._backwards() if kept.at <= instant), self._oldest())

    def _backwards(self) -> Iterator[GaugeReading]:
        yield from reversed(self._fine)
        yield from reversed(self._seconds)

    def _oldest(self) -> GaugeReading:
        return (self._seconds or self._fine or [self._newest()])[0]

    def _newest(self) -> GaugeReading:
        runtime, held = self.runtime, self._held
        if runtime is not None and held is not None:
            runtime = replace(
                runtime, goroutines=held.goroutines, threads=held.threads, stack_inuse=held.stack_inuse,
                heap_live=held.heap_live, heap_goal=held.heap_goal, heap_marked=held.heap_marked,
            )  # fmt: skip
        return GaugeReading(self._at, self.totals, runtime, self.process, self._cycles_per_min())

    def _cycles_per_min(self) -> float | None:
        """Return how many GC cycles there were in the last minute, or since the first reading if that is later."""
        now = self.runtime
        if now is None or now.num_gc is None:
            return None
        begin = now
        for kept in self._backwards():
            if kept.runtime is not None:
                begin = kept.runtime
            if begin.at / 1e9 <= now.at / 1e9 - CYCLES_OVER_S:
                break
        seconds = (now.at - begin.at) / 1e9
        if seconds < 1 or begin.num_gc is None:
            return None
        return max(0, now.num_gc - begin.num_gc) / seconds * 60

    def keep_reading(self, at: float) -> None:
        """Keep the figures as they are now, at an instant (agent time, s), to look back at."""
        self._at = at
        self._fine.append(self._newest())
        while self._fine[0].at < at - FINE_S:
            oldest = self._fine.popleft()
            if not self._seconds or int(oldest.at) > int(self._seconds[-1].at):
                self._seconds.append(oldest)
        while self._seconds and self._seconds[0].at < at - KEEP_S:
            self._seconds.popleft()

    def record_runtime(self, runtime: protocol.RuntimeStat | None) -> None:
        """Take a tick's reading of the runtime."""
        if runtime is None:
            return
        cycles = from_protocol.difference(runtime.num_gc, self.runtime.num_gc) if self.runtime else None
        self.history.add_amount("cycles", max(0, cycles or 0))
        self.runtime = runtime
        for name in _OF_RUNTIME:
            self.history.set_gauge(name, getattr(runtime, name))

    def record_process(self, proc: protocol.Proc) -> None:
        """Take a reading of the process by the operating system."""
        self.process = proc
        for name in _OF_PROCESS:
            self.history.set_gauge(name, getattr(proc, name))
