"""The report's parts about the runtime, as plain dicts and lists: goroutines and stacks, collections, the allocator."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from gotop.export.json_tables import DEFAULT_STACKS, EVENTS, STACKS_SIZE, Limits, Tables, first_rows
from gotop.model.queries import Window
from gotop.model.runtime.goroutine_values import GoroutineSite, LiveGoroutines, RuntimeStack, StackGrowthSite
from gotop.model.runtime.size_classes import SizeClass
from gotop.model.session import Session


def goroutines(session: Session, tables: Tables, limits: Limits) -> dict[str, Any]:
    """What lives, what was started, and what became of the stacks."""
    runtime, counted = session.runtime, session.goroutines()
    statements, growths = runtime.goroutine_sites(Window.TOTAL), runtime.growth_sites(Window.TOTAL)
    sites = first_rows(map(_go_site, statements), len(statements), limits.top)
    growth = first_rows((asdict(site) for site in growths), len(growths), limits.top)
    for row, site in zip(growth.rows, growths, strict=False):
        row.update(_growth_stacks(runtime.growth_stacks(site), tables, limits))
    return {
        "live": counted.live,
        "created": counted.created,
        "stack_inuse": counted.stack_inuse,
        "age_s": counted.age_s,
        "reading": _reading(runtime.live_goroutines()),
        "sites": sites.rows,
        "sites_rest": _statements_rest(statements[len(sites.rows) :]),
        "stacks": asdict(runtime.stack_totals()),
        "growth": growth.rows,
        "growth_rest": _growth_rest(growths[len(growth.rows) :]),
    }


def gc(session: Session, limits: Limits) -> dict[str, Any]:
    """Collections and stops of the world, of each the last ones."""
    heap, summary = session.heap(), session.runtime.pause_summary()
    cycles, pauses = list(session.runtime.cycles()), list(session.runtime.pauses())
    most = EVENTS if limits.top is None else limits.top
    last_cycles, last_pauses = cycles[max(0, len(cycles) - most) :], pauses[max(0, len(pauses) - most) :]
    return {
        "cycles": heap.cycles,
        "collections": [asdict(cycle) for cycle in last_cycles],
        "collections_before": len(cycles) - len(last_cycles),
        "pauses": [asdict(pause) for pause in last_pauses],
        "pauses_before": len(pauses) - len(last_pauses),
        "pause_quantiles": {
            "stopping": asdict(summary.stopping),
            "stopped": asdict(summary.stopped),
            "together": asdict(summary.whole),
        },
        "heap_live": heap.live,
        "heap_goal": heap.goal,
        "cycles_per_min": heap.cycles_per_min,
        "age_s": heap.age_s,
    }


def allocator(session: Session) -> dict[str, Any]:
    """Ways through the allocator, and its size classes."""
    return {
        "paths": [asdict(path) for path in session.runtime.alloc_paths()],
        "size_classes": [_size_class(session, each) for each in session.runtime.size_classes()],
    }


def _size_class(session: Session, each: SizeClass) -> dict[str, Any]:
    unmeasured = dict.fromkeys(("asked", "asked_bytes", "waste")) if is_unhooked(session) else {}
    return {**asdict(each), **unmeasured}


def is_unhooked(session: Session) -> bool:
    """Whether nothing is hooked, so that what only hooks count was not measured."""
    return session.target is not None and session.target.sample_only


def _reading(live: LiveGoroutines | None) -> dict[str, Any] | None:
    return None if live is None else {**asdict(live), "states": dict(live.states)}


def _go_site(site: GoroutineSite) -> dict[str, Any]:
    return {**asdict(site), "states": dict(site.states)}


def _growth_stacks(stacks: Iterable[RuntimeStack], tables: Tables, limits: Limits) -> dict[str, Any]:
    every, most = list(stacks), DEFAULT_STACKS if limits.stacks is None else limits.stacks
    rows = []
    for each in every[:most]:
        number = tables.stack(each.frames, STACKS_SIZE if limits.stacks is None else None)
        if number is None:
            break
        rows.append(
            {"count": each.count, "old": round(each.before), "new": round(each.size), "cut": each.cut, "stack": number}
        )
    rest = every[len(rows) :]
    counted = {"stacks": len(rest), "count": sum(each.count for each in rest)} if rest else None
    return {"stacks": rows, "stacks_rest": counted}


def _statements_rest(rows: Sequence[GoroutineSite]) -> dict[str, Any] | None:
    """The sums of `go` statements that are not listed, None if all are."""
    if not rows:
        return None
    return {"rows": len(rows), **_known_sums(rows, "created", "live", "stack_bytes")}


def _growth_rest(rows: Sequence[StackGrowthSite]) -> dict[str, Any] | None:
    """The sums of functions in which stacks grow that are not listed, None if all are."""
    if not rows:
        return None
    return {"rows": len(rows), **_known_sums(rows, "growths", "shrinks", "copied")}


def _known_sums(rows: Sequence[object], *names: str) -> dict[str, int | None]:
    """Sums of some figures; None where one of them is not known."""
    columns = {name: [getattr(row, name) for row in rows] for name in names}
    return {name: None if None in column else sum(column) for name, column in columns.items()}
