"""Columns that many tables have: figures, texts, functions and places. What a column shows is read from its rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol, TypeVar

from rich.style import Style

from gotop.model.runtime.site_shares import SiteShare
from gotop.model.values import RowKey
from gotop.source_location import SourceLocation
from gotop.ui.colours import Palette
from gotop.ui.text import (
    CUT,
    LEAST_NAME,
    Line,
    function_parts,
    left,
    location,
    right,
    short_function,
    short_type,
    type_name,
    width_of,
)
from gotop.ui.widgets.columns import Column

R = TypeVar("R")
V = TypeVar("V")
P = TypeVar("P", bound=SourceLocation)


class SiteLike(Protocol):
    """A row of a call site and type. `twins`: another one is the same but for its type; `siblings`: another one is in
    the same function.
    """

    @property
    def key(self) -> RowKey: ...
    @property
    def twins(self) -> bool: ...
    @property
    def siblings(self) -> bool: ...


def function_cells(name: str, width: int, palette: Palette) -> Line:
    """Return a function's name, its package quieter than the rest."""
    package, rest = function_parts(name, width)
    pad = width - width_of(package) - width_of(rest)
    return [(package, palette.dim), (rest + " " * pad, palette.text)]


def function_and_line(name: str, number: int, width: int, palette: Palette) -> Line:
    """Return a function's name and the line in it, for a table that has no room for files. A name is not cut for it."""
    line = f":{number}" if number else ""
    package, rest = function_parts(name, width - len(line))
    if rest.endswith(CUT) and not function_parts(name, width)[1].endswith(CUT):
        return function_cells(name, width, palette)
    return [(package, palette.dim), (rest, palette.text), (left(line, width - width_of(package + rest)), palette.dim)]


def distinct_function(row: SiteLike, width: int, palette: Palette) -> Line:
    """Return a site's function with what tells its row from another one: line and type are there in any case, and the
    name is cut for them.
    """
    name, line = row.key.function or "–", f":{row.key.line}" if row.key.line else ""
    whole = width_of("".join(function_parts(name, width)))
    if not row.twins and (not row.siblings or whole + len(line) <= width):
        return function_and_line(name, row.key.line, width, palette)
    if row.twins:
        line += " "
    kind = short_type(row.key.type, max(width // 2, width - whole) - len(line)) if row.twins else ""
    name = short_function(name, width - len(line) - width_of(kind))
    room = width - width_of(name) - len(line)
    kind = left(short_type(row.key.type, room) if row.twins else "", room)
    return [(name, palette.text), (line, palette.dim), (kind, palette.kind)]


def distinct_location(row: SiteLike, width: int, palette: Palette) -> Line:
    """Return `file:line`, with the type where nothing else tells the row from another one; where there is no room for
    all of it, without the file.
    """
    file, line = row.key.file, row.key.line
    if not row.twins:
        return [(left(location(file, line, width), width), palette.dim)]
    number = f":{line}" if line else ""
    kind = short_type(row.key.type, width - len(number) - 1)
    place = file.rpartition("/")[2] + number
    if width_of(place) + 1 + width_of(kind) > width:
        room = width - 1 - width_of(kind)  # the type tells the rows apart: it is not cut for the file
        place = location(file, line, room) if room > width_of(number) + LEAST_NAME else number
    return [(place + " ", palette.dim), (left(kind, width - width_of(place) - 1), palette.kind)]


def figure_column(
    name: str,
    title: str,
    value: Callable[[R], V],
    form: Callable[[V], str],
    rank: int,
    width: int = 0,
    strong: bool = False,
    style: Callable[[R, Palette], Style] | None = None,
    wrap: Callable[[R, str], str] | None = None,
) -> Column[R]:
    """Make a column of figures at the right, ordered by `value`, as wide as its title with the order's arrow, or as
    `width`.

    `form` writes a value with its unit; `wrap` puts what there is to say of it around that; `rank`: see `Column`.
    """

    def draw(row: R, cells: int, palette: Palette) -> Line:
        text = form(value(row))
        ink = style(row, palette) if style else palette.text if strong else palette.dim
        return [(right(wrap(row, text) if wrap else text, cells), ink)]

    return Column(name, title, draw, max(width, len(title) + 2), rank=rank, sort=name, order_by=value)


def text_column(
    name: str,
    title: str,
    value: Callable[[R], V],
    least: int,
    most: int,
    rank: int,
    form: Callable[[V, int], str] | None = None,
    ordered: bool = True,
) -> Column[R]:
    """Make a column of quiet text at the left, ordered by `value`; `form(value, width)` is what is written of it."""

    def draw(row: R, cells: int, palette: Palette) -> Line:
        text = form(value(row), cells) if form else str(value(row))
        return [(left(text, cells), palette.dim)]

    return Column(name, title, draw, least, most, False, rank, name if ordered else None, order_by=value)


def function_column(
    name: str,
    title: str,
    value: Callable[[R], str],
    least: int = 22,
    most: int = 50,
    rank: int = 0,
    comfort: int = 0,
) -> Column[R]:
    """Make a column of functions' names."""

    def draw(row: R, cells: int, palette: Palette) -> Line:
        return function_cells(value(row) or "–", cells, palette)

    return Column(name, title, draw, least, most, False, rank, name, comfort, order_by=value)


def location_column(title: str = "FILE:LINE", least: int = 16, most: int = 32, rank: int = 2) -> Column[P]:
    """Make a column of `file:line`; rows are ordered by the file."""

    def draw(row: P, cells: int, palette: Palette) -> Line:
        return [(left(location(row.file, row.line, cells), cells), palette.dim)]

    return Column("file", title, draw, least, most, False, rank, "file", order_by=lambda row: row.file)


def site_columns(comfort: int, location_rank: int) -> tuple[Column[SiteShare], ...]:
    """Make the columns that tell sites apart; where there is no room for all of them, those that are left say what is
    needed.
    """
    function: Column[SiteShare] = function_column("function", "FUNCTION", lambda row: row.function, 24, 60, 0, comfort)
    return (
        replace(function, without=("file", distinct_function)),
        replace(location_column(rank=location_rank), without=("type", distinct_location)),
        text_column("type", "TYPE", lambda row: row.type, 14, 34, 4, type_name),
    )
