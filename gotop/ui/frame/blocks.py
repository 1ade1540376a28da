"""Building blocks of the figures above tables: titles, labelled figures, graphs, blocks beside each other. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.style import Style

from gotop import units
from gotop.model.status.health import old_figures
from gotop.model.status.values import Heap
from gotop.ui.colours import Palette
from gotop.ui.graph import area, halved, nice_ceiling
from gotop.ui.text import Line, right, width_of_line

NOTHING = "–"
"""What stands where a figure is not known."""

GAP = 3
"""Cells between two blocks."""

SIDE = 1
"""Cells left of the first block."""


def or_dash(value: float | None, form: Callable[[float], str]) -> str:
    """Return a figure in its unit, a dash where it could not be read."""
    return NOTHING if value is None else form(value)


def title(text: str, width: int, palette: Palette, end: str = "") -> Line:
    """Draw a block's first line: its name, a rule, and `end` behind that."""
    rule = width - len(text) - 1 - (len(end) + 1 if end else 0)
    return [(text, palette.title), (" " + "─" * max(0, rule), palette.faint), (" " + end if end else "", palette.dim)]


def old(age_s: float | None) -> str:
    """Return what a block's title says of figures that have not come anew for some time, such as `30 s old`; "" of
    those that have.
    """
    age_s = old_figures(age_s)
    return "" if age_s is None else f"{units.age(age_s)} old"


def cycles_per_min(heap: Heap) -> str:
    """Return how often there is a collection; "" as long as that is not known, and where there was none at all."""
    return f"{heap.cycles_per_min:,.0f}/min" if heap.cycles and heap.cycles_per_min is not None else ""


def pair(label: str, value: str, width: int, palette: Palette, note: str = "") -> Line:
    """Draw a label at the left, its figure at the right, and a remark after the figure where there is room."""
    space = width - len(label) - len(note)
    return [(label, palette.dim), (right(value, max(space, len(value))), palette.text), (note, palette.dim)]


def graph(
    name: str,
    values: Sequence[float],
    form: Callable[[float], str],
    ramp: tuple[Style, ...],
    width: int,
    height: int,
    palette: Palette,
) -> list[Line]:
    """Draw a filled graph under its name and scale; one cell a second, the newest at the right, of half-second
    `values`.
    """
    seconds = halved(values)
    peak = nice_ceiling(max(seconds[-width:], default=0.0))
    rows = area(seconds, width, height - 1, peak)
    lines: list[Line] = [title(name, width, palette, form(peak) if values else "")]
    lines += [[(row, palette.ramp(ramp, number, height - 1))] for number, row in enumerate(rows)]
    return lines


def beside(columns: list[list[Line]], widths: list[int], palette: Palette) -> list[Line]:
    """Put blocks next to each other, each padded to its width."""
    lines = []
    for number in range(max(map(len, columns))):
        line: Line = [(" " * SIDE, palette.text)]
        for index, (column, width) in enumerate(zip(columns, widths, strict=True)):
            cells = column[number] if number < len(column) else []
            pad = width - width_of_line(cells) + (GAP if index < len(columns) - 1 else 0)
            line += [*cells, (" " * max(0, pad), palette.text)]
        lines.append(line)
    return lines
