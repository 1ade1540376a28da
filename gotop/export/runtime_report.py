"""The report's parts about the runtime, as plain dicts and lists: goroutines and stacks, collections, the allocator.

What the figures are:

* `goroutines.live`: now, by the runtime's own account; `created`: `go` statements run. `reading`: the last reading of
  all goroutines, null where there was none: `at` in seconds since the service's start, `user` is
  runtime.NumGoroutine then, `system` the runtime's own, `dead` those kept for reuse; stack bytes are at most
  `stack_inuse` (MemStats.StackInuse), which has free stacks and those of threads as well.
* `goroutines.sites`: by `go` statement and the function it `starts`, most alive first. `live`, `stack_bytes`, `states`
  (by state or reason to wait) are of the reading; `new` got a newly allocated stack, `reused` a dead one's, both null
  where the statement started several functions. `growths`, `shrinks` and `copied` are of all goroutines that run the
  function, also if another statement (`shared`) started them.
* `goroutines.stacks`: all stacks; `copied` is the most that can have been copied; `first`: bytes of main's first stack.
* `goroutines.growth`: the functions in which stacks grow or shrink, with sizes and stacks.
* `gc.cycles`: completed since the service's start; `collections`: each that ended since the hooks were placed (the last
  50,000), with times and CPU times as `GODEBUG=gctrace=1` prints them; `before`, `after`, `marked`: heap bytes at its
  begin, after marking, and of that alive; `alloc_rate`: bytes a second that led to it, null where that is not known.
* `gc.pauses`: every stop of the world (the last 50,000), `at` in seconds since the service's start, `reason` as the
  runtime calls it; `stopping_ns`, until all stood still, is null where only the sum is known, which is then
  `stopped_ns`. `pause_quantiles`: of both, where they are known apart, and together.
* `paths`: which way heap allocations went through the allocator. `size_classes`: the runtime's own counts since the
  service's start, `size` 0 being large objects; `waste` is what rounding lost in `asked` allocations that are taken to
  be of the class, because the objects of each of their stacks have its size on average; `size` -1: of several classes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from gotop.model.runtime.runtime_values import GoroutineSite, GrowthSite, Live, RuntimeStack
from gotop.model.session import Session
from gotop.model.values import Frame, Window


def goroutines(session: Session) -> dict[str, Any]:
    """What lives, what was started, and what became of the stacks."""
    runtime, counted = session.runtime, session.goroutines()
    return {
        "live": counted.live,
        "created": counted.created,
        "stack_inuse": counted.stack_inuse,
        "reading": _reading(runtime.live()),
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
    }


def allocator(session: Session) -> dict[str, Any]:
    """Ways through the allocator, and its size classes."""
    return {
        "paths": [asdict(path) for path in session.runtime.paths()],
        "size_classes": [asdict(each) for each in session.runtime.size_classes()],
    }


def frames(stack: Iterable[Frame]) -> list[dict[str, Any]]:
    """A stack, innermost frame first."""
    return [{"function": f.function, "file": f.file, "line": f.line, "inlined": f.inlined} for f in stack]


def _reading(live: Live | None) -> dict[str, Any] | None:
    return None if live is None else {**asdict(live), "states": dict(live.states)}


def _go_site(site: GoroutineSite) -> dict[str, Any]:
    return {**asdict(site), "states": dict(site.states)}


def _growth(site: GrowthSite, stacks: Iterable[RuntimeStack]) -> dict[str, Any]:
    told = [
        {"count": each.count, "old": round(each.before), "new": round(each.size), "cut": each.cut,
         "frames": frames(each.frames)}
        for each in stacks
    ]  # fmt: skip
    return {**asdict(site), "stacks": told}
