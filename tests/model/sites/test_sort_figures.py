"""Columns that sites are ordered by, of two spans of two sites."""

from __future__ import annotations

import numpy as np
import pytest

from gotop.model.counts.snapshot import ReadyGroupSums, Snapshot
from gotop.model.counts.span import Span
from gotop.model.counts.stack_columns import StackColumns
from gotop.model.queries import SiteSort
from gotop.model.sites.ranking import SORT_TEXTS
from gotop.model.sites.sort_figures import sort_figures

STACKS = np.array([7, 5])


def snapshot(at: float, allocs: list[int], sizes: list[int], waste: list[int]) -> Snapshot:
    sums = ReadyGroupSums(*(np.array(column, np.int64) for column in (allocs, sizes, waste)))
    return Snapshot(at, sum(allocs), sum(sizes), 0, StackColumns(), sums)


FIRST = snapshot(10, [1], [100], [1])  # the second site came later
SECOND = snapshot(12, [3, 2], [500, 40], [5, 0])
THIRD = snapshot(16, [3, 10], [500, 440], [5, 9])
SPAN = Span(SECOND, THIRD, 4.0)
COMPARED = Span(SECOND, THIRD, 4.0, Span(FIRST, SECOND, 2.0))


def figures(sort: SiteSort, span: Span = SPAN) -> list[float]:
    return [float(value) for value in sort_figures(sort, span, STACKS)]


@pytest.mark.parametrize(
    ("sort", "wanted"),
    [
        (SiteSort.STACKS, [7, 5]), (SiteSort.ALLOCS, [3, 10]), (SiteSort.BYTES, [500, 440]), (SiteSort.WASTE, [5, 9]),
        (SiteSort.AVERAGE, [500 / 3, 44]), (SiteSort.BYTES_PER_S, [0, 400]), (SiteSort.ALLOCS_PER_S, [0, 8]),
        (SiteSort.SHARE, [0, 400]), (SiteSort.BYTES_SINCE, [0, 400]), (SiteSort.ALLOCS_SINCE, [0, 8]),
    ],
)  # fmt: skip
def test_sums_are_since_the_beginning_and_rates_of_the_span(sort: SiteSort, wanted: list[float]) -> None:
    assert figures(sort) == wanted


def test_a_span_is_compared_with_the_one_before_as_rates() -> None:
    assert figures(SiteSort.BYTES_BEFORE, COMPARED) == [400, 40]
    assert figures(SiteSort.ALLOCS_BEFORE, COMPARED) == [2, 2]
    assert figures(SiteSort.BYTES_CHANGE, COMPARED) == [0 - 200, 100 - 20]
    assert figures(SiteSort.ALLOCS_CHANGE, COMPARED) == [0 - 1, 2 - 1]


def test_without_a_span_before_nothing_was_before_and_nothing_has_changed() -> None:
    for sort in (SiteSort.BYTES_BEFORE, SiteSort.ALLOCS_BEFORE, SiteSort.BYTES_CHANGE, SiteSort.ALLOCS_CHANGE):
        assert figures(sort) == [0, 0]


def test_a_span_without_length_has_no_rates() -> None:
    still = Span(SECOND, SECOND, 0.0, Span(FIRST, FIRST, 0.0))
    assert figures(SiteSort.BYTES_CHANGE, still) == [0, 0]


def test_every_order_that_is_not_by_text_or_trend_has_its_column() -> None:
    for sort in SiteSort:
        if sort not in SORT_TEXTS and sort is not SiteSort.TREND:
            assert len(figures(sort, COMPARED)) == 2
