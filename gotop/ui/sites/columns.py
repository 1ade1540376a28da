"""Columns of the table of call sites."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

from gotop import units
from gotop.model.queries import ATTRIBUTED, GroupBy, SiteSort
from gotop.model.sites.site_rows import FlatFigures, SiteRow
from gotop.model.values import GroupKey
from gotop.ui.colours import Palette
from gotop.ui.frame.common_columns import distinct_function, distinct_location, function_cells
from gotop.ui.graph import sparkline
from gotop.ui.text import (
    Line,
    import_path,
    left,
    location,
    right,
    type_name,
)
from gotop.ui.widgets.columns import Column

OF_WINDOW = ("bytes_per_s", "allocs_per_s", "flat_bytes_per_s", "flat_allocs_per_s", "a", "b", "a_allocs", "b_allocs")
OF_TOTAL = ("average", "bytes", "allocs", "flat_bytes", "flat_allocs")
"""Columns whose figures are made of counts: of those in the window, and of all since the hooks were placed."""


def _text_column(
    name: str, title: str, read: Callable[[SiteRow, int], str], least: int, most: int, rank: int, sort: SiteSort | None
) -> Column[SiteRow]:
    """Make a column of quiet text."""

    def draw(row: SiteRow, width: int, palette: Palette) -> Line:
        return [(left(read(row, width), width), palette.kind if name in ("type", "labels") else palette.dim)]

    return Column(name, title, draw, least, most, False, rank, sort.value if sort else None)


def _figure_column(
    name: str,
    title: str,
    read: Callable[[SiteRow], str],
    least: int,
    rank: int,
    sort: SiteSort | None,
    strong: bool = False,
) -> Column[SiteRow]:
    """Make a column of figures; where the row's are estimates, they say so."""

    def draw(row: SiteRow, width: int, palette: Palette) -> Line:
        estimated = row.rates_estimated if name in OF_WINDOW else row.estimated and name in OF_TOTAL
        text = units.about(read(row), estimated)
        return [(right(text, width), palette.text if strong else palette.dim)]

    return Column(name, title, draw, least, rank=rank, sort=sort.value if sort else None)


def _share(row: SiteRow, width: int, palette: Palette) -> Line:
    style = palette.warn if row.share >= 0.25 else palette.text if row.share >= 0.02 else palette.dim
    return [(right(units.about(units.percent(row.share), row.rates_estimated), width), style)]


@lru_cache(maxsize=1024)
def _course(trend: tuple[float, ...], width: int) -> str:
    """Return the sparkline of a trend, cached: it stays the same for a second, and is drawn several times in it."""
    return sparkline(trend, width)


def _trend(row: SiteRow, width: int, palette: Palette) -> Line:
    return [(_course(row.trend, width), palette.spark if row.bytes_per_s > 0 else palette.faint)]


def _function(row: SiteRow, width: int, palette: Palette) -> Line:
    return function_cells(row.key.function or "–", width, palette)


def _marked(draw: Callable[[SiteRow, int, Palette], Line]) -> Callable[[SiteRow, int, Palette], Line]:
    """Return what draws the same, with a mark at the end where stacks of the row are kept shorter than they were."""

    def drawn(row: SiteRow, width: int, palette: Palette) -> Line:
        if not row.shortened:
            return draw(row, width, palette)
        return [*draw(row, width - 2, palette), (f" {units.SHORTENED}", palette.warn)]

    return drawn


def _name(row: SiteRow) -> str:
    return row.key.name if isinstance(row.key, GroupKey) else row.key.function


def _path(row: SiteRow, width: int, palette: Palette) -> Line:
    return [(left(import_path(_name(row) or "–", width), width), palette.text)]


def _change(
    name: str, title: str, read: Callable[[SiteRow], float], form: Callable[[float], str], rank: int, sort: SiteSort
) -> Column[SiteRow]:
    """Make a column of differences: more is what one looks for, less is what one hopes for."""

    def draw(row: SiteRow, width: int, palette: Palette) -> Line:
        value = read(row)
        text = units.change(value, form)
        style = palette.dim if text[0] not in "+−" else palette.warn if value > 0 else palette.good
        return [(right(text, width), style)]

    return Column(name, title, draw, len(title) + 2, rank=rank, sort=sort.value)


