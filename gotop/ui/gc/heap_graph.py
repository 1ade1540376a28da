"""The collector's time line as lines of cells: heap and goal, cycles, stops of the world. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from rich.style import Style

from gotop import units
from gotop.model.runtime.gc_values import HeapBin
from gotop.ui.colours import Palette
from gotop.ui.frame import blocks
from gotop.ui.graph import BLOCKS, area, nice_ceiling
from gotop.ui.text import Cell, Line, left

GUTTER = 8
"""Cells for what a line is of."""

LONG_NS = 1_000_000
"""From here on a pause is coloured: a millisecond is what one notices in a service's latency."""

STEPS = (0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
"""Seconds that one cell can stand for."""

_GOAL = "┄"


def fitting(seconds: float, columns: int) -> int:
    """Return the place in `STEPS` of the smallest one at which so many seconds fit, but no more than a second a cell.
    """
    return next((n for n, step in enumerate(STEPS) if step >= 1.0 or step * columns >= seconds))


def draw(
    bins: Sequence[HeapBin], step: float, marked: float | None, until_now: bool, width: int, height: int,
    palette: Palette,
) -> list[Line]:  # fmt: skip
    """A title and `height - 1` lines, the last two of them for cycles and stops. `marked`: an instant to point at."""
    top = nice_ceiling(max([bin.heap or 0.0 for bin in bins] + [_goal(bin) or 0.0 for bin in bins], default=0.0))
    span = units.age(step * len(bins)) if step * len(bins) >= 10 else f"{step * len(bins):.3g} s"
    when = f"last {span}" if until_now or not bins else f"{span} from {bins[0].begin:.1f} s on"
    longest = max((bin.longest_ns for bin in bins), default=0)
    slow = f", longest stop {units.duration(longest)}" if longest else ""
    known = any(bin.heap is not None for bin in bins)
    lines = [blocks.title(left(f"Time line, {when}{slow}", min(width - 10, len(when) + len(slow) + 11)), width, palette,
                          units.size(top) if known else "")]  # fmt: skip
    column = None if marked is None or not bins else int((marked - bins[0].begin) / step)
    lines += _heap(bins, top, height - 3, palette)
    lines.append([("cycles  ", palette.dim), *_runs([_cycle(bin, n == column, palette) for n, bin in enumerate(bins)])])
    lines.append([("stops   ", palette.dim), *_runs([_stop(bin, longest, palette) for bin in bins])])
    return lines


def _heap(bins: Sequence[HeapBin], top: float, height: int, palette: Palette) -> list[Line]:
    rows = area([bin.heap or 0.0 for bin in bins], len(bins), height, top)
    goals = [None if (goal := _goal(bin)) is None else min(height - 1, int(goal / top * height)) for bin in bins]
    lines = []
    for number, row in enumerate(rows):
        level, ink = height - 1 - number, palette.ramp(palette.bytes_ramp, number, height)
        cells = [
            (_GOAL, palette.good) if goal == level and char == " " else (char, ink)
            for char, goal in zip(row, goals, strict=True)
        ]
        name = "heap" if number == 0 else "goal ┄" if number == 1 else ""
        lines.append([(left(name, GUTTER), palette.dim), *_runs(cells)])
    return lines


def _goal(bin: HeapBin) -> float | None:
    """Return the goal; None where there is none, and the heap has the whole height."""
    return None if bin.goal is None or bin.goal >= units.UNBOUNDED else bin.goal


def _cycle(bin: HeapBin, marked: bool, palette: Palette) -> Cell:
    char = " " if not bin.cycles else "╹" if bin.cycles == 1 else str(bin.cycles) if bin.cycles < 10 else "+"
    if marked:
        return ("▲" if char == " " else char), palette.chip
    return char, palette.accent


def _stop(bin: HeapBin, longest: int, palette: Palette) -> Cell:
    if not bin.stops:
        return " ", palette.faint
    level = max(1, round(bin.longest_ns / longest * 8)) if longest else 1
    return BLOCKS[level], palette.warn if bin.longest_ns >= LONG_NS else palette.spark


def _runs(cells: Sequence[Cell]) -> Line:
    """Join neighbours of one style to one piece: every piece of a line costs."""
    line: Line = []
    run, ink = "", Style()
    for char, style in cells:
        if run and style is not ink:
            line.append((run, ink))
            run = ""
        run, ink = run + char, style
    return [*line, (run, ink)] if run else line
