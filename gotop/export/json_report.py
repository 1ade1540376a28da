"""The report of a session as a document (schema 2). Every key is explained in docs/formats.md, as a test makes sure,
and `gotop/export/schema/report.json` is its JSON Schema.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from gotop import printable
from gotop.export import json_groups, json_runtime
from gotop.export.json_tables import DEFAULT_STACKS, SITES_SIZE, STACKS_SIZE, Limits, Tables, first_rows
from gotop.model.queries import SiteQuery, SiteSort, StackQuery, StackSort, Window
from gotop.model.session import Session
from gotop.model.sites.attribution import LABELS_KEPT, LabelRow
from gotop.model.sites.site_rows import SiteRow
from gotop.model.sites.stack_rows import StackRow

SCHEMA = 2

_ALL = Limits()


def document(session: Session, limits: Limits = _ALL) -> dict[str, Any]:
    """The report as plain dicts, lists, numbers and strings."""
    health, tables = session.health(), Tables()
    return {
        "schema": SCHEMA,
        "target": _target(session),
        "seconds": seconds(session),
        "totals": totals(session),
        **_sites(session, tables, limits),
        **json_groups.own_lines(session, span(session), limits),
        **json_groups.functions(session, span(session), limits),
        "goroutines": json_runtime.goroutines(session, tables, limits),
        "attribution": _attribution(session, limits),
        "gc": json_runtime.gc(session, limits),
        **json_runtime.allocator(session),
        "health": {
            "partial": list(health.partial),
            "agent_cpu_s": health.agent_cpu_s,
            "lag_ms": health.lag_ms,
            "lost_events": health.lost_events,
            "notice": health.notice,
            "overhead": health.price.share,
            "overhead_low": health.price.low if health.price.measured else None,
            "overhead_high": health.price.high if health.price.measured else None,
            "overhead_all": health.price_all.share,
            "overhead_all_low": health.price_all.low if health.price_all.measured else None,
            "overhead_all_high": health.price_all.high if health.price_all.measured else None,
            "overhead_why": health.price_why,
            "budget": health.budget,
            "modes": [{"at": change.at, "mode": change.mode} for change in health.modes],
        },
        "ending": _ending(session),
        "frames": tables.frames,
        "stacks": tables.stacks,
    }


def totals(session: Session) -> dict[str, Any]:
    """What was allocated in all, by hooks and runtime."""
    counted = session.totals()
    return {
        "allocs": counted.allocs,
        "bytes": counted.bytes,
        "waste": None if json_runtime.is_unhooked(session) else counted.waste,
        "runtime_allocs": counted.runtime_allocs,
        "runtime_bytes": counted.runtime_bytes,
        "coverage": counted.coverage,
        "coverage_bytes": counted.coverage_bytes,
        "coverage_now": counted.coverage_now,
        "unattributed": None if json_runtime.is_unhooked(session) else counted.unattributed,
    }


def span(session: Session) -> Window:
    """What rates are means over: the time watched where the counts are older than that, else everything."""
    return Window.WATCHED if session.target and session.target.sample_only else Window.TOTAL


def waste(row: SiteRow | StackRow) -> int | None:
    """What rounding added, None where that was not measured: samples do not tell."""
    return None if row.estimated and not row.waste else row.waste


def seconds(session: Session) -> float:
    """How long `span` is."""
    return session.watched_s if span(session) is Window.WATCHED else session.seconds


def as_json(session: Session, limits: Limits = _ALL) -> str:
    """The document as one line of JSON, pure ASCII."""
    return printable.as_json(document(session, limits))


def _target(session: Session) -> dict[str, Any] | None:
    target = session.target
    if target is None:
        return None
    return {
        "pid": target.pid,
        "exe": target.exe,
        "go_version": target.go_version,
        "arch": target.arch,
        "stripped": target.stripped,
        "pie": target.pie,
        "attached": target.attached,
        "mode": target.mode,
    }


def _sites(session: Session, tables: Tables, limits: Limits) -> dict[str, Any]:
    """Sites by bytes with their stacks, and the sums of those that are not listed."""
    window = span(session)
    rows = session.sites(SiteQuery(sort=SiteSort.BYTES, window=window)).rows
    listed = first_rows((site(row) for row in rows), len(rows), limits.top, SITES_SIZE)
    for entry, row in zip(listed.rows, rows, strict=False):
        entry.update(_stacks(session, row, tables, limits))
    rest = [rows[place] for place in range(len(listed.rows), len(rows))]
    return {"sites": listed.rows, "sites_rest": {"sites": len(rest), **_sums(rest)} if rest else None}


def _sums(rows: Sequence[SiteRow]) -> dict[str, Any]:
    """The sums of sites."""
    unknown = any(waste(row) is None for row in rows)
    return {
        "stacks": sum(row.stacks for row in rows),
        "allocs": sum(row.allocs for row in rows),
        "bytes": sum(row.bytes for row in rows),
        "waste": None if unknown else sum(row.waste for row in rows),
        "allocs_per_s": math.fsum(row.allocs_per_s for row in rows),
        "bytes_per_s": math.fsum(row.bytes_per_s for row in rows),
        "estimated": any(row.estimated for row in rows),
    }


def site(row: SiteRow) -> dict[str, Any]:
    """A site without its stacks."""
    return {
        "function": row.key.function,
        "file": row.key.file,
        "line": row.key.line,
        "type": row.key.type,
        "allocs": row.allocs,
        "bytes": row.bytes,
        "waste": waste(row),
        "allocs_per_s": row.allocs_per_s,
        "bytes_per_s": row.bytes_per_s,
        "estimated": row.estimated,
        "short": row.shortened,
    }


def _stacks(session: Session, its: SiteRow, tables: Tables, limits: Limits) -> dict[str, Any]:
    """A site's stacks by bytes, and the sums of those that are not listed."""
    most = DEFAULT_STACKS if limits.stacks is None else limits.stacks
    query = StackQuery(sort=StackSort.BYTES, window=span(session), limit=most)
    rows, listed = session.stacks(its.key, query), list[StackRow]()
    found = []
    for row in rows:
        number = tables.stack(row.frames, STACKS_SIZE if limits.stacks is None else None)
        if number is None:
            break
        listed.append(row)
        found.append(_stack(row, number))
    allocs, size, lost = rows.sums()
    rest = {
        "stacks": rows.total - len(listed),
        "allocs": allocs - sum(row.allocs for row in listed),
        "bytes": size - sum(row.bytes for row in listed),
        "waste": None if waste(its) is None else lost - sum(row.waste for row in listed),
    }
    return {"stacks": found, "stacks_rest": rest if rest["stacks"] else None}


