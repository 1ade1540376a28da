"""Columns of the table of call sites."""

from __future__ import annotations

from collections.abc import Callable

from gotop import units
from gotop.model.values import SiteRow, Sort
from gotop.ui.colours import Palette
from gotop.ui.graph import sparkline
from gotop.ui.text import Line, function_parts, left, location, right, type_name, width_of
from gotop.ui.widgets.columns import Column


def function_cells(name: str, width: int, palette: Palette) -> Line:
    """A function's name, its package quieter than the rest."""
    package, rest = function_parts(name, width)
    pad = width - width_of(package) - width_of(rest)
    return [(package, palette.dim), (rest + " " * pad, palette.text)]


def text_column(
    name: str, title: str, read: Callable[[SiteRow, int], str], least: int, most: int, rank: int, sort: Sort | None
) -> Column[SiteRow]:
    """A column of quiet text."""

    def draw(row: SiteRow, width: int, palette: Palette) -> Line:
        return [(left(read(row, width), width), palette.kind if name == "type" else palette.dim)]

    return Column(name, title, draw, least, most, False, rank, sort.value if sort else None)


def figure_column(
    name: str,
    title: str,
    read: Callable[[SiteRow], str],
    least: int,
    rank: int,
    sort: Sort | None,
    strong: bool = False,
) -> Column[SiteRow]:
    """A column of figures."""

    def draw(row: SiteRow, width: int, palette: Palette) -> Line:
        return [(right(read(row), width), palette.text if strong else palette.dim)]

    return Column(name, title, draw, least, rank=rank, sort=sort.value if sort else None)


def _share(row: SiteRow, width: int, palette: Palette) -> Line:
    style = palette.warn if row.share >= 0.25 else palette.text if row.share >= 0.02 else palette.dim
    return [(right(units.percent(row.share), width), style)]


def _trend(row: SiteRow, width: int, palette: Palette) -> Line:
    return [(sparkline(row.trend, width), palette.spark if row.bytes_per_s > 0 else palette.faint)]


def _function(row: SiteRow, width: int, palette: Palette) -> Line:
    return function_cells(row.key.function, width, palette)


SITE_COLUMNS: tuple[Column[SiteRow], ...] = (
    Column("function", "FUNCTION", _function, 26, 60, False, 0, Sort.FUNCTION.value, 32),
    text_column("location", "FILE:LINE", lambda r, w: location(r.key.file, r.key.line, w), 16, 32, 3, Sort.FILE),
    text_column("type", "TYPE", lambda r, w: type_name(r.key.type, w), 14, 34, 4, Sort.TYPE),
    Column("trend", "30 s", _trend, 10, 15, True, 5),
    Column("share", "SHARE", _share, 7, 0, True, 2, None),
    figure_column("bytes_per_s", "BYTES/S", lambda r: units.size(r.bytes_per_s), 9, 0, Sort.BYTES_PER_S, True),
    figure_column("allocs_per_s", "ALLOCS/S", lambda r: units.count(r.allocs_per_s), 10, 1, Sort.ALLOCS_PER_S, True),
    figure_column("average", "AVERAGE", lambda r: units.size(r.average), 9, 6, Sort.AVERAGE),
    figure_column("bytes", "BYTES", lambda r: units.size(r.bytes), 8, 7, Sort.BYTES),
    figure_column("allocs", "ALLOCS", lambda r: units.count(r.allocs), 8, 8, Sort.ALLOCS),
    figure_column("waste", "ROUNDING", lambda r: units.size(r.waste), 10, 9, Sort.WASTE),
    figure_column("stacks", "STACKS", lambda r: units.count(r.stacks), 8, 10, Sort.STACKS),
)
