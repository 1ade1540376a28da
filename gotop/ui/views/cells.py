"""Columns that many tables have: figures, texts, functions and places. What a column shows is read from its rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from rich.style import Style

from gotop import units
from gotop.ui.colours import Palette
from gotop.ui.text import Line, left, location, right, width_of
from gotop.ui.views.sitecolumns import function_cells
from gotop.ui.widgets.columns import Column

R = TypeVar("R")


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