NO_TYPE = "– (bytes: strings, slices without pointers)"
"""What stands for no type where it is a row of its own: the runtime is asked for bytes there, not for a type."""

FUNCTION = Column(
    "function", "FUNCTION", _marked(_function), 26, 60, False, 0, SiteSort.FUNCTION.value, 32,
    ("location", _marked(distinct_function)),
)  # fmt: skip
PATH = replace(FUNCTION, draw=_marked(_path), without=None)
LOCATION = replace(
    _text_column("location", "FILE:LINE", lambda r, w: location(r.key.file, r.key.line, w), 16, 32, 3, SiteSort.FILE),
    without=("type", distinct_location),
)
TYPE = _text_column("type", "TYPE", lambda r, w: type_name(r.key.type, w), 14, 34, 4, SiteSort.TYPE)
TREND = Column("trend", "30 s", _trend, 10, 15, True, 5, SiteSort.TREND.value)
SHARE = Column("share", "SHARE", _share, 7, 0, True, 2, SiteSort.SHARE.value)

NAMES: dict[GroupBy, tuple[Column[SiteRow], ...]] = {
    GroupBy.SITE: (FUNCTION, LOCATION, TYPE),
    GroupBy.LINE: (FUNCTION, LOCATION),
    GroupBy.MINE: (replace(FUNCTION, title="YOUR FUNCTION", without=None), replace(LOCATION, without=None)),
    GroupBy.FUNCTION: (replace(FUNCTION, without=None), replace(LOCATION, title="FILE")),
    GroupBy.CUMULATIVE: (replace(FUNCTION, without=None), replace(LOCATION, title="FILE")),
    GroupBy.TYPE: (
        _text_column("type", "TYPE", lambda r, w: type_name(r.key.type or NO_TYPE, w), 26, 60, 0, SiteSort.TYPE),
    ),
    GroupBy.PACKAGE: (replace(PATH, title="PACKAGE"),),
    GroupBy.MODULE: (replace(PATH, title="MODULE"),),
    GroupBy.LABELS: (_text_column("labels", "LABELS", lambda r, w: _name(r), 26, 60, 0, SiteSort.TYPE),),
    GroupBy.CREATOR: (replace(FUNCTION, title="GO STATEMENT IN"), LOCATION),
}
"""What tells rows apart."""

FIGURES: tuple[Column[SiteRow], ...] = (
    TREND,
    SHARE,
    _figure_column("bytes_per_s", "BYTES/S", lambda r: units.size(r.bytes_per_s), 9, 0, SiteSort.BYTES_PER_S, True),
    _figure_column(
        "allocs_per_s", "ALLOCS/S", lambda r: units.count(r.allocs_per_s), 10, 1, SiteSort.ALLOCS_PER_S, True
    ),
    _figure_column("average", "AVERAGE", lambda r: units.size(r.average), 9, 6, SiteSort.AVERAGE),
    _figure_column("bytes", "BYTES", lambda r: units.size(r.bytes), 8, 7, SiteSort.BYTES),
    _figure_column("allocs", "ALLOCS", lambda r: units.count(r.allocs), 8, 8, SiteSort.ALLOCS),
    _figure_column(
        "waste",
        "ROUNDING",
        lambda r: units.size(None if r.estimated and not r.waste else r.waste),
        10,
        9,
        SiteSort.WASTE,
    ),
    _figure_column("stacks", "STACKS", lambda r: units.count(r.stacks), 8, 10, SiteSort.STACKS),
)
OF_SITES = ("waste", "stacks")
"""Columns that only sites have."""


def _bytes_before(row: SiteRow) -> str:
    return units.size(row.before.bytes if row.before else None)


def _allocs_before(row: SiteRow) -> str:
    return units.count(row.before.allocs if row.before else None)


def _titled(brief: str, column: Column[SiteRow]) -> Column[SiteRow]:
    """Return the column with a letter above it where its title has no room; what it is of, the column of its change
    says.
    """
    return replace(column, brief=brief)


