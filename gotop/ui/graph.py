"""Graphs made of characters. Pure: figures in, text out; colours are added by who draws."""

from __future__ import annotations

from collections.abc import Sequence

BLOCKS = " ▁▂▃▄▅▆▇█"
_EIGHTHS = " ▏▎▍▌▋▊▉█"
_LEFT = (0x00, 0x40, 0x44, 0x46, 0x47)
_RIGHT = (0x00, 0x80, 0xA0, 0xB0, 0xB8)


def sparkline(values: Sequence[float], width: int) -> str:
    """One line of blocks, the newest value at the right, scaled to the largest; nothing at all is a thin line."""
    shown = _resample(values, width)
    top = max(shown, default=0.0)
    if top <= 0:
        return ("▁" * len(shown)).rjust(width)
    return "".join(BLOCKS[max(1, _level(value, top, 8))] for value in shown).rjust(width)


def bar(share: float, width: int) -> str:
    """A bar of `share` (0 to 1) of `width` cells, to an eighth of a cell; blank where it is empty."""
    eighths = round(min(max(share, 0.0), 1.0) * width * 8)
    full, rest = divmod(eighths, 8)
    return ("█" * full + (_EIGHTHS[rest] if rest else "")).ljust(width)


def area(values: Sequence[float], width: int, height: int, top: float) -> list[str]:
    """A filled braille graph, two values a cell and four levels a cell; the newest value at the right.

    A value above 0 shows at least one dot, so that little and nothing look different.
    """
    shown = [0.0] * (2 * width - len(values)) + list(values[-2 * width :])
    levels = [_dots(value, top, height * 4) for value in shown]
    return [_area_line(levels, 4 * (height - 1 - row)) for row in range(height)]


def nice_ceiling(value: float, base: float = 1000.0) -> float:
    """The next round number of units (1, 2, 5, 10, 20, …), so that the scale of a graph does not tremble."""
    if value <= 0:
        return 1.0
    unit = 1.0
    while value / unit >= base:
        unit *= base
    for step in (1, 2, 3, 4, 5, 6, 8, 10, 15, 20, 25, 30, 40, 50, 60, 80, 100, 150, 200, 250, 300, 400, 500, 600, 800):
        if value <= step * unit:
            return step * unit
    return base * unit


def _area_line(levels: list[int], floor: int) -> str:
    cells = []
    for index in range(0, len(levels), 2):
        first = min(max(levels[index] - floor, 0), 4)
        second = min(max(levels[index + 1] - floor, 0), 4)
        cells.append(chr(0x2800 + _LEFT[first] + _RIGHT[second]) if first or second else " ")
    return "".join(cells)


def _dots(value: float, top: float, dots: int) -> int:
    return max(1, _level(value, top, dots)) if value > 0 else 0


def _level(value: float, top: float, levels: int) -> int:
    return min(levels, max(0, round(value / top * levels))) if top > 0 else 0


def _resample(values: Sequence[float], width: int) -> list[float]:
    """At most `width` values: the newest ones where there are few more, means of neighbours where there are many."""
    if len(values) <= width:
        return list(values)
    step = len(values) / width
    edges = [round(index * step) for index in range(width + 1)]
    return [sum(values[a:b]) / (b - a) for a, b in zip(edges, edges[1:], strict=False)]
