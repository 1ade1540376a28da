"""Which columns a table shows at a width, and how wide each is. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from gotop.ui.colours import Palette
from gotop.ui.text import Line

R = TypeVar("R")

GAP = 2
"""Cells between two columns."""

APART = 8
"""The most that figures move apart where there is room that nobody needs."""

ESSENTIAL = 3
"""Columns up to this rank stay even where others have to be narrower than is comfortable."""


@dataclass(frozen=True)
class Column(Generic[R]):
    """One column of a table.

    `draw(row, width, palette)` gives cells of exactly `width`. `rank`: 0 is never left out, the highest goes first.
    `most`: what nearly all it shows fits into, 0: its width never changes. `sort`: what a click on the
    title orders by, None if it cannot be ordered. `comfort`: the width for which less important columns are left out.
    `without`: how it is drawn where the column of that name is left out, so that rows can still be told apart.
    `order_by`: the value that rows in memory are ordered by (others are ordered by the model); those of None come last.
    `brief`: what stands above it where there is no room for the titles of all columns that have such a short one.
    """

    name: str
    title: str
    draw: Callable[[R, int, Palette], Line]
    least: int
    most: int = 0
    figure: bool = True
    rank: int = 0
    sort: str | None = None
    comfort: int = 0
    without: tuple[str, Callable[[R, int, Palette], Line]] | None = None
    brief: str = ""
    order_by: Callable[[R], Any] | None = None

    def among(self, names: Collection[str]) -> Column[R]:
        """Return the column as it is drawn beside those of these names."""
        if self.without is None or self.without[0] in names:
            return self
        return replace(self, draw=self.without[1])


@dataclass(frozen=True)
class PlacedColumn(Generic[R]):
    """A column with the place it got."""

    column: Column[R]
    start: int
    width: int


def lay_out(columns: Sequence[Column[R]], width: int) -> list[PlacedColumn[R]]:
    """Place the columns that fit into `width`: the least important are left out, and room is shared among those that
    can use it.
    """
    kept = list(columns)
    while len(kept) > 1:
        last = max(kept, key=lambda column: column.rank)
        if _needed(kept, last.rank > ESSENTIAL) <= width:
            break
        kept.remove(last)
    widths = _titled(kept, width - _needed(kept))
    spare = width - sum(widths.values()) - GAP * (len(kept) - 1)
    widths = _share(widths, kept, spare)
    placed, start = [], 0
    for column in kept:
        placed.append(PlacedColumn(column.among(widths), start, widths[column.name]))
        start += widths[column.name] + GAP
    return placed


def _needed(columns: Sequence[Column[R]], comfortably: bool = False) -> int:
    widths = [max(column.least, column.comfort if comfortably else 0) for column in columns]
    return sum(widths) + GAP * (len(columns) - 1)


def _titled(columns: Sequence[Column[R]], room: int) -> dict[str, int]:
    """Return the least widths, with whole titles (and the order's arrow) if that is possible for all of them."""
    least = {column.name: column.least for column in columns}
    whole = {column.name: max(column.least, len(column.title) + 2) for column in columns if column.brief}
    return least | whole if sum(whole.values()) - sum(least[name] for name in whole) <= room else least


def _share(widths: dict[str, int], columns: Sequence[Column[R]], room: int) -> dict[str, int]:
    """Room for those that can use it, up to their wish, then half as much again; then the figures move apart a little.
    What is left stays empty at the right: rows whose ends are far from each other cannot be followed.
    """
    growing = [column for column in columns if column.most > column.least]
    for most in (2, 3):
        room = _grow(widths, {column.name: column.most * most // 2 for column in growing}, room)
    still = [column.name for column in columns[1:] if column.figure and column not in growing]
    apart = min(APART, room // len(still)) if still else 0
    return widths | {name: widths[name] + apart for name in still}


def _grow(widths: dict[str, int], wishes: dict[str, int], room: int) -> int:
    """Give one cell at a time to the column that is furthest from its wish, and return what is left."""
    while room > 0 and (growing := [name for name, wish in wishes.items() if widths[name] < wish]):
        widths[min(growing, key=lambda name: widths[name] / wishes[name])] += 1
        room -= 1
    return room
