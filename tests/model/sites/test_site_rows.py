"""Rows ordered by every figure that a column shows, against the figures of the rows themselves."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from random import Random

import pytest

from gotop.agent.protocol import Stacks
from gotop.model.queries import SiteQuery, SiteSort, Window
from gotop.model.session import Session
from gotop.model.sites.site_rows import SiteRow
from gotop.model.sites.sort_figures import CUMULATED
from tests.streams import hello, names, stack, tick, totals

SITES = 300
FIGURES: dict[SiteSort, Callable[[SiteRow], float]] = {
    SiteSort.BYTES_PER_S: lambda row: row.bytes_per_s,
    SiteSort.ALLOCS_PER_S: lambda row: row.allocs_per_s,
    SiteSort.BYTES: lambda row: row.bytes,
    SiteSort.ALLOCS: lambda row: row.allocs,
    SiteSort.WASTE: lambda row: row.waste,
    SiteSort.AVERAGE: lambda row: row.average or 0,
    SiteSort.SHARE: lambda row: row.share,
    SiteSort.BYTES_CHANGE: lambda row: row.bytes_change,
    SiteSort.ALLOCS_CHANGE: lambda row: row.allocs_change,
    SiteSort.BYTES_BEFORE: lambda row: row.before.bytes if row.before else 0,
    SiteSort.ALLOCS_BEFORE: lambda row: row.before.allocs if row.before else 0,
    SiteSort.BYTES_SINCE: lambda row: row.bytes_per_s,
    SiteSort.ALLOCS_SINCE: lambda row: row.allocs_per_s,
}


@cache
def compared() -> Session:
    """A session with two marks. Half of the sites come after the first one, a tenth after the second."""
    random, session = Random(7), Session(lambda: 0.0)
    session.apply(hello())
    session.apply(names([f"main.f{number}" for number in range(SITES)]))
    session.apply(Stacks(tuple([stack(number, number + 1) for number in range(SITES)])))
    sums = [(0, 0, 0)] * SITES
    for second in range(1, 61):
        known = SITES // 2 if second <= 20 else SITES * 9 // 10 if second <= 40 else SITES
        deltas = {n: (random.randrange(1, 9), random.randrange(9999), random.randrange(99)) for n in range(known)}
        for number, delta in deltas.items():
            sums[number] = tuple(map(sum, zip(sums[number], delta, strict=True)))  # type: ignore[assignment]
        session.apply(tick(second, deltas, totals(sums), dur=1.0))
        if second in (20, 40):
            session.mark()
    return session


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("sort", FIGURES)
def test_rows_come_in_the_order_of_the_column(sort: SiteSort, reverse: bool) -> None:
    rows = compared().sites(SiteQuery(sort, reverse, Window.MARK)).rows
    shown = [FIGURES[sort](row) for row in rows]
    assert len(shown) == SITES
    assert shown == sorted(shown, reverse=not reverse)
    assert len(set(shown)) > 3


def test_a_trend_is_ordered_by_what_the_second_half_has_more() -> None:
    rows = compared().sites(SiteQuery(SiteSort.TREND, window=Window.MARK)).rows
    grown = [sum(row.trend[-15:]) - sum(row.trend[:-15]) for row in rows]
    assert grown == sorted(grown, reverse=True)
    assert grown[0] > 0 > grown[-1]


def test_every_order_is_tried() -> None:
    texts = {SiteSort.FUNCTION, SiteSort.FILE, SiteSort.TYPE}  # tests/model/test_order.py
    # Flat figures: tests/model/trees/test_stack_groups.py
    assert set(SiteSort) == {*FIGURES, *texts, SiteSort.TREND, SiteSort.STACKS, *CUMULATED}
