"""The figures above the collector's rows. Pure: values in, lines out."""

from __future__ import annotations

from collections.abc import Sequence

from gotop import units
from gotop.model.runtime.gc_values import DurationQuantiles, HeapBin, PauseSummary
from gotop.model.status.values import Heap
from gotop.ui.colours import Palette
from gotop.ui.frame import blocks
from gotop.ui.frame.blocks import GAP, SIDE, beside
from gotop.ui.gc import heap_graph
from gotop.ui.text import Line, left, right

ABOVE = 4
"""Lines of figures above the time line."""

STOPS = 47
TWO_BLOCKS = STOPS + GAP + 28
BESIDE = 180
"""Columns from which on the figures stand at the left of the time line."""


def height_for(screen_height: int) -> int:
    """Return how many lines the figures take on a screen of so many."""
    return 16 if screen_height >= 48 else 13 if screen_height >= 38 else 11 if screen_height >= 30 else 9


def columns_for(width: int) -> int:
    """Return how many cells the time line has on a screen so wide."""
    return max(1, width - 2 * SIDE - heap_graph.GUTTER - (STOPS + GAP if width >= BESIDE else 0))


def draw(
    heap: Heap, stops: PauseSummary, line: Sequence[HeapBin], step: float, marked: float | None,
    until_now: bool, size: tuple[int, int], palette: Palette,
) -> list[Line]:  # fmt: skip
    """Draw heap and pauses, and the time line below them, or beside them on a wide screen."""
    width, height = size[0] - 2 * SIDE, size[1]
    if size[0] >= BESIDE:
        figures = [*_heap(heap, STOPS, palette), *_stops(stops, STOPS, palette)]
        room = width - GAP - STOPS
        time_line = heap_graph.draw(line, step, marked, until_now, room, height, palette)
        return beside([figures, time_line], [STOPS, room], palette)
    if width >= TWO_BLOCKS:
        first = width - GAP - STOPS
        parts, widths = [_heap(heap, first, palette), _stops(stops, STOPS, palette)], [first, STOPS]
    else:
        parts, widths = [_stops(stops, width, palette)], [width]
    graph = heap_graph.draw(line, step, marked, until_now, width, height - ABOVE, palette)
    return [*beside(parts, widths, palette), *beside([graph], [width], palette)]


def _heap(heap: Heap, width: int, palette: Palette) -> list[Line]:
    often = blocks.cycles_per_min(heap)
    alive = None if heap.allocated is None or heap.freed is None else heap.allocated - heap.freed
    return [
        blocks.title("Heap", width, palette, blocks.old(heap.age_s)),
        blocks.pair("live, goal", f"{units.size(heap.live)}, {units.goal(heap.goal)}", width, palette),
        blocks.pair("cycles", units.count(heap.cycles), width, palette, f"  {often:>8}" if often else ""),
        blocks.pair("objects alive", units.count(alive), width, palette),
    ]


def _stops(stops: PauseSummary, width: int, palette: Palette) -> list[Line]:
    cell = units.DURATION_WIDTH + 2
    name = f"{units.count(stops.whole.count)} stops"
    heads = "".join(right(title, cell) for title in ("p50", "p99", "max", "total"))
    lines: list[Line] = [[(left(name, max(0, width - 4 * cell)), palette.title), (heads, palette.dim)]]
    for label, part in (("to stop", stops.stopping), ("stopped", stops.stopped), ("together", stops.whole)):
        lines.append([(left(label, max(0, width - 4 * cell)), palette.dim), *_durations(part, cell, palette)])
    return lines


def _durations(part: DurationQuantiles, cell: int, palette: Palette) -> Line:
    figures = (part.p50_ns, part.p99_ns, part.max_ns, part.total_ns)
    shown = [right(units.duration(figure) if part.count else blocks.NOTHING, cell) for figure in figures]
    long = palette.warn if part.max_ns >= heap_graph.LONG_NS else palette.text
    return [("".join(shown[:2]), palette.text), (shown[2], long), (shown[3], palette.text)]
