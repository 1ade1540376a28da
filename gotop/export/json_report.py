"""The report of a session as a document (schema 1). Every key is explained in docs/formats.md, as a test makes sure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from gotop import printable
from gotop.export import json_runtime
from gotop.model.queries import SiteQuery, SiteSort, StackQuery, StackSort, Window
from gotop.model.session import Session
from gotop.model.sites.attribution import LABELS_KEPT
from gotop.model.sites.site_rows import SiteRow
from gotop.model.sites.stack_rows import StackRow

SCHEMA = 1


def document(session: Session) -> dict[str, Any]:
    """The report as plain dicts, lists, numbers and strings."""
    totals, health = session.totals(), session.health()
    window = span(session)
    by_bytes, stacks_by_bytes = (
        SiteQuery(sort=SiteSort.BYTES, window=window),
        StackQuery(sort=StackSort.BYTES, window=window),
    )
    return {
        "schema": SCHEMA,
        "target": _target(session),
        "seconds": seconds(session),
        "totals": {
            "allocs": totals.allocs,
            "bytes": totals.bytes,
            "waste": None if json_runtime.is_unhooked(session) else totals.waste,
            "runtime_allocs": totals.runtime_allocs,
            "runtime_bytes": totals.runtime_bytes,
            "coverage": totals.coverage,
            "coverage_bytes": totals.coverage_bytes,
            "coverage_now": totals.coverage_now,
            "unattributed": None if json_runtime.is_unhooked(session) else totals.unattributed,
        },
        "sites": [_site(row, session.stacks(row.key, stacks_by_bytes)) for row in session.sites(by_bytes).rows],
        "goroutines": json_runtime.goroutines(session),
        "attribution": _attribution(session),
        "gc": json_runtime.gc(session),
        **json_runtime.allocator(session),
        "health": {
            "partial": list(health.partial),
            "agent_cpu_s": health.agent_cpu_s,
            "lag_ms": health.lag_ms,
            "lost_events": health.lost_events,
            "notice": health.notice,
            "overhead": health.overhead,
            "budget": health.budget,
            "modes": [{"at": change.at, "mode": change.mode} for change in health.modes],
        },
        "ending": _ending(session),
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


def as_json(session: Session) -> str:
    """The document as one line of JSON, pure ASCII."""
    return printable.as_json(document(session))


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


def _site(row: SiteRow, stacks: Iterable[StackRow]) -> dict[str, Any]:
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
        "stacks": [_stack(stack) for stack in stacks],
    }


def _stack(stack: StackRow) -> dict[str, Any]:
    return {
        "allocs": stack.allocs,
        "bytes": stack.bytes,
        "waste": waste(stack),
        "path": stack.path,
        "cut": stack.cut,
        "estimated": stack.estimated,
        "frames": json_runtime.frames(stack.frames),
    }


def _attribution(session: Session) -> dict[str, Any] | None:
    counted = session.attribution
    if counted.since is None:
        return None
    return {
        "seconds": counted.seconds,
        "labels": [
            {
                "labels": dict(each.labels.labels),
                "text": each.labels.text,
                "more": each.labels.more,
                "kept": each.labels.kept == LABELS_KEPT,
                **_amounts(each.row),
            }
            for each in counted.labels()
        ],
        "creators": [
            {"function": row.key.function, "file": row.key.file, "line": row.key.line, **_amounts(row)}
            for row in counted.creators()
        ],
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
