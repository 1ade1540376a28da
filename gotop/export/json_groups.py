"""Allocations by own line and by function with all that it calls, as the report's document has them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from gotop.export.json_tables import Limits, first_rows
from gotop.model.queries import GroupBy, SiteQuery, SiteSort, Window
from gotop.model.session import Session
from gotop.model.sites.site_rows import FlatFigures, SiteRow
from gotop.model.values import GroupKey


def own_lines(session: Session, window: Window, limits: Limits) -> dict[str, Any]:
    """Return own lines by bytes, which add up to all allocations that have stacks, and the sums of the rest."""
    rows = _rows(session, GroupBy.MINE, window)
    listed = first_rows((_own_line(row) for row in rows), len(rows), limits.top)
    rest = [rows[place] for place in range(len(listed.rows), len(rows))]
    return {"mine": listed.rows, "mine_rest": _sums(rest) if rest else None}


def functions(session: Session, window: Window, limits: Limits) -> dict[str, Any]:
    """Return functions by bytes of all that they call, and how many are not listed: cumulative figures have no sum."""
    rows = _rows(session, GroupBy.CUMULATIVE, window)
    listed = first_rows((_function(row) for row in rows), len(rows), limits.top)
    return {"functions": listed.rows, "functions_left_out": listed.left_out}


def _rows(session: Session, group: GroupBy, window: Window) -> Sequence[SiteRow]:
    return session.sites(SiteQuery(sort=SiteSort.BYTES, window=window, group=group)).rows


def _own_line(row: SiteRow) -> dict[str, Any]:
    known = isinstance(row.key, GroupKey) and row.key.file != ""
    return {
        "function": row.key.function if known else "",
        "file": row.key.file,
        "line": row.key.line,
        "elsewhere": "" if known else row.key.function.removeprefix("– "),
        "stacks": row.stacks,
        **_figures(row),
        "estimated": row.estimated,
    }


def _function(row: SiteRow) -> dict[str, Any]:
    flat = row.flat or FlatFigures(row.allocs, row.bytes, row.allocs_per_s, row.bytes_per_s)
    return {
        "function": row.key.function,
        "file": row.key.file,
        **_figures(row),
        "flat_allocs": flat.allocs,
        "flat_bytes": flat.bytes,
        "flat_allocs_per_s": flat.allocs_per_s,
        "flat_bytes_per_s": flat.bytes_per_s,
        "estimated": row.estimated,
    }


def _figures(row: SiteRow) -> dict[str, Any]:
    return {
        "allocs": row.allocs,
        "bytes": row.bytes,
        "allocs_per_s": row.allocs_per_s,
        "bytes_per_s": row.bytes_per_s,
    }


def _sums(rows: Sequence[SiteRow]) -> dict[str, Any]:
    def total(value: Callable[[SiteRow], float]) -> float:
        return math.fsum(map(value, rows))

    return {
        "rows": len(rows),
        "allocs": sum(row.allocs for row in rows),
        "bytes": sum(row.bytes for row in rows),
        "allocs_per_s": total(lambda row: row.allocs_per_s),
        "bytes_per_s": total(lambda row: row.bytes_per_s),
    }
