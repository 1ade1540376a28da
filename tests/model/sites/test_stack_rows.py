"""The lazy stacks of a site against all of its rows made and sorted at once."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gotop.agent.protocol import HEAP, SAMPLE, Message, Stacks
from gotop.model.counts.alloc_paths import path_name
from gotop.model.counts.arrays import share_of, value_at
from gotop.model.counts.span import Span
from gotop.model.counts.stack_store import beyond_text
from gotop.model.queries import SiteQuery, StackQuery, StackSort, Window
from gotop.model.session import Session
from gotop.model.sites.moment import Moment
from gotop.model.sites.stack_rows import StackRow
from gotop.model.values import SiteKey
from tests.streams import Counted, hello, live_streams, names, stack, tick, totals

QUERIES = st.builds(
    StackQuery,
    sort=st.sampled_from(StackSort),
    reverse=st.booleans(),
    window=st.sampled_from(Window),
    limit=st.none() | st.integers(0, 700),
)
CALLERS = 40
MALLOC, SITE, MAIN, FIRST = 1, 2, 3, 4
KEY = SiteKey("main.site", "/src/main.site.go", 20, "main.T")


def eager(moment: Moment, key: SiteKey, query: StackQuery) -> list[StackRow]:
    table, span = moment._table, Span.of_window(moment.timeline, query.window)
    group = table.find_group(HEAP, key)
    if group is None:
        return []
    whole = value_at(span.end.group_bytes, group) - value_at(span.begin.group_bytes, group)
    members = [row for row in table.members[group] if value_at(span.end.stack_allocs, row)]
    rows = [made(moment, row, key, span, whole) for row in members]
    if query.sort is StackSort.AVERAGE:
        rows.sort(key=lambda row: row.bytes / row.allocs, reverse=not query.reverse)
    elif query.sort is StackSort.CALLERS:
        rows.sort(key=lambda row: [frame.function for frame in row.frames], reverse=query.reverse)
    else:
        rows.sort(key=lambda row: getattr(row, query.sort.value), reverse=not query.reverse)
    return rows[: query.limit]


def made(moment: Moment, row: int, key: SiteKey, span: Span, whole: int) -> StackRow:
    its, begin, end = moment._table.rows[row], span.begin, span.end
    allocs, size = value_at(end.stack_allocs, row), value_at(end.stack_bytes, row)
    grown = size - value_at(begin.stack_bytes, row)
    return StackRow(
        moment._table.first_id + row, key.type, moment._symbols.frames(its.pcs), allocs, size,
        value_at(end.stack_waste, row),
        span.per_second(allocs - value_at(begin.stack_allocs, row)), span.per_second(grown), share_of(grown, whole),
        its.cut, path_name(its.path), its.kind == SAMPLE, short=its.short, beyond=beyond_text(its.cut, its.limit),
    )  # fmt: skip


def many(random: Random, count: int, most: int) -> Session:
    """A site with so many stacks, of which some come late, some count nothing, and many count the same."""
    session, sums = Session(lambda: 0.0), [(0, 0, 0)] * count
    session.apply(hello())
    functions = ["runtime.mallocgc", "main.site", "main.main", *(f"main.f{n % 7}" for n in range(CALLERS))]
    session.apply(names(functions, ["main.T"]))
    for second in range(1, 5):
        late = count if second > 2 else count * 3 // 4
        pcs = [
            (MALLOC, SITE, FIRST + n % CALLERS, *[FIRST + n // CALLERS % CALLERS] * (n % 3), MAIN) for n in range(late)
        ]
        session.apply(Stacks(tuple([stack(n, *pcs[n], type=1001, cut=n % 5 == 0) for n in range(late)])))
        deltas: Counted = {}
        for n in range(late):
            if n % 9:
                allocs = random.randrange(1, most + 1)
                deltas[n] = (allocs, allocs * random.randrange(most), random.randrange(3))
                sums[n] = tuple(map(sum, zip(sums[n], deltas[n], strict=True)))  # type: ignore[assignment]
        session.apply(tick(second, deltas, totals(sums), dur=1.0))
        if second in (2, 3):
            session.mark()
    return session


def same(session: Session, key: SiteKey, query: StackQuery, random: Random) -> None:
    wanted, rows = eager(session.now, key, query), session.stacks(key, query)
    assert len(rows) == len(wanted)
    for _ in range(6):
        cut = slice(
            *(random.choice([None, random.randint(-800, 800)]) for _ in range(2)), random.choice([1, 2, -1, None])
        )
        assert rows[cut] == tuple(wanted[cut])
    for index in {0, 1, 127, 128, 400, len(wanted) - 1, -1, -len(wanted)}:
        if -len(wanted) <= index < len(wanted):
            assert rows[index] == wanted[index]
            assert rows.key(index) == wanted[index].id
            assert rows.index_of(wanted[index].id) == index % len(wanted)
        else:
            with pytest.raises(IndexError):
                rows[index]
    assert list(rows) == wanted
    assert rows == tuple(wanted)
    shown = {row.id for row in wanted}
    assert all(rows.index_of(id_) is None for id_ in range(-3, max(shown, default=0) + 3) if id_ not in shown)
    assert {row.id: (row.frames, row.cut) for row in wanted} == {
        id_: (rows.frames(id_), rows.cut(id_)) for id_ in shown
    }
    assert shown <= set(rows.ids.tolist())


@settings(max_examples=30)
@given(st.randoms(use_true_random=False), st.integers(0, 800), st.sampled_from([1, 3, 1000, 1 << 35]), QUERIES)
def test_lazy_stacks_are_the_stacks(random: Random, count: int, most: int, query: StackQuery) -> None:
    same(many(random, count, most), KEY, query, random)


@given(live_streams(), QUERIES, st.randoms(use_true_random=False))
def test_lazy_stacks_of_any_stream(stream: list[Message], query: StackQuery, random: Random) -> None:
    session = Session(lambda: 0.0)
    for message in stream:
        session.apply(message)
    for site in [row.key for row in session.sites(SiteQuery()).rows]:
        same(session, site, query, random)


@pytest.mark.parametrize("sort", StackSort)
def test_counts_beyond_64_bits_are_ordered(sort: StackSort) -> None:
    session = many(Random(3), 5, 9)
    session.apply(tick(5, {n: (1 << n, 1 << 60 + n, 0) for n in range(1, 4)}, dur=1.0))
    query = StackQuery(sort)
    assert list(session.stacks(KEY, query)) == eager(session.now, KEY, query)


def test_an_answer_stands_still() -> None:
    session = many(Random(5), 700, 50)
    query = StackQuery(StackSort.BYTES_PER_S, window=Window.NOW)
    before, kept, edition = eager(session.now, KEY, query), session.stacks(KEY, query), session.stacks(KEY).edition
    session.apply(Stacks((stack(800, MALLOC, SITE, MAIN, type=1001),)))
    session.apply(tick(5, {n: (1, 900 - n, 0) for n in [*range(700), 800]}, dur=1.0))
    assert session.stacks(KEY).edition is edition
    assert session.stacks(KEY, query) != kept
    session.apply(names(["runtime.mallocgc", "main.other", "main.main"], ["main.T"]))
    session.apply(tick(6, {n: (1, 900 - n, 0) for n in range(700)}, dur=1.0))
    assert session.stacks(KEY).edition is not edition
    assert not session.stacks(KEY)
    assert list(kept) == before
    assert [kept.index_of(row.id) for row in before] == list(range(len(before)))


def test_a_site_that_is_not_known_has_none() -> None:
    assert many(Random(5), 3, 5).stacks(SiteKey("main.none", "", 0, "")) == ()
