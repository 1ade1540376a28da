"""The blocks of figures at the top of the overview. Pure: values in, lines out."""

from __future__ import annotations

from collections.abc import Sequence

from gotop import units
from gotop.model.counts.sampling import sampling_text
from gotop.model.queries import Window
from gotop.model.runtime.gc_values import Pause
from gotop.model.runtime.pause_quantiles import quantile
from gotop.model.session import Session
from gotop.model.sites.moment import Moment
from gotop.model.status.values import GoroutineTotals, Heap, Process, Totals
from gotop.model.values import Rate
from gotop.ui.colours import Palette
from gotop.ui.frame.blocks import NOTHING, cycles_per_min, old, or_dash, pair, title
from gotop.ui.frame.time_windows import PLAIN_WINDOWS, WINDOW_TITLES
from gotop.ui.graph import bar, sparkline
from gotop.ui.text import Line, left, right

# Rates


def rates(
    session: Session, past: Moment | None, selected: Window, width: int, height: int, palette: Palette
) -> list[Line]:
    """Return objects and bytes a second in every window, and everything since the start, now or at a moment of the
    past.
    """
    windows = (Window.NOW, Window.S10, Window.S60)
    speeds = [(past or session.now).rate(window) for window in windows]
    totals = session.totals(past)
    cell = min(12, (width - 8) // 4)
    heads = [(right(WINDOW_TITLES[w], cell), palette.accent if w is selected else palette.dim) for w in PLAIN_WINDOWS]
    lines: list[Line] = [
        [(left("Rates", width - 4 * cell), palette.title), *heads],
        _rate_line(
            "allocs/s", [units.count(s.allocs) for s in speeds], units.count(totals.allocs), width, cell, palette
        ),
        _rate_line("bytes/s", [units.size(s.bytes) for s in speeds], units.size(totals.bytes), width, cell, palette),
        _rate_line("average", [_average(s) for s in speeds], _average_total(totals), width, cell, palette),
        *(_sampled(session, width, palette) if _only_samples(session) else _bookkeeping(totals, width, palette)),
    ]
    return lines[:height]


def _rate_line(label: str, speeds: list[str], total: str, width: int, cell: int, palette: Palette) -> Line:
    now, *means = [right(speed, cell) for speed in speeds]
    return [
        (left(label, width - 4 * cell), palette.dim),
        (now, palette.strong),
        ("".join(means), palette.text),
        (right(total, cell), palette.text),
    ]


def _average(rate: Rate) -> str:
    return units.size(rate.bytes / rate.allocs) if rate.allocs > 0 else NOTHING


def _average_total(totals: Totals) -> str:
    return units.size(totals.bytes / totals.allocs) if totals.allocs else NOTHING


def _only_samples(session: Session) -> bool:
    return session.target is not None and session.target.sample_only


def _sampled(session: Session, width: int, palette: Palette) -> list[Line]:
    rate = session.target.rate if session.target else 0
    return [
        pair("total since its start", f"{units.age(session.seconds)} ago", width, palette),
        pair("call sites", f"{'≈ ' if rate else ''}{sampling_text(rate)}", width, palette),
    ]


def _bookkeeping(totals: Totals, width: int, palette: Palette) -> list[Line]:
    wasted = totals.waste / (totals.bytes + totals.waste) if totals.waste else 0.0
    lines = [pair("lost to rounding", f"{units.percent(wasted)}  {units.size(totals.waste):>8}", width, palette)]
    if totals.unattributed:
        return [*lines, pair("without a stack", units.count(totals.unattributed), width, palette)]
    runtime = f"{totals.runtime_allocs:,}" if totals.runtime_allocs is not None else NOTHING
    return [*lines, pair("runtime's count", runtime, width, palette)]


# Memory


def memory(heap: Heap, pauses: Sequence[Pause], width: int, height: int, palette: Palette) -> list[Line]:
    """Return heap against its goal, collections, pauses."""
    lines: list[Line] = [
        title("Heap and GC", width, palette, old(heap.age_s)),
        heap_line(heap, width, palette),
        heap_bar(heap, width, palette),
        _cycles(heap, width, palette),
        *pause_lines(pauses, width, palette),
    ]
    return lines[:height]


def heap_line(heap: Heap, width: int, palette: Palette) -> Line:
    """Write the live heap and its goal."""
    live, goal = or_dash(heap.live, units.size), or_dash(heap.goal, units.goal)
    return [("live ", palette.dim), (live, palette.strong), (right(f"goal {goal}", width - 5 - len(live)), palette.dim)]


def heap_bar(heap: Heap, width: int, palette: Palette) -> Line:
    """Return live heap as a share of the goal."""
    if not heap.goal or heap.goal >= units.UNBOUNDED or heap.live is None:
        return [("─" * width, palette.faint)]
    share = heap.live / heap.goal
    style = palette.warn if share > 1.0 else palette.accent
    filled = bar(share, width).rstrip()
    return [(filled, style), ("─" * (width - len(filled)), palette.faint)]


def _cycles(heap: Heap, width: int, palette: Palette) -> Line:
    note = f"{often} " if (often := cycles_per_min(heap)) else ""
    cycles = or_dash(heap.cycles, units.count)
    return [("cycles ", palette.dim), (right(note, width - 7 - 7), palette.dim), (right(cycles, 7), palette.text)]


PAUSES_COUNTED = 1000


def pause_lines(pauses: Sequence[Pause], width: int, palette: Palette) -> list[Line]:
    """Return how long the world stood still these times (the last thousand): median, 99th percentile, worst, last."""
    if not pauses:
        return [[("no pauses yet", palette.dim)]]
    recent = [pause.total_ns for pause in pauses]
    ordered = sorted(recent)
    first, second = ("pause p50, p99", "      max, last") if width >= 32 else ("p50, p99", "max, last")
    return [
        _two_durations(first, quantile(ordered, 50), quantile(ordered, 99), width, palette),
        _two_durations(second, ordered[-1], recent[-1], width, palette),
    ]


def _two_durations(label: str, first: float, second: float, width: int, palette: Palette) -> Line:
    cell = units.DURATION_WIDTH + 1
    figures = right(units.duration(first), cell) + right(units.duration(second), cell)
    return [(left(label, width - 2 * cell), palette.dim), (figures, palette.text)]


# Process


def process(
    process: Process, goroutines: GoroutineTotals, cpu: Sequence[float], width: int, height: int, palette: Palette
) -> list[Line]:
    """Return what the operating system and the scheduler say."""
    percent = or_dash(process.cpu_percent, lambda value: f"{value:.0f} %")
    trend = max(0, min(20, width - 4 - 8))
    lines: list[Line] = [
        title("Process", width, palette, old(process.age_s)),
        [
            ("CPU ", palette.dim),
            (sparkline(cpu, trend), palette.spark),
            (right(percent, width - 4 - trend), palette.strong),
        ],
        pair("memory (RSS)", or_dash(process.rss, units.size), width, palette),
        pair("goroutines", or_dash(goroutines.live, units.count), width, palette),
        pair("  created", units.count(goroutines.created), width, palette),
        pair(
            "threads, files",
            f"{or_dash(process.threads, units.count)}, {or_dash(process.fds, units.count)}",
            width,
            palette,
        ),
    ]
    return lines[:height]
