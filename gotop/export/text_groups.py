"""Own lines and functions with all that they call, in the text report."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from gotop import units
from gotop.export.text_table import place_text, table
from gotop.model.queries import GroupBy, SiteQuery, SiteSort, Window
from gotop.model.session import Session
from gotop.model.sites.site_rows import FlatFigures, SiteRow
from gotop.model.symbols.call_site import plain_name

OWN_LINES = 15
FUNCTIONS = 20
_SHORT = "mode sites keeps no callers: cum is flat, and what others' code allocates is on no line of yours"


def own_lines(session: Session, window: Window) -> Iterator[str]:
    """The lines of one's own that made it all happen, and what none of them did; they add up to all."""
    yield from _table(session, GroupBy.MINE, window, OWN_LINES, ["bytes/s", "allocs/s", "bytes", "allocs", "share"],
                      "line of yours, with what others' code allocates for it", _amounts)  # fmt: skip


def functions(session: Session, window: Window) -> Iterator[str]:
    """Functions with all that they call (cum) and by themselves (flat), as `go tool pprof -top -cum` has them."""
    head = ["cum bytes/s", "cum bytes", "cum allocs", "cum share", "flat bytes", "flat allocs"]
    yield from _table(session, GroupBy.CUMULATIVE, window, FUNCTIONS, head, "function", _cumulative)
    if session.target and session.target.mode == "sites":
        yield _SHORT


def _table(
    session: Session, group: GroupBy, window: Window, most: int, head: Sequence[str], title: str,
    cells: Callable[[SiteRow], list[str]],
) -> Iterator[str]:  # fmt: skip
    view = session.sites(SiteQuery(sort=SiteSort.BYTES, window=window, group=group, limit=most))
    rows = list(view.rows)
    if not rows:
        return
    yield ""
    yield from table([*head, title], [[*cells(row), _name(row)] for row in rows], right=len(head))
    if view.total_rows > len(rows):
        yield f"… and {view.total_rows - len(rows)} more"


def _amounts(row: SiteRow) -> list[str]:
    figures = [units.size_rate(row.bytes_per_s), units.count_rate(row.allocs_per_s), units.size(row.bytes),
               units.count(row.allocs), units.percent(row.share)]  # fmt: skip
    return [units.about(figure, row.estimated) for figure in figures]


def _cumulative(row: SiteRow) -> list[str]:
    flat = row.flat or FlatFigures(row.allocs, row.bytes, row.allocs_per_s, row.bytes_per_s)
    figures = [units.size_rate(row.bytes_per_s), units.size(row.bytes), units.count(row.allocs),
               units.percent(row.share), units.size(flat.bytes), units.count(flat.allocs)]  # fmt: skip
    return [units.about(figure, row.estimated) for figure in figures]


def _name(row: SiteRow) -> str:
    return place_text(plain_name(row.key.function), row.key.file if row.key.line else "", row.key.line)
