"""Quantiles of how long the world stood still."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from gotop.model.runtime.pause_quantiles import SortedDurations, quantile

LENGTHS = st.lists(st.integers(0, 50), min_size=1, max_size=250)


@given(LENGTHS, st.integers(1, 100))
def test_a_quantile_is_the_least_value_that_so_many_are_not_above(lengths: list[int], percent: int) -> None:
    found = quantile(sorted(lengths), percent)
    enough = [value for value in lengths if 100 * sum(other <= value for other in lengths) >= percent * len(lengths)]
    assert found == min(enough)


def test_of_a_hundred_values_the_ninety_ninth_is_the_percentile() -> None:
    assert [quantile(range(1, 101), percent) for percent in (1, 50, 99, 100)] == [1, 50, 99, 100]
    assert (quantile([7], 1), quantile([1, 2], 50), quantile([1, 2, 3], 50)) == (7, 1, 2)


@given(LENGTHS, st.data())
def test_lengths_that_come_and_go_leave_those_that_are_there(lengths: list[int], data: st.DataObject) -> None:
    kept = SortedDurations()
    for length in lengths:
        kept.add_duration(length)
    gone = data.draw(st.integers(0, len(lengths)))
    for length in lengths[:gone]:
        kept.remove_duration(length)
    rest = lengths[gone:]
    found = kept.quantiles()
    assert found == SortedDurations(rest).quantiles()
    assert bool(kept) is bool(rest)
    assert (found.count, found.total_ns, found.max_ns) == (len(rest), sum(rest), max(rest, default=0))
    if rest:
        assert found.p99_ns == sorted(rest)[math.ceil(len(rest) * 0.99) - 1]


@given(st.lists(st.integers(0, 1 << 40)))
def test_quantiles(lengths: list[int]) -> None:
    found = SortedDurations(lengths).quantiles()
    assert (found.count, found.total_ns, found.max_ns) == (len(lengths), sum(lengths), max(lengths, default=0))
    assert found.p50_ns <= found.p99_ns <= found.max_ns
    for share, value in ((0.5, found.p50_ns), (0.99, found.p99_ns)):
        assert not lengths or sum(length <= value for length in lengths) >= share * len(lengths)
