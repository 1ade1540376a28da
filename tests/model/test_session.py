"""A session's counts: split, joined again, renamed, filtered, frozen."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gotop.agent.protocol import (
    Ended,
    Events,
    Failure,
    Hello,
    Log,
    Lost,
    Message,
    PcFrames,
    Proc,
    RuntimeStat,
    Settings,
    Stacks,
    Stw,
    SymbolFrame,
    Symbols,
    Tick,
    TypeName,
    Types,
)  # fmt: skip
from gotop.model.queries import SiteQuery, SiteSort, StackQuery, StackSort, Window
from gotop.model.session import Session
from gotop.model.sites.ranking import SORT_TEXTS
from gotop.model.sites.site_rows import SiteRow
from gotop.model.status.values import Phase
from gotop.model.values import SiteKey
from tests.streams import (
    FUNCTIONS,
    MAIN,
    MALLOC,
    SECOND,
    START,
    A,
    B,
    Clock,
    Counted,
    hello,
    live_streams,
    names,
    session_of,
    stack,
    three_stacks,
    tick,
    totals,
)  # fmt: skip

SITE_A = SiteKey("main.a", "/src/main.a.go", 20, "main.T")
SITE_B = SiteKey("main.b", "/src/main.b.go", 30, "")


def rows(session: Session, **query: object) -> list[SiteRow]:
    return list(session.sites(SiteQuery(**query)).rows)  # type: ignore[arg-type]


def counts(session: Session) -> dict[SiteKey, tuple[int, int, int]]:
    return {row.key: (row.allocs, row.bytes, row.waste) for row in rows(session)}


def stack_counts(session: Session) -> dict[tuple[SiteKey, tuple[str, ...], int, int, int], int]:
    found: dict[tuple[SiteKey, tuple[str, ...], int, int, int], int] = {}
    for row in rows(session):
        for s in session.stacks(row.key):
            key = (row.key, tuple(frame.function for frame in s.frames), s.allocs, s.bytes, s.waste)
            found[key] = found.get(key, 0) + 1
    return found


def test_stacks_are_summed_to_sites() -> None:
    session = session_of([*three_stacks(), tick(1, {0: (2, 32, 0), 1: (1, 16, 4), 2: (5, 500, 1)})])
    assert counts(session) == {SITE_A: (3, 48, 4), SITE_B: (5, 500, 1)}
    a = next(row for row in rows(session) if row.key == SITE_A)
    assert (a.stacks, a.average) == (2, 16.0)
    assert [(s.allocs, [f.function for f in s.frames]) for s in session.stacks(SITE_A)] == [
        (2, ["runtime.mallocgc", "main.a", "main.main"]),
        (1, ["runtime.mallocgc", "main.a", "main.b", "main.main"]),
    ]


SPLITS = st.lists(
    st.dictionaries(st.integers(0, 2), st.tuples(*[st.integers(0, 1 << 40)] * 3), max_size=3), min_size=1, max_size=8
)


@given(SPLITS)
def test_any_split_of_the_deltas_gives_the_same_counts(parts: list[Counted]) -> None:
    summed: Counted = {}
    session = session_of(three_stacks())
    for number, part in enumerate(parts, 1):
        for id_, (count, size, waste) in part.items():
            before = summed.get(id_, (0, 0, 0))
            summed[id_] = (before[0] + count, before[1] + size, before[2] + waste)
        session.apply(tick(0.1 * number, part, totals(summed.values()), seq=number))
    at_once = session_of([*three_stacks(), tick(1, summed)])
    assert counts(session) == counts(at_once)
    assert stack_counts(session) == stack_counts(at_once)
    assert replace(session.totals(), coverage_now=None) == replace(at_once.totals(), coverage_now=None)


@given(live_streams(connections=4))
def test_joining_again_never_doubles(stream: list[Message]) -> None:
    """What was said over some connections is what the last connection alone says."""
    last = max(index for index, message in enumerate(stream) if isinstance(message, Hello))
    everything, alone = session_of(stream), session_of(stream[last:])
    assert counts(everything) == counts(alone)
    assert stack_counts(everything) == stack_counts(alone)
    assert replace(everything.totals(), coverage_now=None) == replace(alone.totals(), coverage_now=None)
    both = (everything.runtime, alone.runtime)
    created = [[(s.function, s.starts, s.created) for s in each.goroutine_sites()] for each in both]
    assert created[0] == created[1]
    assert everything.rate(Window.TOTAL).bytes == pytest.approx(alone.rate(Window.TOTAL).bytes)


@given(live_streams(connections=3))
def test_a_sum_of_sites_is_the_total(stream: list[Message]) -> None:
    session = session_of(stream)
    found = rows(session)
    assert sum(row.bytes for row in found) == session.totals().bytes
    assert sum(row.allocs for row in found) == session.totals().allocs
    assert sum(len(session.stacks(row.key)) for row in found) <= sum(row.stacks for row in found)


@given(live_streams(connections=3))
def test_names_that_come_late_give_the_same_rows(stream: list[Message]) -> None:
    late = [m for m in stream if not isinstance(m, Symbols)] + [m for m in stream if isinstance(m, Symbols)][:1]
    on_time, after = session_of(stream), session_of(late)
    assert counts(on_time) == counts(after)
    for window in Window:
        query = SiteQuery(sort=SiteSort.FUNCTION, window=window)
        assert list(on_time.sites(query).rows) == list(after.sites(query).rows)


def test_a_row_and_its_stacks_keep_their_identity_through_a_new_connection() -> None:
    session = session_of([*three_stacks(), tick(1, {0: (2, 32, 0), 1: (1, 16, 0)})])
    before = [(s.id, s.frames) for s in session.stacks(SITE_A)]
    session.apply(Lost("gone", True))
    again = [hello(), Stacks((stack(7, MALLOC, A, B, MAIN, type=1001), stack(9, MALLOC, A, MAIN, type=1001)))]
    for message in again:
        session.apply(message)
    assert [(s.id, s.frames) for s in session.stacks(SITE_A)] == before, "the last figures stay until the first tick"
    session.apply(tick(2, {9: (4, 64, 0), 7: (1, 16, 0)}, dur=2))
    assert [(s.id, s.frames) for s in session.stacks(SITE_A)] == before
    assert counts(session) == {SITE_A: (5, 80, 0)}


def test_another_process_begins_anew() -> None:
    session = session_of([*three_stacks(), tick(9, {0: (100, 3200, 0)}, dur=9)])
    for message in [*three_stacks(pid=77), tick(10, {0: (1, 16, 0)}, dur=0.5)]:
        session.apply(message)
    assert counts(session) == {SITE_A: (1, 16, 0)}
    assert session.rate(Window.S60).bytes == 32.0
    assert session.seconds == pytest.approx(0.5)


def test_counters_that_went_back_begin_anew() -> None:
    session = session_of([*three_stacks(), tick(9, {0: (100, 3200, 0)}, dur=9), *three_stacks()])
    session.apply(tick(10, {0: (1, 16, 0)}, dur=0.5))
    assert session.rate(Window.S60).bytes == 32.0
    assert rows(session)[0].trend == ()


def test_a_kept_view_stands_still() -> None:
    session = session_of([*three_stacks(), tick(1, {0: (1, 16, 0)})])
    view = session.sites(SiteQuery())
    before = list(view.rows)
    session.apply(tick(2, {0: (5, 80, 0), 2: (1, 1000, 0)}, totals([(7, 1096, 0)])))
    assert list(view.rows) == before
    assert [view.index_of(SITE_A), view.index_of(SITE_B)] == [0, None]


#: Those that are a field of the row; all others: test_sort.py.
SORTS = [*SORT_TEXTS, *(sort for sort in SiteSort if sort is not SiteSort.TREND and hasattr(SiteRow, sort.value))]


@given(
    st.dictionaries(st.integers(0, 9), st.tuples(st.integers(1, 5), st.integers(0, 3), st.integers(0, 3)), min_size=1),
    st.sampled_from(SORTS),
    st.booleans(),
    st.integers(0, 12) | st.none(),
    st.sampled_from(["", "A", "f1", "zz", ".go:2"]),
)
def test_order_filter_and_limit(counted: Counted, sort: SiteSort, reverse: bool, limit: int | None, text: str) -> None:
    functions = [f"main.f{number}" for number in range(10)]
    defs = tuple(stack(number, number + 1, 1, type=1001 + number % 2) for number in range(10))
    session = session_of([hello(), names(functions, ["A", "B"]), Stacks(defs), tick(1, counted)])
    plain = sorted(rows(session), key=lambda row: row.key)
    wanted = [r for r in plain if text.lower() in f"{r.key.function} {r.key.file}:{r.key.line} {r.key.type}".lower()]
    texts = {SiteSort.FUNCTION: "function", SiteSort.FILE: "file", SiteSort.TYPE: "type"}
    if sort in texts:
        wanted.sort(key=lambda row: str(getattr(row.key, texts[sort])), reverse=reverse)
    else:
        wanted.sort(key=lambda row: (float(getattr(row, sort.value)), row.bytes), reverse=not reverse)
    view = session.sites(SiteQuery(sort=sort, reverse=reverse, limit=limit, filter=text))
    assert list(view.rows) == wanted[:limit]
    assert (view.total_rows, view.hidden) == (len(plain), len(plain) - len([*wanted]))
    assert list(view.rows[1:3]) == wanted[:limit][1:3]
    assert all(view.index_of(row.key) == index for index, row in enumerate(view.rows))


def test_callers_are_ranked_and_summed() -> None:
    session = session_of([*three_stacks(), tick(1, {0: (1, 100, 0), 1: (9, 300, 0)})])
    root = session.callers(SITE_A)
    assert root is not None
    assert (root.frame.function, root.bytes, root.share) == ("main.a", 400, 1.0)
    assert [(n.frame.function, n.bytes, n.allocs, n.share) for n in root.children] == [
        ("main.b", 300, 9, 0.75),
        ("main.main", 100, 1, 0.25),
    ]
    assert root.children[0].children[0].frame.function == "main.main"
    assert session.callers(SiteKey("no", "", 0, "")) is None


def test_callers_are_of_the_window_and_stay_without_calls() -> None:
    early, late = {0: (90, 9000, 0), 1: (1, 50, 0)}, {1: (4, 200, 0)}
    session = session_of([*three_stacks(), tick(1, early), tick(30, {}, totals(early.values())), tick(31, late)])
    told = {}
    for window in (Window.TOTAL, Window.NOW):
        root = session.callers(SITE_A, window)
        assert root is not None
        told[window] = [(n.frame.function, n.bytes, n.allocs, round(n.share, 3)) for n in (root, *root.children)]
        rows = session.stacks(SITE_A, StackQuery(window=window))
        seconds = session.now.seconds(window)
        assert root.bytes / seconds == pytest.approx(sum(row.bytes_per_s for row in rows))
        assert root.allocs / seconds == pytest.approx(sum(row.allocs_per_s for row in rows))
        ways = {row.frames[2].function: row.share for row in rows}
        assert {node.frame.function: node.share for node in root.children} == pytest.approx(ways)
    assert told == {
        Window.TOTAL: [("main.a", 9250, 95, 1.0), ("main.main", 9000, 90, 0.973), ("main.b", 250, 5, 0.027)],
        Window.NOW: [("main.a", 200, 4, 1.0), ("main.b", 200, 4, 1.0), ("main.main", 0, 0, 0.0)],
    }


def test_rows_know_whether_another_one_is_the_same_but_for_its_type_or_line() -> None:
    other = PcFrames(3, (SymbolFrame("main.a", "/src/main.a.go", 99, False),))
    symbols = names(FUNCTIONS, ["main.T", "main.U"])
    defs = (
        stack(0, MALLOC, A, MAIN, type=1001), stack(1, MALLOC, A, MAIN, type=1002), stack(2, MALLOC, 3, MAIN),
        stack(3, MALLOC, MAIN), stack(4, MAIN, kind=1, type=1002),
    )  # fmt: skip
    session = session_of([hello(), replace(symbols, frames=(*symbols.frames, other)), Stacks(defs)])
    session.apply(tick(1, {0: (1, 16, 0), 2: (1, 16, 0), 3: (1, 16, 0), 4: (1, 0, 0)}))
    alike = {(r.key.function, r.key.line, r.key.type): (r.twins, r.siblings) for r in rows(session)}
    assert alike == {("main.a", 20, "main.T"): (False, True), ("main.a", 99, ""): (False, True),
                     ("main.main", 40, ""): (False, False)}  # fmt: skip
    session.apply(tick(2, {1: (1, 16, 0)}, seq=2))
    assert {row.key.type for row in rows(session) if row.twins} == {"main.T", "main.U"}


def test_callers_of_very_deep_stacks() -> None:
    deep = Stacks((stack(0, A, *[B, MAIN] * 2000),))
    session = session_of([hello(), names(FUNCTIONS), deep, tick(1, {0: (1, 16, 0)})])
    node, depth = session.callers(SiteKey("main.a", "/src/main.a.go", 20, "")), 0
    while node is not None and node.children:
        node, depth = node.children[0], depth + 1
    assert depth == 4000


def test_go_statements_and_their_stacks_are_no_allocations() -> None:
    defs = (stack(0, A, MAIN, kind=1, type=1001), stack(1, A, kind=2), stack(2, B, kind=3))
    total = totals(gos=3, malgs=2, malg_bytes=4096, copies=5)
    runtime = RuntimeStat(START, goroutines=7, threads=4)
    messages = [hello(), names(FUNCTIONS, ["main.worker"]), Stacks(defs)]
    session = session_of(
        [*messages, tick(2, {0: (3, 0, 0), 1: (2, 4096, 0), 2: (5, 8192, 4096)}, total, 2, 1, runtime)]
    )
    assert rows(session) == []
    (site,) = session.runtime.goroutine_sites(Window.TOTAL)
    assert (site.function, site.line, site.starts, site.created, site.created_per_s) == (
        "main.a",
        20,
        "main.worker",
        3,
        1.5,
    )
    g = session.goroutines()
    assert (g.live, g.created, g.stacks_new, g.stack_bytes_new, g.stack_copies, g.threads) == (7, 3, 2, 4096, 5, 4)
    assert g.stack_inuse is None


def test_stacks_that_were_never_described_are_told_and_end_nothing() -> None:
    session = session_of([*three_stacks(), tick(1, {0: (1, 16, 0), 99: (1, 16, 0)})])
    assert counts(session) == {SITE_A: (1, 16, 0)}
    assert "1 stacks" in session.health().partial[0]


def test_types_without_a_name_and_of_no_type() -> None:
    defs = (stack(0, A, type=0xC000), stack(1, A, type=0xC001), stack(2, A))
    session = session_of([hello(), names(FUNCTIONS), Types((TypeName(0xC001, "[]dyn"),)), Stacks(defs)])
    session.apply(tick(1, {0: (1, 1, 0), 1: (1, 1, 0), 2: (1, 1, 0)}))
    assert {row.key.type for row in rows(session)} == {"0xc000", "[]dyn", ""}


def test_coverage_compares_the_same_span() -> None:
    runtime = RuntimeStat(START, mallocs=1100, base_mallocs=100, alloc_bytes=9000, base_alloc_bytes=1000, hooked=999)
    session = session_of([*three_stacks(attached=True), tick(1, {0: (1010, 16, 0)}, runtime=runtime)])
    t = session.totals()
    assert (t.allocs, t.runtime_allocs, t.runtime_bytes, t.coverage) == (1010, 1000, 8000, 0.999)
    unreadable = session_of([*three_stacks(), tick(1, runtime=RuntimeStat(START, hooked=5, missing=("why",)))])
    assert (unreadable.totals().coverage, unreadable.totals().runtime_allocs) == (None, None)
    assert unreadable.health().partial == ("why",)


def test_phases() -> None:
    clock = Clock()
    session = Session(clock)
    seen = [session.phase]
    for message in [*three_stacks(), tick(1)]:
        session.apply(message)
    seen.append(session.phase)
    clock.now += 60
    seen.append(session.phase)
    assert session.health().stale_s == 60
    for message in (Lost("broke", True), Lost("gone", False), *three_stacks(), tick(2, dur=2)):
        session.apply(message)
        seen.append(session.phase)
    session.apply(Ended(START + 3 * SECOND, None, 9, True, False, False))
    session.apply(Lost("gone", False))
    seen.append(session.phase)
    assert seen == [
        Phase.CONNECTING, Phase.RUNNING, Phase.STALE, Phase.RECONNECTING, Phase.LOST,
        Phase.STALE, Phase.STALE, Phase.STALE, Phase.RUNNING, Phase.ENDED,  # figures are old until a reading comes
    ]  # fmt: skip
    assert session.ending is not None
    assert (session.ending.at, session.ending.signal, session.ending.core) == (3.0, 9, True)


@given(live_streams(connections=3))
def test_the_revision_tells_every_change(stream: list[Message]) -> None:
    session = Session(Clock())
    for message in stream:
        before = session.revision
        session.apply(message)
        assert session.revision != before


def test_small_messages_reach_their_places() -> None:
    session = session_of([*three_stacks(), tick(1)])
    session.apply(Settings("sites", 5, 250))
    session.apply(Proc(START, 12.5, 4096, 3, None))
    session.apply(Events((Stw(START + SECOND, 1, 10, 20),), 4))
    session.apply(Log(2, 0, b"hello\n"))
    session.apply(Failure("mode", "no such mode"))
    assert session.target is not None
    assert (session.target.mode, session.target.depth, session.target.interval_ms) == ("sites", 5, 250)
    assert (session.process().cpu_percent, session.process().fds) == (12.5, None)
    assert [(p.at, p.stopped_ns) for p in session.runtime.pauses()] == [(1.0, 20)]
    assert (session.health().lost_events, session.health().notice) == (4, "no such mode")
    assert session.log.lines()[0].text == "hello"


def test_stacks_can_be_limited_and_sorted() -> None:
    session = session_of([*three_stacks(), tick(1, {0: (9, 10, 0), 1: (1, 90, 0)})])
    assert [s.bytes for s in session.stacks(SITE_A)] == [90, 10]
    assert [s.share for s in session.stacks(SITE_A)] == [0.9, 0.1]
    assert [s.allocs for s in session.stacks(SITE_A, StackQuery(sort=StackSort.ALLOCS, limit=1))] == [9]


def test_a_first_reading_in_several_ticks_is_no_burst() -> None:
    many = 100_000
    defs = Stacks(tuple(stack(number, MALLOC, 5 + number) for number in range(many + 1)))
    total = totals([(many + 1, 16 * (many + 1), 0)])
    session = session_of([hello(), defs])
    session.apply(tick(3600, dict.fromkeys(range(many), (1, 16, 0)), total, dur=3600))
    assert session.phase is Phase.CONNECTING
    session.apply(tick(3600.1, {many: (1, 16, 0)}, total, seq=2))
    session.apply(tick(3600.2, {}, total, seq=3))
    assert isinstance(session.sites(SiteQuery()).rows[0], SiteRow)
    assert session.rate(Window.NOW).bytes == 0
    assert all(row.bytes_per_s == 0 for row in session.sites(SiteQuery()).rows[:100])


def test_ticks_of_a_mutated_stream_never_crash_a_session() -> None:
    """Time that stands still, runs back, or leaps: figures may be odd, nothing is raised, no rate is negative."""
    session = session_of(three_stacks())
    for at in (1, 1, 0.5, -50, 1e6, 1e6, 3):
        session.apply(tick(at, {0: (1, 2**62, 0)}))
        session.apply(hello())
        for window in Window:
            assert session.rate(window).bytes >= 0
            assert all(row.bytes_per_s >= 0 for row in rows(session, window=window))
    assert isinstance(tick(0), Tick)


def test_a_difference_within_the_slack_of_the_reading_is_full_coverage() -> None:
    for hooked, slack, coverage in ((1000, 0, 1.0), (998, 2, 1.0), (1002, 2, 1.0), (997, 2, 0.997), (1003, 2, 1.003)):
        runtime = RuntimeStat(at=START, mallocs=1500, base_mallocs=500, hooked=hooked, slack=slack)
        session = session_of([*three_stacks(), tick(1, {0: (1, 16, 0)}, runtime=runtime)])
        assert session.totals().coverage == coverage
