"""Columns of the collector's pages."""

from __future__ import annotations

from rich.style import Style

from gotop import units
from gotop.model.runtime.gc_values import GcCycle, Pause, PauseReasonSummary
from gotop.ui.colours import Palette
from gotop.ui.frame.common_columns import figure_column, text_column
from gotop.ui.gc.heap_graph import LONG_NS
from gotop.ui.graph import bar
from gotop.ui.text import Line, left
from gotop.ui.widgets.columns import Column


def instant(seconds: float) -> str:
    """Write an instant since the service's start, to the millisecond: `1:02.345`."""
    minutes, rest = divmod(seconds, 60)
    return f"{int(minutes)}:{rest:06.3f}"


def _ink(ns: int, palette: Palette) -> Style:
    return palette.warn if ns >= LONG_NS else palette.text


def _kind(row: GcCycle, width: int, palette: Palette) -> Line:
    return [(left("forced" if row.forced else "", width), palette.kind)]


CYCLES: tuple[Column[GcCycle], ...] = (
    figure_column("number", "GC", lambda row: row.number, str, 0, 6),
    figure_column("at", "AT", lambda row: row.at, instant, 3, 10),
    figure_column("before", "BEFORE", lambda row: row.before, units.size, 0),
    figure_column("after", "AFTER", lambda row: row.after, units.size, 4),
    figure_column("marked", "LIVE", lambda row: row.marked, units.size, 0, 8, strong=True),
    figure_column("goal", "GOAL", lambda row: row.goal, units.goal, 5, 8),
    figure_column("trigger", "TRIGGER", lambda row: row.trigger, units.size, 9),
    figure_column("alloc_rate", "ALLOCATED/S", lambda row: row.alloc_rate, units.size, 2),
    figure_column("mark_ns", "MARK", lambda row: row.mark_ns, units.duration, 1, 8),
    figure_column("assist_ns", "ASSIST", lambda row: row.assist_ns, units.duration, 6),
    figure_column("background_ns", "BACKGROUND", lambda row: row.background_ns, units.duration, 7),
    figure_column("idle_ns", "IDLE", lambda row: row.idle_ns, units.duration, 11, 8),
    figure_column("pause_ns", "PAUSE", lambda row: row.pause_ns, units.duration, 0, 8,
                 style=lambda row, palette: _ink(row.pause_ns, palette)),
    figure_column("cpu_fraction", "GC CPU", lambda row: row.cpu_fraction, units.percent, 8),
    Column("forced", "", _kind, 6, 6, False, 10),
)  # fmt: skip


def _bar(row: Pause, width: int, palette: Palette) -> Line:
    return [(bar(row.total_ns / LONG_NS, width), palette.warn if row.total_ns >= LONG_NS else palette.accent)]


def _where_known(row: Pause, text: str) -> str:
    """Write how long all threads stood still where that is known apart from the time it took to stop them."""
    return units.UNKNOWN if row.stopping_ns is None else text


STOPS: tuple[Column[Pause], ...] = (
    text_column("reason", "REASON", lambda row: row.reason, 22, 40, 0),
    figure_column("at", "AT", lambda row: row.at, instant, 1, 10),
    figure_column("stopping_ns", "TO STOP", lambda row: row.stopping_ns, units.duration, 3),
    figure_column("stopped_ns", "STOPPED", lambda row: row.stopped_ns, units.duration, 2, wrap=_where_known),
    figure_column("total_ns", "PAUSE", lambda row: row.total_ns, units.duration, 0, 8,
                 style=lambda row, palette: _ink(row.total_ns, palette)),
    Column("bar", "0 … 1 ms", _bar, 12, 30, False, 4),
)  # fmt: skip

REASONS: tuple[Column[PauseReasonSummary], ...] = (
    text_column("reason", "REASON", lambda row: row.reason, 22, 40, 0),
    figure_column("count", "STOPS", lambda row: row.count, units.count, 0, strong=True),
    figure_column("p50_ns", "P50", lambda row: row.p50_ns, units.duration, 1, 8),
    figure_column("p99_ns", "P99", lambda row: row.p99_ns, units.duration, 1, 8),
    figure_column("max_ns", "MAX", lambda row: row.max_ns, units.duration, 0, 8,
                 style=lambda row, palette: _ink(row.max_ns, palette)),
    figure_column("stopping_max_ns", "MAX TO STOP", lambda row: row.stopping_max_ns, units.duration, 2),
    figure_column("total_ns", "TOTAL", lambda row: row.total_ns, units.duration, 1, 8),
)  # fmt: skip
