"""Exact counts of sites, split among their stacks by samples."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gotop.agent.protocol import HEAP, SITE_SAMPLE, SITES_SAMPLED, Hello, Settings, StackDef, Stacks, Tick
from gotop.model.counts.arrays import indices
from gotop.model.counts.sampling import weight
from gotop.model.counts.stack_split import apportion
from gotop.model.counts.stack_store import NOT_SAMPLED
from gotop.model.queries import SiteQuery, StackQuery, Window
from gotop.model.session import Session
from gotop.model.trees.flame_graph import FlameQuery
from tests.model.runtime.recorded import DEEP, MAIN, MALLOC, SERVE, T, session_of
from tests.streams import Counted, hello, run, tick

RATE = 1000

SITE, THROUGH_MAIN, THROUGH_DEEP, OTHER = range(4)
STACKS = Stacks((
    StackDef(SITE, HEAP, T, (MALLOC, SERVE), True, 1),
    StackDef(THROUGH_MAIN, SITE_SAMPLE, T, (MALLOC, SERVE, MAIN), False, 1),
    StackDef(THROUGH_DEEP, SITE_SAMPLE, T, (MALLOC, SERVE, DEEP, MAIN), False, 1),
    StackDef(OTHER, HEAP, 0, (MALLOC, MAIN), True, 1),
))  # fmt: skip


def watched(*ticks: Counted, mode: str = SITES_SAMPLED) -> Session:
    session = session_of(STACKS, mode=mode, rate=RATE)
    for second, counted in enumerate(ticks, 1):
        session.apply(tick(second, counted, seq=second))
    return session


def stacks(session: Session) -> dict[int, tuple[int, int, int]]:
    """Objects, bytes and rounding of each of a site's stacks, by the number of its frames."""
    found = {}
    for row in session.sites(SiteQuery()).rows:
        mine = session.stacks(row.key)
        assert mine.sums() == (row.allocs, row.bytes, row.waste)
        if row.key.function == "main.serve":
            found = {len(each.frames): (each.allocs, each.bytes, each.waste) for each in mine}
    return found


def test_a_site_is_exact_and_its_stacks_share_it_as_their_samples_do() -> None:
    session = watched({SITE: (100, 1600, 32), THROUGH_MAIN: (3, 48, 0), THROUGH_DEEP: (1, 16, 0), OTHER: (2, 24, 0)})
    assert stacks(session) == {3: (75, 1200, 24), 4: (25, 400, 8)}
    rows = {row.key.function: row for row in session.sites(SiteQuery()).rows}
    assert (rows["main.serve"].allocs, rows["main.serve"].estimated) == (100, False)
    assert (rows["main.serve"].rates_estimated, rows["main.main"].rates_estimated) == (False, False)
    assert all(each.estimated and not each.unsampled for each in session.stacks(rows["main.serve"].key))
    assert [(each.estimated, each.unsampled) for each in session.stacks(rows["main.main"].key)] == [(False, True)]
    assert session.now.estimated(Window.TOTAL), "boxes of the flame graph are"
    tree = session.now.callers(rows["main.serve"].key)
    assert tree is not None
    assert not tree.estimated
    assert all(child.estimated for child in tree.children)


def test_samples_of_a_tick_count_wherever_they_stand_in_it() -> None:
    assert stacks(watched({THROUGH_MAIN: (1, 16, 0), SITE: (7, 112, 0)})) == {3: (7, 112, 0)}


def test_what_has_no_sample_yet_is_a_row_of_its_own_and_stays_there() -> None:
    session = watched({SITE: (5, 80, 0)}, {SITE: (10, 160, 0), THROUGH_MAIN: (1, 16, 0)})
    assert stacks(session) == {2: (5, 80, 0), 3: (10, 160, 0)}
    (row,) = (row for row in session.sites(SiteQuery()).rows if row.key.function == "main.serve")
    assert {len(each.frames): each.unsampled for each in session.stacks(row.key)} == {2: True, 3: False}


def test_what_has_no_sample_has_a_box_and_a_caller_of_its_own() -> None:
    session = watched({SITE: (5, 80, 0)}, {SITE: (10, 160, 0), THROUGH_MAIN: (1, 16, 0), OTHER: (1, 8, 0)})
    flame = session.flame(FlameQuery(window=Window.TOTAL))
    boxes = {flame.label(node).text: flame.value(node) for node in flame.children(0)}
    assert boxes == {NOT_SAMPLED: 80 + 8, "main.main": 160}
    (row,) = (row for row in session.sites(SiteQuery()).rows if row.key.function == "main.serve")
    tree = session.now.callers(row.key)
    assert tree is not None
    callers = {child.frame.function: (child.bytes, child.estimated) for child in tree.children}
    assert callers == {NOT_SAMPLED: (80, False), "main.main": (160, True)}


def test_whole_stacks_of_another_mode_are_neither_split_nor_said_to_be_unsampled() -> None:
    session = session_of(STACKS, mode=SITES_SAMPLED, rate=RATE)
    session.apply(Stacks((StackDef(9, HEAP, T, (MALLOC, SERVE, MAIN), False, 1),)))
    session.apply(tick(1, {9: (5, 80, 0), SITE: (10, 160, 0), THROUGH_MAIN: (1, 16, 0), THROUGH_DEEP: (1, 16, 0)}))
    (row,) = session.sites(SiteQuery()).rows
    found = sorted((stack.allocs, stack.estimated, stack.unsampled) for stack in session.stacks(row.key))
    assert found == [(5, False, False), (5, True, False), (5, True, False)]


