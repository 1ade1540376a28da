"""Columns of the collector's pages."""

from __future__ import annotations

from rich.style import Style

from gotop import units
from gotop.model.runtime.gc_values import GcCycle, Pause, PauseReasonSummary
from gotop.ui.colours import Palette
from gotop.ui.frame import common_columns
from gotop.ui.gc.heap_graph import LONG_NS
from gotop.ui.graph import bar
from gotop.ui.text import Line, left
from gotop.ui.widgets.columns import Column


def instant(seconds: float) -> str:
    """Since the service's start, to the millisecond: `1:02.345`."""
    minutes, rest = divmod(seconds, 60)
    return f"{int(minutes)}:{rest:06.3f}"


def _ink(ns: int, palette: Palette) -> Style:
    return palette.warn if ns >= LONG_NS else palette.text


def _kind(row: GcCycle, width: int, palette: Palette) -> Line:
    return [(left("forced" if row.forced else "", width), palette.kind)]


CYCLES: tuple[Column[GcCycle], ...] = (
    common_columns.figure("number", "GC", lambda row: str(row.number), 0, 6),
    common_columns.figure("at", "AT", lambda row: instant(row.at), 3, 10),
    common_columns.figure("before", "BEFORE", lambda row: units.size(row.before), 0),
    common_columns.figure("after", "AFTER", lambda row: units.size(row.after), 4),
    common_columns.figure("marked", "LIVE", lambda row: units.size(row.marked), 0, 8, strong=True),
    common_columns.figure("goal", "GOAL", lambda row: units.goal(row.goal), 5, 8),
    common_columns.figure("trigger", "TRIGGER", lambda row: units.size(row.trigger), 9),
    common_columns.figure("alloc_rate", "ALLOCATED/S", lambda row: units.size(row.alloc_rate), 2),
    common_columns.figure("mark_ns", "MARK", lambda row: units.duration(row.mark_ns), 1, 8),
    common_columns.figure("assist_ns", "ASSIST", lambda row: units.duration(row.assist_ns), 6),
    common_columns.figure("background_ns", "BACKGROUND", lambda row: units.duration(row.background_ns), 7),
    common_columns.figure("idle_ns", "IDLE", lambda row: units.duration(row.idle_ns), 11, 8),
    common_columns.figure("pause_ns", "PAUSE", lambda row: units.duration(row.pause_ns), 0, 8,
                 style=lambda row, palette: _ink(row.pause_ns, palette)),
    common_columns.figure("cpu_fraction", "GC CPU", lambda row: units.percent(row.cpu_fraction), 8),
    Column("forced", "", _kind, 6, 6, False, 10),
)  # fmt: skip


def _bar(row: Pause, width: int, palette: Palette) -> Line:
    return [(bar(row.total_ns / LONG_NS, width), palette.warn if row.total_ns >= LONG_NS else palette.accent)]


def _apart(row: Pause) -> int | None:
    """How long all stood still, where that is known apart from the time it took until they did."""
    return None if row.stopping_ns is None else row.stopped_ns


STOPS: tuple[Column[Pause], ...] = (
    common_columns.text("reason", "REASON", lambda row, width: row.reason, 22, 40, 0),
    common_columns.figure("at", "AT", lambda row: instant(row.at), 1, 10),
    common_columns.figure("stopping_ns", "TO STOP", lambda row: units.duration(row.stopping_ns), 3),
    common_columns.figure("stopped_ns", "STOPPED", lambda row: units.duration(_apart(row)), 2),
    common_columns.figure("total_ns", "PAUSE", lambda row: units.duration(row.total_ns), 0, 8,
                 style=lambda row, palette: _ink(row.total_ns, palette)),
    Column("bar", "0 … 1 ms", _bar, 12, 30, False, 4),
)  # fmt: skip

REASONS: tuple[Column[PauseReasonSummary], ...] = (
    common_columns.text("reason", "REASON", lambda row, width: row.reason, 22, 40, 0),
    common_columns.figure("count", "STOPS", lambda row: units.count(row.count), 0, strong=True),
    common_columns.figure("p50_ns", "P50", lambda row: units.duration(row.p50_ns), 1, 8),
    common_columns.figure("p99_ns", "P99", lambda row: units.duration(row.p99_ns), 1, 8),
    common_columns.figure("max_ns", "MAX", lambda row: units.duration(row.max_ns), 0, 8,
                 style=lambda row, palette: _ink(row.max_ns, palette)),
    common_columns.figure("stopping_max_ns", "MAX TO STOP", lambda row: units.duration(row.stopping_max_ns), 2),
    common_columns.figure("total_ns", "TOTAL", lambda row: units.duration(row.total_ns), 1, 8),
)  # fmt: skip
