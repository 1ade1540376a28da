"""Graphs made of characters. Pure: figures in, text out; colours are added by who draws."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

BLOCKS = " ▁▂▃▄▅▆▇█"
_LINE, _HALF = "━", "╸"


def sparkline(values: Sequence[float], width: int) -> str:
    """Draw one line of blocks, the newest value at the right, scaled to the largest; nothing at all is a thin line."""
    shown = _resample(values, width)
    top = max(shown, default=0.0)
    if top <= 0:
        return ("▁" * len(shown)).rjust(width)
    return "".join(BLOCKS[max(1, _level(value, top, 8))] for value in shown).rjust(width)


def bar(share: float, width: int) -> str:
    """Draw a line as long as `share` (0 to 1) of `width` cells, to half a cell; blank where it ends."""
    halves = round(min(max(share, 0.0), 1.0) * width * 2)
    full, rest = divmod(halves, 2)
    return (_LINE * full + (_HALF if rest else "")).ljust(width)


def area(values: Sequence[float], width: int, height: int, top: float) -> list[str]:
    """Draw a filled graph of `height` lines, one value a cell, eight levels a line; the newest value at the right.

    A value above 0 shows at least one level, so that little and nothing look different.
    """
    levels = [_dots(value, top, height * 8) for value in values[-width:]] if width > 0 else []
    lines = []
    for row in range(height):
        floor = 8 * (height - 1 - row)
        lines.append("".join(BLOCKS[min(max(level - floor, 0), 8)] for level in levels).rjust(width))
    return lines


def halved(values: Sequence[float]) -> list[float]:
    """Return the mean of each two neighbours: the same time in half the room. The newest pair is whole."""
    start = len(values) % 2
    return [(values[index] + values[index + 1]) / 2 for index in range(start, len(values), 2)]


def nice_ceiling(value: float, base: float = 1000.0) -> float:
    """Return the next round number of units (1, 2, 5, 10, 20, …), so that the scale of a graph does not tremble."""
    if value <= 0:
        return 1.0
    unit = 1.0
    while value / unit >= base:
        unit *= base
    for step in (1, 2, 3, 4, 5, 6, 8, 10, 15, 20, 25, 30, 40, 50, 60, 80, 100, 150, 200, 250, 300, 400, 500, 600, 800):
        if value <= step * unit:
            return step * unit
    return base * unit


def _dots(value: float, top: float, dots: int) -> int:
    return max(1, _level(value, top, dots)) if value > 0 else 0


def _level(value: float, top: float, levels: int) -> int:
    return min(levels, max(0, round(value / top * levels))) if top > 0 else 0


def _resample(values: Sequence[float], width: int) -> list[float]:
    """Return at most `width` values: the newest ones where there are few more, means of neighbours where there are
    many.
    """
    if len(values) <= width:
        return list(values)
    if width <= 0:
        return []
    step = len(values) / width
    edges = [round(index * step) for index in range(width + 1)]
    return [sum(values[a:b]) / (b - a) for a, b in pairwise(edges)]
