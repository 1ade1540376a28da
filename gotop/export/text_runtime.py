"""The text report's parts about the runtime: goroutines and stacks, collections, the allocator."""

from __future__ import annotations

from collections.abc import Iterator

from gotop import units
from gotop.export.json_runtime import is_unhooked
from gotop.export.text_table import place_text, table
from gotop.model.queries import Window
from gotop.model.runtime.goroutine_values import GoroutineSite, StackGrowthSite
from gotop.model.runtime.size_classes import SizeClass
from gotop.model.session import Session
from gotop.model.status.health import old_figures

GO_SITES = 10
GROWTH_SITES = 5
CYCLES = 5
CLASSES = 10


def goroutines(session: Session) -> Iterator[str]:
    """Living and created ones by `go` statement, their stacks, and where those grow."""
    counted, runtime = session.goroutines(), session.runtime
    stacks, live = runtime.stack_totals(), runtime.live_goroutines()
    yield ""
    yield (
        f"goroutines   {units.count(counted.live)} live{_old(counted.age_s)}, {units.count(counted.created)} created; "
        f"{units.count(stacks.new)} new stacks ({units.size(stacks.new_bytes)}), {units.count(stacks.reused)} reused"
    )
    if live and not live.missing:
        read = f"{live.user:,} read {units.age(runtime.seconds - live.at)} before the last count"
        yield f"             {read}, {units.size(live.stack_bytes)} of stacks, {live.system:,} of the runtime's own"
    yield (
        f"             {units.count(stacks.growths)} growths, {units.count(stacks.shrinks)} shrinks, "
        f"at most {units.size(stacks.copied)} copied; main's first stack {units.size(stacks.first)}"
    )
    sites = runtime.goroutine_sites(Window.TOTAL)
    if sites:
        head = ["live", "stacks", "created", "created/s", "new", "reused", "state", "starts", "go statement"]
        yield from table(head, [_go_cells(site) for site in sites[:GO_SITES]], right=6)
    if len(sites) > GO_SITES:
        yield f"… and {len(sites) - GO_SITES} more go statements"
    grown = runtime.growth_sites(Window.TOTAL)
    if grown:
        head = ["growths", "shrinks", "copied", "largest", "stacks grow in"]
        yield from table(head, [_growth_cells(site) for site in grown[:GROWTH_SITES]], right=4)
    if len(grown) > GROWTH_SITES:
        yield f"… and {len(grown) - GROWTH_SITES} more functions"


def _old(age_s: float | None) -> str:
    """What is said of figures that have not come anew for some time."""
    return f"; as of {units.age(old)} before the last count" if (old := old_figures(age_s)) else ""


def _go_cells(site: GoroutineSite) -> list[str]:
    return [
        units.count(site.live),
        units.size(site.stack_bytes),
        units.count(site.created),
        units.count_rate(site.created_per_s),
        units.count(site.new),
        units.count(site.reused),
        site.state or "–",
        site.starts,
        place_text(site.function, site.file, site.line),
    ]


def _growth_cells(site: StackGrowthSite) -> list[str]:
    return [
        units.count(site.growths),
        units.count(site.shrinks),
        units.size(site.copied),
        units.size(site.largest),
        place_text(site.function, site.file, site.line),
    ]


def gc(session: Session) -> Iterator[str]:
    """Stops of the world by reason, and the last collections."""
    heap, pauses, runtime = session.heap(), session.runtime.pauses(), session.runtime
    yield ""
    sizes = f"heap {units.size(heap.live)} live, goal {units.goal(heap.goal)}"
    counted = f"{units.count(heap.cycles)} cycles, {sizes}, {units.count(len(pauses))} pauses"
    yield f"gc           {counted}{_old(heap.age_s)}"
    rows = [
        [kind.reason, units.count(kind.count), *map(units.duration, (kind.p50_ns, kind.p99_ns, kind.max_ns)),
         units.duration(kind.total_ns)]
        for kind in runtime.pause_reasons()
    ]  # fmt: skip
    if rows:
        yield from table(["reason", "times", "p50", "p99", "longest", "total stopped"], rows, right=0)
    cycles = runtime.cycles()
    if cycles:
        cells = [
            [str(c.number), f"{c.at:.3f} s", *map(units.size, (c.before, c.after, c.marked)), units.goal(c.goal),
             units.size_rate(c.alloc_rate), *map(units.duration, (c.mark_ns, c.assist_ns, c.background_ns, c.pause_ns))]
            for c in cycles[-CYCLES:]
        ]  # fmt: skip
        head = ["gc", "at", "before", "after", "live", "goal", "allocated", "mark", "assist", "background", "pause"]
        yield from table(head, cells, right=len(head))
    if len(cycles) > CYCLES:
        yield f"these are the last of {len(cycles):,}"


def allocator(session: Session) -> Iterator[str]:
    """Ways through the allocator, and the size classes with most bytes alive."""
    paths, classes = session.runtime.alloc_paths(), session.runtime.size_classes()
    if paths:
        yield ""
        rows = [
            [units.count(p.allocs), units.size(p.bytes), units.percent(p.share), units.size(p.waste), p.path]
            for p in paths
        ]
        yield from table(["allocs", "bytes", "share", "rounding", "path"], rows, right=4)
    if classes:
        yield ""
        largest = sorted(classes, key=lambda each: -each.live_bytes)[:CLASSES]
        head = ["alive", "alive bytes", "allocs", "bytes", "rounding", "size class"]
        yield from table(head, [_class_cells(each, is_unhooked(session)) for each in largest], right=5)


def _class_cells(each: SizeClass, unhooked: bool) -> list[str]:
    return [
        units.count(each.live),
        units.size(each.live_bytes),
        units.count(each.mallocs),
        units.size(each.bytes),
        units.UNKNOWN if unhooked else f"{'≈' if each.asked and each.size > 0 else ''}{units.size(each.waste)}",
        "large" if each.size == 0 else "several" if each.size < 0 else f"{each.size:,} B",
    ]