COMPARISON: tuple[Column[SiteRow], ...] = (
    _titled("A", _figure_column("a", "A BYTES/S", _bytes_before, 7, 2, SiteSort.BYTES_BEFORE)),
    _titled(
        "B", _figure_column("b", "B BYTES/S", lambda r: units.size(r.bytes_per_s), 7, 1, SiteSort.BYTES_SINCE, True)
    ),
    _change("bytes_change", "Δ BYTES/S", lambda r: r.bytes_change, units.size, 0, SiteSort.BYTES_CHANGE),
    replace(TREND, rank=9),
    _figure_column("a_allocs", "A ALLOCS/S", _allocs_before, 12, 8, SiteSort.ALLOCS_BEFORE),
    _figure_column("b_allocs", "B ALLOCS/S", lambda r: units.count(r.allocs_per_s), 12, 7, SiteSort.ALLOCS_SINCE, True),
    _change("allocs_change", "Δ ALLOCS/S", lambda r: r.allocs_change, units.count, 5, SiteSort.ALLOCS_CHANGE),
)


def _flat(row: SiteRow) -> FlatFigures:
    return row.flat or FlatFigures(row.allocs, row.bytes, row.allocs_per_s, row.bytes_per_s)


_CUMULATIVE = {"bytes_per_s": "CUM B/S", "allocs_per_s": "CUM AL/S", "bytes": "CUM", "allocs": "CUM AL",
               "share": "CUM %"}  # fmt: skip
FLAT: tuple[Column[SiteRow], ...] = (
    _figure_column(
        "flat_bytes_per_s", "FLAT B/S", lambda r: units.size(_flat(r).bytes_per_s), 9, 1, SiteSort.FLAT_BYTES_PER_S,
        True,
    ),
    _figure_column(
        "flat_allocs_per_s", "FLAT AL/S", lambda r: units.count(_flat(r).allocs_per_s), 10, 3,
        SiteSort.FLAT_ALLOCS_PER_S,
    ),
    _figure_column("flat_bytes", "FLAT", lambda r: units.size(_flat(r).bytes), 8, 7, SiteSort.FLAT_BYTES),
    _figure_column("flat_allocs", "FLAT AL", lambda r: units.count(_flat(r).allocs), 8, 8, SiteSort.FLAT_ALLOCS),
)  # fmt: skip
"""What a function's own lines allocate, each behind the column with all that it calls."""


def _with_flat(figures: tuple[Column[SiteRow], ...]) -> tuple[Column[SiteRow], ...]:
    """Return the columns of cumulative figures, each with its flat one behind it."""
    flat = {column.name.removeprefix("flat_"): column for column in FLAT}
    found = list[Column[SiteRow]]()
    for column in figures:
        if column.name not in ("average", "waste"):
            found.append(replace(column, title=_CUMULATIVE.get(column.name, column.title)))
            found += [flat[column.name]] if column.name in flat else []
    return tuple(found)


EVERY = (FUNCTION, LOCATION, TYPE, *FIGURES, *FLAT, *COMPARISON)
"""Whatever rows may be ordered by, though a group of them has no such column."""


_RANKS = {"bytes": 0, "allocs": 1, "bytes_per_s": 7, "allocs_per_s": 8, "trend": 11,
          "flat_bytes": 1, "flat_allocs": 3, "flat_bytes_per_s": 7, "flat_allocs_per_s": 8}  # fmt: skip
"""Ranks of columns where sums are of more interest than rates."""


def _sums_first(column: Column[SiteRow]) -> Column[SiteRow]:
    return replace(column, rank=_RANKS.get(column.name, column.rank))


@lru_cache(maxsize=32)
def columns_for(group: GroupBy, comparing: bool, totals: bool = False) -> tuple[Column[SiteRow], ...]:
    """Return the columns that say something about groups of this kind. `totals`: sums are of more interest than rates.
    """
    usual = _with_flat(FIGURES) if group is GroupBy.CUMULATIVE else FIGURES
    figures = COMPARISON if comparing else tuple(map(_sums_first, usual)) if totals else usual
    if group in ATTRIBUTED:
        figures = tuple([column for column in figures if column.name not in OF_SITES])
    return (*NAMES[group], *figures)
