"""Bytes a second in each of the last seconds, by site."""

from __future__ import annotations

import numpy as np

from gotop.model.counts.arrays import EMPTY
from gotop.model.counts.snapshot import ReadyGroupSums, Snapshot
from gotop.model.counts.stack_columns import StackColumns
from gotop.model.sites.trends import TREND_S, Trends


def second(at: float, *sizes: int) -> Snapshot:
    return Snapshot(at, 0, 0, 0, StackColumns(), ReadyGroupSums(EMPTY, np.array(sizes, np.int64), EMPTY))


def test_a_trend_is_bytes_a_second_oldest_first() -> None:
    trends = Trends([second(1, 0), second(2, 100), second(3.5, 100, 60), second(4.5, 400, 60)])
    assert [round(rate, 1) for rate in trends.trend_of(0)] == [100, 0, 0, 300], "1.5 s are two seconds in the graph"
    assert trends.trend_of(1) == (0.0, 40.0, 40.0, 0.0)
    assert trends.trend_of(0) is trends.trend_of(0), "worked out once"


def test_a_gap_stands_for_each_of_its_seconds_with_its_mean() -> None:
    trends = Trends([second(1, 0), second(2, 10), second(6, 50)])
    assert trends.trend_of(0) == (10.0, 10.0, 10.0, 10.0, 10.0)
    long = Trends([second(0, 0), second(1000, 5000)])
    assert long.trend_of(0) == (5.0,) * TREND_S


def test_counters_that_went_back_have_no_rate_and_no_site_no_trend() -> None:
    trends = Trends([second(1, 50), second(2, 20)])
    assert (trends.trend_of(0), trends.trend_of(1)) == ((0.0,), ())
    assert Trends([]).trend_of(0) == Trends([second(1, 5)]).trend_of(0) == ()


def test_growth_is_what_the_second_half_has_more() -> None:
    seconds = [second(1, 0), second(2, 100), second(3, 150, 7), second(4, 450, 7), second(5, 500, 9)]
    assert Trends(seconds).growth(3).tolist() == [350 - 150, 2 - 7, 0]
    assert Trends([]).growth(2).tolist() == [0, 0]
