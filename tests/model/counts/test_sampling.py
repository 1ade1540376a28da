"""What samples stand for."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gotop.agent.protocol import (
    HEAP,
    SAMPLE,
    Settings,
    StackDef,
    Stacks,
)
from gotop.model.counts.sampling import weight
from gotop.model.queries import GroupBy, SiteQuery, Window
from tests.model.runtime.recorded import (
    MAIN,
    MALLOC,
    SERVE,
    T,
    session_of,
)
from tests.streams import tick


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


def test_after_a_change_of_mode_a_windows_figures_are_no_estimates_once_it_begins_after_it() -> None:
    stacks = Stacks((
        StackDef(0, HEAP, T, (MALLOC, SERVE), False, 1), StackDef(1, SAMPLE, T, (MALLOC, SERVE), False, 1),
    ))  # fmt: skip
    session = session_of(stacks, tick(1, {1: (2, 200, 0)}), rate=1000)
    for second in range(2, 30):
        session.apply(tick(second, {0: (5, 40, 0)} if second > 2 else {1: (1, 100, 0)}, seq=second))
        for window in (Window.NOW, Window.S10, Window.TOTAL):
            (row,) = session.sites(SiteQuery(window=window)).rows
            begins_before_the_change = second - session.now.seconds(window) < 2 - 1e-6
            assert row.rates_estimated is begins_before_the_change, (second, window)
            assert row.estimated, "its totals have samples in them for good"
            assert session.now.estimated(window) is row.rates_estimated
            (function,) = session.sites(SiteQuery(window=window, group=GroupBy.FUNCTION)).rows
            assert function.rates_estimated is row.rates_estimated


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
