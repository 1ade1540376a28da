"""Series for graphs: nothing lost, nothing counted twice, whatever the readings' times."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gotop.model.status.time_series import KEEP_S, STEP_S, TimeSeries

SPANS = st.lists(st.tuples(st.floats(0.001, 20), st.integers(0, 1 << 20)), min_size=1, max_size=20)


@given(SPANS, st.floats(0, 1000))
def test_what_was_counted_is_in_the_graph(spans: list[tuple[float, int]], start: float) -> None:
    history, at = TimeSeries(), start
    for seconds, amount in spans:
        history.spread_amounts(at, at + seconds, {"bytes": amount})
        at += seconds
    # Closes the step that was open; it must take as long as a step.
    history.spread_amounts(at, at + STEP_S, {"bytes": 0})
    values = history.last_values("bytes", KEEP_S)
    assert sum(values) * STEP_S == pytest.approx(sum(amount for _, amount in spans), rel=1e-6, abs=1e-3)


def test_a_steady_flow_is_a_flat_line_whatever_the_interval() -> None:
    for interval in (0.02, 0.1, 0.3, 0.7, 2.5):
        history, at = TimeSeries(), 50.0
        while at < 80:
            history.spread_amounts(at, at + interval, {"allocs": 1000 * interval})
            at += interval
        assert history.last_values("allocs", 20) == pytest.approx([1000.0] * 40)


def test_levels_hold_until_the_next_and_all_series_are_as_long() -> None:
    history = TimeSeries()
    history.set_gauge("heap_live", 7)
    history.spread_amounts(10.0, 12.0, {"bytes": 10})
    history.set_gauge("heap_live", None)
    history.set_gauge("heap_goal", 2**64 - 1)
    history.spread_amounts(12.0, 13.0, {})
    assert history.last_values("heap_live", 60) == [7.0] * 6
    assert len(history.last_values("bytes", 60)) == len(history.last_values("heap_goal", 60)) == 6
    assert history.last_values("bytes", 1.0) == [0.0, 0.0]


def test_after_a_break_the_graph_goes_on_without_the_gap() -> None:
    history = TimeSeries()
    history.spread_amounts(0.0, 1.0, {"bytes": 4})
    history.break_off(5000.0)
    history.spread_amounts(5000.0, 5001.0, {"bytes": 8})
    assert history.last_values("bytes", 60) == [4.0, 4.0, 8.0, 8.0]


def test_a_gap_longer_than_what_is_kept_costs_no_more() -> None:
    history = TimeSeries()
    history.spread_amounts(0.0, 1.0, {"bytes": 4})
    history.spread_amounts(1.0, 1e9, {"bytes": 1e9})
    assert len(history.last_values("bytes", 1e9)) == KEEP_S / STEP_S


def test_an_unknown_metric_is_told() -> None:
    with pytest.raises(KeyError):
        TimeSeries().last_values("nonsense", 1)
