"""Gauges: the latest figures of agent, runtime and process, and their history."""

from __future__ import annotations

from dataclasses import replace

from gotop.agent import protocol
from gotop.model.status import from_protocol
from gotop.model.status.time_series import TimeSeries
from gotop.model.status.values import Process

_NO_PROCESS = Process(None, None, None, None)
_OF_RUNTIME = ("heap_live", "heap_goal", "goroutines", "threads", "stack_inuse")
_OF_PROCESS = ("cpu_percent", "rss", "fds")


class Gauges:
    """The latest figures that each reading replaces.

    Attributes:
        totals: the agent's sums since the hooks were placed.
        agent: the agent's figures of itself.
        runtime: the runtime's figures, None before the first reading of them.
        process: the operating system's figures of the process.
        history: the same over time.
    """

    def __init__(self) -> None:
        self.agent = from_protocol.NO_AGENT
        self.history = TimeSeries()
        self.reset()

    def reset(self) -> None:
        """Forget the figures: another process follows."""
        self.totals = from_protocol.NO_TOTALS
        self.runtime: protocol.RuntimeStat | None = None
        self.process = _NO_PROCESS
        self._held: protocol.RuntimeStat | None = None

    def hold_living(self) -> None:
        """Keep what is alive as it is now: the viewer is about to stop the service, and what its end does to these
        figures is not what anybody asked for.
        """
        self._held = self.runtime

    @property
    def runtime_or_none(self) -> protocol.RuntimeStat:
        """The runtime's figures, each None before the first reading."""
        return self.runtime or from_protocol.NO_RUNTIME

    @property
    def runtime_alive(self) -> protocol.RuntimeStat:
        """`runtime_or_none`, but with what was alive at `hold_living`."""
        held = self._held
        if held is None:
            return self.runtime_or_none
        return replace(
            self.runtime_or_none, goroutines=held.goroutines, threads=held.threads, stack_inuse=held.stack_inuse,
            heap_live=held.heap_live, heap_goal=held.heap_goal, heap_marked=held.heap_marked,
        )  # fmt: skip

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
        self.process = Process(proc.cpu_percent, proc.rss, proc.threads, proc.fds)
        for name in _OF_PROCESS:
            self.history.set_gauge(name, getattr(proc, name))
