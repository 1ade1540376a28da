"""Time series for graphs: one value every `STEP_S` of agent time, for the last `KEEP_S`."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping

STEP_S = 0.5
KEEP_S = 600.0

FLOWS = ("allocs", "bytes", "gos", "cycles", "stopped_ns")
"""Metrics that are amounts a second: objects, bytes, goroutines, GC cycles, nanoseconds of stopped world."""

GAUGES = ("heap_live", "heap_goal", "goroutines", "threads", "stack_inuse", "rss", "cpu_percent", "fds")
"""Metrics that are levels; the last one known stands for a step."""


class TimeSeries:
    """All series, on the same steps. A step is appended when it is over, so that a graph's newest value never dips."""

    def __init__(self) -> None:
        keep = int(KEEP_S / STEP_S)
        self._series = {name: deque[float](maxlen=keep) for name in (*FLOWS, *GAUGES)}
        self._open = dict.fromkeys(FLOWS, 0.0)
        self._levels = dict.fromkeys(GAUGES, 0.0)
        self._step: int | None = None

    def set_gauge(self, name: str, value: float | None) -> None:
        """Set the value of a gauge; None (it could not be read) keeps the last one."""
        if value is not None:
            self._levels[name] = float(value)

    def add_amount(self, name: str, amount: float) -> None:
        """Add an amount to the current step of a flow."""
        self._open[name] += amount

    def spread_amounts(self, since: float, at: float, amounts: Mapping[str, float]) -> None:
        """Spread what was counted between two instants (agent time, s) evenly over the steps between them."""
        if self._step is None:
            self._step = math.floor(since / STEP_S)
        if at <= since or at < self._step * STEP_S:
            return
        # A gap longer than all that is kept: only its end can be seen.
        self._step = max(self._step, math.floor((at - KEEP_S) / STEP_S))
        while at >= (self._step + 1) * STEP_S:
            self._add_share(amounts, since, at)
            self._close_step()
        self._add_share(amounts, since, at)

    def break_off(self, at: float) -> None:
        """Continue at `at` as if no time had passed: what comes is not a continuation of what was."""
        self._open = dict.fromkeys(FLOWS, 0.0)
        self._step = math.floor(at / STEP_S)

    def last_values(self, name: str, seconds: float, until: float = math.inf) -> list[float]:
        """Return the newest values, oldest first, fewer if there are no more. `until`: agent time (s); later steps are
        left out.

        Raises:
            KeyError: no such series.
        """
        series = self._series[name]
        later = 0 if self._step is None or until == math.inf else max(0, self._step - math.floor(until / STEP_S))
        end = max(0, len(series) - later)
        return list(series)[max(0, end - round(seconds / STEP_S)) : end]

    def _add_share(self, amounts: Mapping[str, float], since: float, at: float) -> None:
        assert self._step is not None
        start = self._step * STEP_S
        part = (min(at, start + STEP_S) - max(since, start)) / (at - since)
        if part > 0:
            for name, amount in amounts.items():
                self._open[name] += amount * part

    def _close_step(self) -> None:
        assert self._step is not None
        for name in FLOWS:
            self._series[name].append(self._open[name] / STEP_S)
            self._open[name] = 0.0
        for name in GAUGES:
            self._series[name].append(self._levels[name])
        self._step += 1