def _stack(stack: StackRow, number: int) -> dict[str, Any]:
    return {
        "allocs": stack.allocs,
        "bytes": stack.bytes,
        "waste": stack.waste if stack.of_exact else waste(stack),
        "path": stack.path,
        "cut": stack.cut,
        "short": stack.short,
        "estimated": stack.estimated,
        "unsampled": stack.unsampled,
        "stack": number,
    }


def _attribution(session: Session, limits: Limits) -> dict[str, Any] | None:
    counted = session.attribution
    if counted.since is None:
        return None
    sets, creators = list(counted.labels()), list(counted.creators())
    labels = first_rows(map(_label_set, sets), len(sets), limits.top)
    makers = first_rows(map(_creator, creators), len(creators), limits.top)
    return {
        "seconds": counted.seconds,
        "labels": labels.rows,
        "labels_rest": _amounts_of([each.row for each in sets[len(labels.rows) :]]),
        "creators": makers.rows,
        "creators_rest": _amounts_of(creators[len(makers.rows) :]),
    }


def _label_set(each: LabelRow) -> dict[str, Any]:
    return {
        "labels": dict(each.labels.labels),
        "text": each.labels.text,
        "more": each.labels.more,
        "kept": each.labels.kept == LABELS_KEPT,
        **_amounts(each.row),
    }


def _creator(row: SiteRow) -> dict[str, Any]:
    return {"function": row.key.function, "file": row.key.file, "line": row.key.line, **_amounts(row)}


def _amounts_of(rows: Sequence[SiteRow]) -> dict[str, Any] | None:
    """The sums of rows that are not listed, None if all are."""
    if not rows:
        return None
    return {
        "rows": len(rows),
        "allocs": sum(row.allocs for row in rows),
        "bytes": sum(row.bytes for row in rows),
        "allocs_per_s": math.fsum(row.allocs_per_s for row in rows),
        "bytes_per_s": math.fsum(row.bytes_per_s for row in rows),
    }


def _amounts(row: SiteRow) -> dict[str, Any]:
    return {
        "allocs": row.allocs,
        "bytes": row.bytes,
        "allocs_per_s": row.allocs_per_s,
        "bytes_per_s": row.bytes_per_s,
    }


def _ending(session: Session) -> dict[str, Any] | None:
    ending = session.ending
    if ending is None:
        return None
    return {
        "at": ending.at,
        "code": ending.code,
        "signal": ending.signal,
        "core": ending.core,
        "by_us": ending.by_us,
        "detached": ending.detached,
    }
