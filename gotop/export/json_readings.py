"""Readings as documents of a line each, while the service runs. Every key is explained in docs/formats.md."""

from __future__ import annotations

from typing import Any

from gotop.export.json_report import SCHEMA, document, site, totals
from gotop.export.json_tables import Limits
from gotop.model.queries import SiteQuery, SiteSort, Window
from gotop.model.session import Session

TOP = 20


def reading(session: Session, limits: Limits) -> dict[str, Any]:
    """The newest reading: totals, and the sites that allocated most bytes since about a second before."""
    counted, rate, heap = totals(session), session.rate(Window.NOW), session.heap()
    most = TOP if limits.top is None else limits.top
    view = session.sites(SiteQuery(sort=SiteSort.BYTES_PER_S, window=Window.NOW, limit=most))
    sites = [site(row) for row in view.rows]
    rest = {
        "sites": view.total_rows - len(sites),
        "allocs": counted["allocs"] - sum(each["allocs"] for each in sites),
        "bytes": counted["bytes"] - sum(each["bytes"] for each in sites),
        "allocs_per_s": max(0.0, rate.allocs - sum(each["allocs_per_s"] for each in sites)),
        "bytes_per_s": max(0.0, rate.bytes - sum(each["bytes_per_s"] for each in sites)),
    }
    return {
        "schema": SCHEMA,
        "event": "reading",
        "at": session.seconds,
        "totals": counted,
        "allocs_per_s": rate.allocs,
        "bytes_per_s": rate.bytes,
        "live": session.goroutines().live,
        "heap_live": heap.live,
        "heap_goal": heap.goal,
        "cycles": heap.cycles,
        "sites": sites,
        "sites_rest": rest,
    }


def report(session: Session, limits: Limits) -> dict[str, Any]:
    """The last line: the report."""
    return {"event": "report", **document(session, limits)}
