"""The report's parts about the runtime, as plain dicts and lists: goroutines and stacks, collections, the allocator."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from gotop.model.queries import Window
from gotop.model.runtime.goroutine_values import GoroutineSite, LiveGoroutines, RuntimeStack, StackGrowthSite
from gotop.model.runtime.size_classes import SizeClass
from gotop.model.session import Session
from gotop.model.values import Frame


def goroutines(session: Session) -> dict[str, Any]:
    """What lives, what was started, and what became of the stacks."""
    runtime, counted = session.runtime, session.goroutines()
    return {
        "live": counted.live,
        "created": counted.created,
        "stack_inuse": counted.stack_inuse,
        "age_s": counted.age_s,
        "reading": _reading(runtime.live_goroutines()),
        "sites": [_go_site(site) for site in runtime.goroutine_sites(Window.TOTAL)],
        "stacks": asdict(runtime.stack_totals()),
        "growth": [_growth(site, runtime.growth_stacks(site)) for site in runtime.growth_sites(Window.TOTAL)],
    }


def gc(session: Session) -> dict[str, Any]:
    """Collections and stops of the world."""
    heap, summary = session.heap(), session.runtime.pause_summary()
    return {
        "cycles": heap.cycles,
        "collections": [asdict(cycle) for cycle in session.runtime.cycles()],
        "pauses": [asdict(pause) for pause in session.runtime.pauses()],
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


def frames(stack: Iterable[Frame]) -> list[dict[str, Any]]:
    """A stack, innermost frame first."""
    return [{"function": f.function, "file": f.file, "line": f.line, "inlined": f.inlined} for f in stack]


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


def _growth(site: StackGrowthSite, stacks: Iterable[RuntimeStack]) -> dict[str, Any]:
    rows = [
        {"count": each.count, "old": round(each.before), "new": round(each.size), "cut": each.cut,
         "frames": frames(each.frames)}
        for each in stacks
    ]  # fmt: skip
    return {**asdict(site), "stacks": rows}
