"""Columns of collections and pauses."""

from __future__ import annotations

import pytest

from gotop import units
from gotop.agent.protocol import Events
from gotop.model.runtime.gc_values import Pause
from gotop.ui.colours import Palette
from gotop.ui.gc.columns import CYCLES, REASONS, STOPS, instant
from gotop.ui.gc.heap_graph import LONG_NS
from gotop.ui.text import width_of
from tests.model.runtime.recorded import gc, session_of
from tests.ui.looking import text_of


@pytest.mark.parametrize(("seconds", "text"), [(0, "0:00.000"), (62.3456, "1:02.346"), (3661.5, "61:01.500")])
def test_instants_are_minutes_and_seconds(seconds: float, text: str) -> None:
    assert instant(seconds) == text


def cells(pause: Pause, palette: Palette) -> dict[str, str]:
    return {column.name: text_of(column.draw(pause, 20, palette)).strip() for column in STOPS}


def test_a_pause_of_which_only_the_sum_is_known_has_no_parts(palette: Palette) -> None:
    whole, sum_only = (cells(Pause(1.0, "GC", stopping, 400_000), palette) for stopping in (100_000, None))
    assert (whole["stopping_ns"], whole["stopped_ns"], whole["total_ns"]) == ("100 µs", "400 µs", "500 µs")
    assert (sum_only["stopping_ns"], sum_only["stopped_ns"], sum_only["total_ns"]) == (
        units.UNKNOWN, units.UNKNOWN, "400 µs",
    )  # fmt: skip


def test_long_pauses_are_marked_and_their_bars_end_at_the_scale(palette: Palette) -> None:
    bar = {column.name: column for column in STOPS}["bar"]
    (short,), (long,) = (bar.draw(Pause(1.0, "GC", 0, ns), 10, palette) for ns in (LONG_NS // 2, 3 * LONG_NS))
    assert short[1] == palette.accent and long[1] == palette.warn
    assert len(short[0].rstrip()) == 5 and len(long[0].rstrip()) == 10


def test_a_cycle_in_its_columns(palette: Palette) -> None:
    (cycle,) = session_of(Events((), 0, (gc(3, 2.0),))).runtime.cycles()
    shown = {column.name: text_of(column.draw(cycle, 14, palette)).strip() for column in CYCLES}
    assert (shown["number"], shown["at"], shown["forced"]) == ("3", "0:02.000", "")
    assert shown["cpu_fraction"] == "25.0 %"
    for column in (*CYCLES, *REASONS):
        assert column.order_by is not None or column.sort is None
    for column in CYCLES:
        assert width_of(text_of(column.draw(cycle, column.least, palette))) == column.least