def test_samples_of_several_sizes_share_bytes_by_what_they_stand_for() -> None:
    session = watched({SITE: (1000, 100_000, 0), THROUGH_MAIN: (10, 10_000, 0), THROUGH_DEEP: (10, 100, 0)})
    many = 10 * weight(10, RATE), 10 * weight(1000, RATE)
    found = stacks(session)
    assert found[4][0] == round(1000 * many[0] / sum(many))
    assert found[3][1] > found[4][1]


def test_a_stack_that_was_given_too_little_is_given_more() -> None:
    session = watched(
        {SITE: (1000, 16_000, 0), THROUGH_MAIN: (1, 16, 0)}, {SITE: (500, 8000, 0), THROUGH_DEEP: (1, 16, 0)},
        {SITE: (1500, 24_000, 0)},
    )  # fmt: skip
    assert stacks(session) == {3: (1500, 24_000, 0), 4: (1500, 24_000, 0)}


def test_another_modes_counts_are_not_split() -> None:
    session = watched({SITE: (8, 128, 0), THROUGH_MAIN: (1, 16, 0)})
    session.apply(Settings("sites", 64, 100, RATE))
    session.apply(tick(2, {SITE: (4, 64, 0)}, seq=2))
    assert stacks(session) == {2: (4, 64, 0), 3: (8, 128, 0)}
    session.apply(Settings(SITES_SAMPLED, 64, 100, RATE))
    session.apply(tick(3, {SITE: (4, 64, 0)}, seq=3))
    assert stacks(session) == {2: (4, 64, 0), 3: (12, 192, 0)}


def test_columns_of_deltas_are_split_too() -> None:
    session = watched()
    session.apply(_columns({SITE: (7, 112, 0), THROUGH_MAIN: (1, 16, 0), THROUGH_DEEP: (0, 0, 0), OTHER: (1, 8, 0)}))
    assert stacks(session) == {3: (7, 112, 0)}


def _columns(counted: Counted) -> Tick:
    return replace(tick(1, counted), deltas=(), run=run(counted))


COUNTED = st.tuples(st.integers(1, 300), st.integers(1, 64)).map(lambda pair: (pair[0], pair[0] * pair[1], pair[0]))
SAMPLED = st.tuples(st.integers(1, 5), st.integers(1, 64)).map(lambda pair: (pair[0], pair[0] * pair[1], 0))
TICKS = st.lists(
    st.fixed_dictionaries({}, optional={
        SITE: COUNTED, THROUGH_MAIN: SAMPLED, THROUGH_DEEP: SAMPLED, OTHER: COUNTED,
    }), min_size=1, max_size=12,
)  # fmt: skip


@given(TICKS, st.integers(0, 11))
def test_sums_agree_in_every_reading_and_window_and_counts_never_go_back(ticks: list[Counted], again: int) -> None:
    session, before, whole = watched(), dict[int, tuple[int, int, int]](), dict[int, np.ndarray]()
    for second, counted in enumerate(ticks, 1):
        for id_, figures in counted.items():
            whole[id_] = whole.get(id_, np.zeros(3, np.int64)) + figures
        if second - 1 == again:  # the viewer joins anew and is told everything at once
            session.apply(_greeting())
            session.apply(STACKS)
            counted = {id_: tuple(map(int, figures)) for id_, figures in whole.items()}
        session.apply(tick(second, counted, seq=second))
        totals = sum((whole[id_] for id_ in (SITE, OTHER) if id_ in whole), np.zeros(3, np.int64)).tolist()
        rows = session.sites(SiteQuery(window=Window.TOTAL)).rows
        figures = [(row.allocs, row.bytes, row.waste) for row in rows]
        assert np.sum([(0, 0, 0), *figures], axis=0).tolist() == totals
        for by_bytes in (False, True):
            flame = session.flame(FlameQuery(window=Window.TOTAL, by_bytes=by_bytes))
            assert flame.value(0) == totals[by_bytes]
        now = {}
        for row in rows:
            mine = session.stacks(row.key, StackQuery())
            assert mine.sums() == (row.allocs, row.bytes, row.waste)
            now.update({each.id: (each.allocs, each.bytes, each.waste) for each in mine})
        assert all(mine >= its for id_ in before for mine, its in zip(now[id_], before[id_], strict=True))
        before = now


def _greeting() -> Hello:
    return hello(mode=SITES_SAMPLED, rate=RATE)


@given(
    st.lists(
        st.tuples(st.integers(0, 1 << 53), st.lists(st.floats(0, 1e30), min_size=1, max_size=6)), min_size=1, max_size=5
    )
)
def test_shares_are_whole_never_negative_and_add_up(segments: list[tuple[int, list[float]]]) -> None:
    begins = indices([0, *np.cumsum([len(weights) for _, weights in segments])[:-1].tolist()])
    amounts = np.array([amount for amount, _ in segments], np.int64)
    weights = np.array([weight for _, its in segments for weight in its])
    shares = apportion(amounts, weights, begins)
    assert np.add.reduceat(shares, begins).tolist() == amounts.tolist()
    assert shares.min() >= 0
    for (amount, its), mine in zip(segments, np.split(shares, begins[1:]), strict=True):
        for weighed, share in zip(its, mine.tolist(), strict=True):
            ideal = amount * weighed / sum(its) if sum(its) else amount / len(its)
            assert abs(share - ideal) <= 1 + 1e-9 * amount
