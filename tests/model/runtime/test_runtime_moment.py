"""Goroutines, copied stacks, cycles, paths, size classes and samples, as a session tells them."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gotop.agent.protocol import (
    COPY,
    GO,
    HEAP,
    MALG,
    SAMPLE,
    Events,
    Gc,
    GoroutineReading,
    GoroutineRow,
    Message,
    Settings,
    SizeClasses,
    StackDef,
    Stacks,
    Stw,
)
from gotop.model.counts.sampling import weight
from gotop.model.queries import SiteQuery, Window
from gotop.model.runtime.pause_quantiles import SortedDurations
from gotop.model.runtime.stw_pauses import reason_name
from gotop.model.session import Session
from gotop.model.values import SiteKey
from tests.streams import SECOND, START, hello, names, tick

FUNCTIONS = (
    "runtime.newproc.func1", "runtime.systemstack", "runtime.newproc", "main.serve", "main.main", "runtime.malg",
    "runtime.newproc1", "main.deep", "runtime.gcBgMarkStartWorkers", "runtime.gcStart", "runtime.mallocgc",
)  # fmt: skip
FUNC1, SYSTEM, NEWPROC, SERVE, MAIN, MALG_PC, NEWPROC1, DEEP, WORKERS, GCSTART, MALLOC = range(1, 12)
WORK, SCAVENGE, WORKER, T = 1001, 1002, 1003, 1004
TYPES = ("main.work", "runtime.bgscavenge", "runtime.gcBgMarkWorker", "main.T")


def session_of(*messages: Message, **changes: object) -> Session:
    session = Session()
    for message in (hello(**changes), names(FUNCTIONS, TYPES), *messages):
        session.apply(message)
    return session


def reading(*rows: GoroutineRow, system: int | None = None, missing: str = "") -> GoroutineReading:
    live = sum(row.count for row in rows)
    return GoroutineReading(START + SECOND, 5, live, system, 3, 4096, 0, 0, 0, rows, missing)


def gc(number: int, at: float, before: int = 4, marked: int = 1) -> Gc:
    begun, mark, term, end = (START + round((at + step / 1000) * SECOND) for step in range(4))
    return Gc(number, begun, mark, term, end, 5, before, 6, marked, 7, 8, 9, 10, 20, 3, 4, 50, 2, 4, 0.25, False)


def test_created_and_living_goroutines_are_one_row() -> None:
    stacks = Stacks((
        StackDef(0, GO, WORK, (FUNC1, SYSTEM, NEWPROC, SERVE, MAIN), False),
        StackDef(1, GO, WORKER, (FUNC1, SYSTEM, NEWPROC, WORKERS, GCSTART, MALLOC, MAIN), False),
    ))  # fmt: skip
    rows = reading(
        GoroutineRow(SERVE, WORK, 4, 1, 7, 70), GoroutineRow(SERVE, WORK, 1, 0, 1, 10),
        GoroutineRow(MAIN, SCAVENGE, 4, 9, 2, 20),
    )  # fmt: skip
    session = session_of(stacks, tick(1, {0: (10, 0, 0), 1: (2, 0, 0)}))
    assert [(site.function, site.live, site.states) for site in session.runtime.goroutine_sites()] == [
        ("main.serve", None, ()), ("runtime.gcBgMarkStartWorkers", None, ()),
    ]  # fmt: skip
    session.apply(replace(names(()), waits=("", "IO wait")))
    session.apply(rows)
    serve, scavenger, workers = session.runtime.goroutine_sites(Window.TOTAL)
    assert (serve.starts, serve.created, serve.live, serve.stack_bytes) == ("main.work", 10, 8, 80)
    assert serve.states == (("IO wait", 7), ("runnable", 1))
    assert (scavenger.starts, scavenger.created, scavenger.live, scavenger.system) == ("runtime.bgscavenge", 0, 2, True)
    assert scavenger.states == (("waiting (9)", 2),)
    assert (workers.function, workers.created, workers.live, workers.system) == (
        "runtime.gcBgMarkStartWorkers", 2, 0, True,
    )  # fmt: skip
    live = session.runtime.live_goroutines()
    assert live is not None
    assert (live.user, live.system, live.dead, live.stack_bytes, live.dead_stack_bytes) == (8, 2, 3, 100, 4096)
    (chain,) = session.runtime.stacks(GO, serve.key)
    assert (chain.count, [frame.function for frame in chain.frames][-2:]) == (10, ["main.serve", "main.main"])


def test_the_runtimes_own_count_of_its_goroutines_is_believed() -> None:
    session = session_of(reading(GoroutineRow(SERVE, WORK, 4, 0, 7, 70), system=2))
    live = session.runtime.live_goroutines()
    assert live is not None
    assert (live.user, live.system) == (5, 2)


def test_no_reading_is_no_zero() -> None:
    session = session_of(
        reading(missing="no g.gopc"), Stacks((StackDef(0, GO, WORK, (SERVE,), False),)), tick(1, {0: (1, 0, 0)})
    )
    (site,) = session.runtime.goroutine_sites()
    assert (site.created, site.live, site.stack_bytes) == (1, None, None)


def test_stacks_new_reused_and_copied() -> None:
    deep = (DEEP, SERVE)
    stacks = Stacks((
        StackDef(0, MALG, 0, (NEWPROC1, FUNC1, MAIN), False), StackDef(1, MALG, 0, (MALG_PC,), False),
        StackDef(2, COPY, 0, deep, False), StackDef(3, COPY, 0, deep, False), StackDef(4, COPY, 0, deep, False),
        StackDef(5, GO, WORK, (SERVE,), False),
    ))  # fmt: skip
    counted = {0: (3, 6144, 0), 1: (1, 32768, 0), 2: (4, 4 * 4096, 4 * 2048), 3: (1, 8192, 4096), 4: (2, 4096, 8192)}
    ticked = tick(1, {**counted, 5: (10, 0, 0)})
    session = session_of(stacks, replace(ticked, totals=replace(ticked.totals, gos=10)))
    totals = session.runtime.stack_totals()
    assert (totals.created, totals.new, totals.reused) == (10, 3, 7)
    assert (totals.allocated, totals.allocated_bytes) == (4, 6144 + 32768)
    assert (totals.growths, totals.shrinks, totals.copied) == (5, 2, 4 * 2048 + 4096 + 2 * 2048)
    (site,) = session.runtime.growth_sites(Window.TOTAL)
    assert (site.function, site.growths, site.shrinks) == ("main.deep", 5, 2)
    assert [(size.old, size.new, size.count) for size in site.sizes] == [
        (2048, 4096, 4),
        (4096, 2048, 2),
        (4096, 8192, 1),
    ]
    assert [(stack.count, stack.size) for stack in session.runtime.growth_stacks(site)] == [
        (4, 4096),
        (2, 2048),
        (1, 8192),
    ]
    assert [(stack.count, stack.size) for stack in session.runtime.stacks(MALG, None)] == [(3, 2048), (1, 32768)]


def test_cycles_and_the_rate_that_led_to_them() -> None:
    session = session_of(Events((), 0, (gc(7, 1.0), gc(8, 2.003, before=1001))))
    session.apply(Events((), 0, (gc(7, 1.0), gc(8, 2.003, before=1001), gc(10, 4))))
    first, second, third = session.runtime.cycles()
    assert [cycle.number for cycle in (first, second, third)] == [7, 8, 10]
    assert first.alloc_rate is None
    assert third.alloc_rate is None
    assert second.alloc_rate == pytest.approx(1000)
    assert (first.at, first.sweep_term_ns, first.mark_ns, first.mark_term_ns) == (1.0, 10**6, 10**6, 10**6)
    assert (first.trigger, first.before, first.after, first.marked, first.goal) == (5, 4, 6, 1, 7)
    assert (first.assist_ns, first.background_ns, first.idle_ns, first.pause_ns) == (10, 23, 4, 50)


def test_the_sites_behind_a_cycle() -> None:
    stacks = Stacks((StackDef(0, HEAP, T, (MALLOC, SERVE), False), StackDef(1, HEAP, T, (MALLOC, MAIN), False)))
    session, total = session_of(stacks), [0, 0]
    for step, counted in enumerate(((5, 50), (1, 30), (2, 20), (9, 90)), 1):
        total = [have + count for have, count in zip(total, counted, strict=True)]
        ticked = tick(step, {0: (counted[0], 10 * counted[0], 0), 1: (1, counted[1], 0)})
        session.apply(
            replace(ticked, totals=replace(ticked.totals, allocs=total[0] + step, bytes=10 * total[0] + total[1]))
        )
    session.apply(Events((), 0, (gc(1, 1.5), gc(2, 2.5))))
    _, second = session.runtime.cycles()
    found = [(site.key.function, site.allocs, site.bytes) for site in session.runtime.cycle_sites(second)]
    assert found == [("main.main", 2, 50), ("main.serve", 3, 30)]
    assert sum(site.share for site in session.runtime.cycle_sites(second)) == pytest.approx(1)
    assert len(session.runtime.cycle_sites(second, limit=1)) == 1


def test_another_service_has_its_own_cycles() -> None:
    session = session_of(Events((), 0, (gc(7, 1.0),)))
    session.apply(hello(pid=1, started=START + 5))
    session.apply(Events((), 0, (gc(1, 1.0),)))
    assert [cycle.number for cycle in session.runtime.cycles()] == [1]


def test_pauses_summed_up() -> None:
    stops = tuple(Stw(START + second * SECOND, 1 + second % 2, 10 * second, second) for second in range(1, 11))
    session = session_of(tick(10), Events(stops, 0))
    whole = session.runtime.pause_summary()
    assert (whole.stopping.count, whole.stopping.max_ns, whole.stopped.p50_ns, whole.whole.total_ns) == (
        10,
        100,
        5,
        605,
    )
    assert {kind.reason: kind.count for kind in session.runtime.pause_reasons()} == {
        reason_name(1): 5,
        reason_name(2): 5,
    }
    then = session.runtime.as_of(session.moment(START / SECOND + 10).timeline)
    session.apply(Events((Stw(START + 11 * SECOND, 1, 1_000, 1),), 0))
    assert then.pause_summary() == whole
    assert session.runtime.pause_summary().stopping.max_ns == 1_000


@given(st.lists(st.integers(0, 1 << 40)))
def test_quantiles(lengths: list[int]) -> None:
    found = SortedDurations(lengths).quantiles()
    assert (found.count, found.total_ns, found.max_ns) == (len(lengths), sum(lengths), max(lengths, default=0))
    assert found.p50_ns <= found.p99_ns <= found.max_ns
    for share, value in ((0.5, found.p50_ns), (0.99, found.p99_ns)):
        assert not lengths or sum(length <= value for length in lengths) >= share * len(lengths)


def test_paths_are_kept_apart_and_add_up() -> None:
    stacks = Stacks(tuple(StackDef(path + 1, HEAP, T, (MALLOC, SERVE), False, path) for path in (-1, 0, 1, 2, 3)))
    session = session_of(stacks, tick(1, {id_: (10**id_, 100, id_) for id_ in range(5)}))
    shares = session.runtime.alloc_paths(SiteKey("main.serve", "/src/main.serve.go", 10 * SERVE, "main.T"))
    assert shares == session.runtime.alloc_paths()
    assert [(share.path, share.allocs, share.waste, share.share) for share in shares] == [
        ("tiny", 10, 1, 0.2), ("small without pointers", 100, 2, 0.2), ("small with pointers", 1000, 3, 0.2),
        ("large", 10000, 4, 0.2), ("unknown", 1, 0, 0.2),
    ]  # fmt: skip
    assert session.runtime.alloc_paths(SiteKey("main.other", "", 0, "")) == ()
    (row,) = session.sites(SiteQuery()).rows
    assert (row.allocs, row.estimated) == (11111, False)
    assert {stack.path for stack in session.stacks(row.key)} == {share.path for share in shares}


def test_size_classes() -> None:
    session = session_of(SizeClasses(START, (0, 0, 0, 8, 10, 4, 16, 0, 0), 5, (2, 90000, 1, 40000)))
    session.apply(SizeClasses(START + 2 * SECOND, (0, 0, 0, 8, 30, 4, 16, 1, 1), 6, (2, 90000, 1, 40000)))
    found = [(c.size, c.mallocs, c.frees, c.bytes, c.live, c.mallocs_per_s) for c in session.runtime.size_classes()]
    assert found == [(8, 30, 4, 240, 26, 10), (16, 1, 1, 16, 0, 0.5), (0, 2, 1, 90000, 1, 0)]
    assert session.runtime.tiny == 6


def test_a_sample_stands_for_its_weight() -> None:
    assert weight(1e9, 512) == 1.0
    assert weight(8, 1 << 20) == pytest.approx((1 << 20) / 8, rel=1e-4)
    assert weight(8, 0) == weight(0, 512) == 1.0
    assert weight(512, 512) == pytest.approx(1 / (1 - math.exp(-1)))


def test_estimates_are_said_to_be_estimates() -> None:
    stacks = Stacks((
        StackDef(0, HEAP, T, (MALLOC, SERVE), False, 1), StackDef(1, SAMPLE, T, (MALLOC, SERVE), False, 1),
        StackDef(2, HEAP, 0, (MALLOC, MAIN), False, 1),
    ))  # fmt: skip
    session = session_of(stacks, tick(1, {0: (5, 40, 0), 1: (2, 200, 0), 2: (3, 24, 0)}), rate=1000)
    rows = {row.key.function: row for row in session.sites(SiteQuery()).rows}
    assert (rows["main.main"].allocs, rows["main.main"].estimated) == (3, False)
    estimate = round(2 * weight(100, 1000))
    assert (rows["main.serve"].allocs, rows["main.serve"].bytes) == (5 + estimate, 40 + 100 * estimate)
    assert rows["main.serve"].estimated
    flags = {stack.allocs: stack.estimated for stack in session.stacks(rows["main.serve"].key)}
    assert flags == {5: False, estimate: True}


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(1, 50)), max_size=30), st.integers(1, 1 << 20))
def test_estimates_do_not_depend_on_how_samples_come(samples: list[tuple[int, int]], rate: int) -> None:
    """One by one or all at once: the same, at most half an object from what the samples' weights add up to."""
    sizes = (8, 96, 5000)
    stacks = Stacks(tuple(StackDef(i, SAMPLE, T, (MALLOC, SERVE + i), False) for i in range(3)))
    apart, together = session_of(stacks, rate=rate), session_of(stacks, rate=rate)
    sums = [0, 0, 0]
    for number, (which, count) in enumerate(samples, 1):
        sums[which] += count
        apart.apply(tick(number, {which: (count, count * sizes[which], 0)}))
    together.apply(tick(1, {i: (count, count * sizes[i], 0) for i, count in enumerate(sums) if count}))
    expected = {i: count * weight(sizes[i], rate) for i, count in enumerate(sums) if count}
    for session in (apart, together):
        found = sorted(row.allocs for row in session.sites(SiteQuery()).rows)
        assert found == pytest.approx(sorted(expected.values()), abs=0.51)


def test_the_rate_in_force_is_the_samples() -> None:
    stacks = Stacks((StackDef(0, SAMPLE, T, (MALLOC, SERVE), False),))
    session = session_of(stacks, tick(1, {0: (1, 100, 0)}), rate=1000)
    session.apply(Settings("sampled", 64, 100, 100_000))
    session.apply(tick(2, {0: (1, 100, 0)}))
    (row,) = session.sites(SiteQuery()).rows
    assert row.allocs == round(weight(100, 1000) + weight(100, 100_000))
    assert session.target is not None
    assert session.target.rate == 100_000


def test_names_of_reasons_to_wait_outlive_a_restart_from_the_same_binary() -> None:
    session = session_of(replace(names(()), waits=("", "IO wait")), reading(GoroutineRow(SERVE, WORK, 4, 1, 7, 70)))
    session.apply(hello(pid=77, started=START + SECOND))
    assert session.runtime.live_goroutines() is None
    session.apply(reading(GoroutineRow(SERVE, WORK, 4, 1, 2, 20)))
    (site,) = session.runtime.goroutine_sites()
    assert site.states == (("IO wait", 2),)
