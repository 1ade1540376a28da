"""What stands around the rows of a table: titles above, a scrollbar at the right. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from gotop.ui.colours import Palette
from gotop.ui.text import Cell, Line, left, right
from gotop.ui.widgets.columns import GAP, Column, PlacedColumn

R = TypeVar("R")


def titles(places: Sequence[PlacedColumn[R]], sorted_by: tuple[str, bool] | None, palette: Palette) -> Line:
    """Draw titles over their columns; `sorted_by` is the order and whether it is reversed."""
    line: Line = [(" ", palette.dim)]
    for number, placed in enumerate(places):
        if number:
            line.append((" " * GAP, palette.dim))
        line.append(_title(placed, sorted_by, palette))
    return line


def arrow_of(column: Column[R], reverse: bool) -> str:
    """Return the arrow of an order: figures fall from the largest, names rise from A, and the other way round if
    reversed.
    """
    return "▲" if reverse != (not column.figure) else "▼"


def _title(placed: PlacedColumn[R], sorted_by: tuple[str, bool] | None, palette: Palette) -> Cell:
    column, style, arrow = placed.column, palette.dim, ""
    if sorted_by and column.sort == sorted_by[0]:
        arrow, style = arrow_of(column, sorted_by[1]), palette.title
    room = placed.width - (len(arrow) + 1 if arrow else 0)
    title = column.brief if column.brief and len(column.title) > room else column.title
    if arrow:
        title = f"{arrow} {title}" if column.figure else f"{title} {arrow}"
    return (right(title, placed.width) if column.figure else left(title, placed.width)), style


def scrollbar(line: int, top: int, lines: int, rows: int, palette: Palette) -> Cell:
    """Draw the scrollbar's cell beside a line; blank where all rows are in sight."""
    if rows <= lines:
        return " ", palette.faint
    size = max(1, lines * lines // rows)
    start = top * (lines - size) // max(1, rows - lines)
    return ("▐" if start <= line < start + size else " "), palette.faint
