"""Labelled figures in running lines, and lists of words, as much of them as there is room for. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gotop import units
from gotop.ui.colours import Palette
from gotop.ui.text import Line, width_of

FACT_GAP = "   "


def facts(pairs: Sequence[tuple[str, str]], width: int, palette: Palette, label: str = "") -> list[Line]:
    """Return figures with what they are, one after the other, on as many lines as it takes. `label` stands before them.
    """
    start = f" {label:<9}" if label else " "
    lines: list[Line] = [[(start, palette.dim)]]
    used = width_of(start)
    for what, value in pairs:
        fact = f"{what} {value}" if what else value
        gap = 0 if used == width_of(start) else len(FACT_GAP)
        if gap and used + gap + width_of(fact) > width - 1:
            lines.append([(" " * width_of(start), palette.dim)])
            used, gap = width_of(start), 0
        lines[-1] += [(f"{FACT_GAP[:gap]}{what} " if what else FACT_GAP[:gap], palette.dim), (value, palette.text)]
        used += gap + width_of(fact)
    return lines


def groups_that_fit(groups: Iterable[list[Line]], room: int) -> list[Line]:
    """Return as many groups of lines as there is room for, none of them in part; the first one in any case."""
    lines: list[Line] = []
    for group in groups:
        if lines and len(lines) + len(group) > room:
            break
        lines += group
    return lines


def comma_list(items: Sequence[str], width: int) -> str:
    """Return as many items as fit, with commas; what is left out is said by an ellipsis, none is cut in the middle."""
    shown = ""
    for number, item in enumerate(items):
        longer = f"{shown}, {item}" if shown else item
        rest = ", …" if number < len(items) - 1 else ""
        if width_of(longer + rest) > width and shown:
            return shown + ", …" if width_of(shown) + 3 <= width else shown
        shown = longer
    return shown


def goroutine_states(counted: Sequence[tuple[str, int]], width: int) -> str:
    """Write what goroutines do: `chan receive`, or with several states `select 1.20k, IO wait 3`."""
    if len(counted) == 1:
        return counted[0][0]
    return comma_list([f"{name} {units.count(count)}" for name, count in counted], width)
