"""Columns that many tables have: figures, texts, functions and places. What a column shows is read from its rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Protocol, TypeVar

from rich.style import Style

from gotop import units
from gotop.model.runtime.site_shares import SiteShare
from gotop.ui.colours import Palette
from gotop.ui.sites.columns import distinct_function, distinct_location, function_cells
from gotop.ui.text import Line, left, location, right, type_name, width_of
from gotop.ui.widgets.columns import Column

R = TypeVar("R")
FACT_GAP = "   "


class Placed(Protocol):
    """A row that stands for a place in the source."""

    @property
    def function(self) -> str: ...  # noqa: D102
    @property
    def file(self) -> str: ...  # noqa: D102
    @property
    def line(self) -> int: ...  # noqa: D102


P = TypeVar("P", bound=Placed)


def figure(
    name: str, title: str, read: Callable[[R], str], rank: int, width: int = 0, strong: bool = False,
    style: Callable[[R, Palette], Style] | None = None,
) -> Column[R]:  # fmt: skip
    """Figures at the right, ordered by the row's attribute `name`; as wide as the title with the order's arrow."""

    def draw(row: R, cells: int, palette: Palette) -> Line:
        ink = style(row, palette) if style else palette.text if strong else palette.dim
        return [(right(read(row), cells), ink)]

    return Column(name, title, draw, max(width, len(title) + 2), rank=rank, sort=name)


def text(
    name: str, title: str, read: Callable[[R, int], str], least: int, most: int, rank: int, sort: bool = True
) -> Column[R]:
    """Quiet text at the left."""

    def draw(row: R, cells: int, palette: Palette) -> Line:
        return [(left(read(row, cells), cells), palette.dim)]

    return Column(name, title, draw, least, most, False, rank, name if sort else None)


def function(
    name: str, title: str, read: Callable[[R], str], least: int = 22, most: int = 50, rank: int = 0, comfort: int = 0
) -> Column[R]:
    """A function's name."""

    def draw(row: R, cells: int, palette: Palette) -> Line:
        return function_cells(read(row) or "–", cells, palette)

    return Column(name, title, draw, least, most, False, rank, name, comfort)


def place(title: str = "FILE:LINE", least: int = 16, most: int = 32, rank: int = 2) -> Column[P]:
    """`file:line`."""
    return text("file", title, lambda row, cells: location(row.file, row.line, cells), least, most, rank)


def of_sites(comfort: int, place_rank: int) -> tuple[Column[SiteShare], ...]:
    """What tells sites apart; where there is no room for all of it, the columns that are left say what is needed."""
    return (
        replace(function("function", "FUNCTION", lambda row: row.function, 24, 60, 0, comfort),
                without=("file", distinct_function)),
        replace(place(rank=place_rank), without=("type", distinct_location)),
        text("type", "TYPE", lambda row, width: type_name(row.type, width), 14, 34, 4),
    )  # fmt: skip


def facts(told: Sequence[tuple[str, str]], width: int, palette: Palette, label: str = "") -> list[Line]:
    """Figures with what they are, one after the other, on as many lines as it takes. `label` stands before them."""
    start = f" {label:<9}" if label else " "
    lines: list[Line] = [[(start, palette.dim)]]
    used = width_of(start)
    for what, value in told:
        fact = f"{what} {value}" if what else value
        gap = 0 if used == width_of(start) else len(FACT_GAP)
        if gap and used + gap + width_of(fact) > width - 1:
            lines.append([(" " * width_of(start), palette.dim)])
            used, gap = width_of(start), 0
        lines[-1] += [(f"{FACT_GAP[:gap]}{what} " if what else FACT_GAP[:gap], palette.dim), (value, palette.text)]
        used += gap + width_of(fact)
    return lines


def whole(groups: Iterable[list[Line]], room: int) -> list[Line]:
    """As many groups of lines as there is room for, none of them in part; the first one in any case."""
    lines: list[Line] = []
    for group in groups:
        if lines and len(lines) + len(group) > room:
            break
        lines += group
    return lines


def listed(items: Sequence[str], width: int) -> str:
    """As many items as fit, with commas; what is left out is said by an ellipsis, none is cut in the middle."""
    shown = ""
    for number, item in enumerate(items):
        longer = f"{shown}, {item}" if shown else item
        rest = ", …" if number < len(items) - 1 else ""
        if width_of(longer + rest) > width and shown:
            return shown + ", …" if width_of(shown) + 3 <= width else shown
        shown = longer
    return shown


def states(counted: Sequence[tuple[str, int]], width: int) -> str:
    """What goroutines do: `chan receive`, or with several states `select 1.20k, IO wait 3`."""
    if len(counted) == 1:
        return counted[0][0]
    return listed([f"{name} {units.count(count)}" for name, count in counted], width)
