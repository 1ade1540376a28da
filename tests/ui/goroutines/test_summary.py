"""The figures above the goroutines: what they say with a reading, without one, and where it is narrow."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gotop.model.runtime.goroutine_values import NO_STACK_TOTALS, LiveGoroutines, StackTotals
from gotop.model.status.values import GoroutineTotals
from gotop.ui.colours import Palette
from gotop.ui.goroutines import summary
from gotop.ui.text import width_of_line
from tests.ui.busy import Busy
from tests.ui.looking import text_of
from tests.ui.stage import stage

COUNTED = GoroutineTotals(415, 900, 12.5, 700, 1 << 20, 40, 4 << 20, 9, 4)
LIVE = LiveGoroutines(
    10.0, 1_240_000, 415, 5, 61, (("IO wait", 390), ("select", 16), ("running", 9)), 2 << 20, 1 << 17, 0, ""
)
TOTALS = StackTotals(900, 700, 200, 710, 1 << 20, 40, 4, 1 << 19, 1 << 20, 8192)


def living(palette: Palette, live: LiveGoroutines | None = LIVE, height: int = 8, width: int = 50) -> list[str]:
    return [text_of(line) for line in summary.living(COUNTED, live, 1.0, "no reading yet", width, height, palette)]


def test_all_goroutines_by_state_beside_the_runtimes_own_count(palette: Palette) -> None:
    lines = living(palette)
    assert "= NumGoroutine" in lines[1] and "415" in lines[1]
    assert [line.split()[-1] for line in lines[3:6]] == ["390", "16", "9"]
    assert "5; 61" in lines[-1]


def test_another_count_of_the_runtimes_is_told(palette: Palette) -> None:
    assert "NumGoroutine 415" in living(palette, replace(LIVE, user=410))[1]


def test_states_without_a_line_of_their_own_are_summed_up(palette: Palette) -> None:
    lines = living(palette, height=6)
    assert "IO wait" in lines[3] and lines[4].split()[-1] == "25" and "select, running" in lines[4]


@pytest.mark.parametrize(
    ("live", "said"), [(None, "no reading yet"), (replace(LIVE, missing="allgs could not be read"), "allgs could not")]
)
def test_without_a_reading_it_says_why(palette: Palette, live: LiveGoroutines | None, said: str) -> None:
    lines = living(palette, live)
    assert said in lines[-1] and "415" in lines[1]


def test_stacks_and_what_is_not_known_of_them(palette: Palette) -> None:
    told = [text_of(line) for line in summary.stacks(COUNTED, LIVE, TOTALS, 44, 8, palette)]
    assert "of 4.19 MB in use" in told[1] and "22.2 %" in told[4] and "8.19 kB" in told[-1]
    nothing = [text_of(line) for line in summary.stacks(COUNTED, None, NO_STACK_TOTALS, 44, 8, palette)]
    assert nothing[-1].endswith("not seen") and not any(line.rstrip().endswith(" 0") for line in nothing)


@pytest.mark.parametrize("width", [60, 77, 100, 200])
@pytest.mark.parametrize("screen_height", [18, 24, 40])
def test_lines_fit_the_room_at_every_size(palette: Palette, width: int, screen_height: int) -> None:
    app, _, _ = stage(Busy().run(20))
    height = summary.height_for(screen_height)
    lines = summary.draw(app.session, None, LIVE, 1.0, TOTALS, "", (width, height), palette)
    assert 0 < len(lines) <= height
    assert all(width_of_line(line) <= width for line in lines)
    assert ("created/s" in "".join(map(text_of, lines))) == (width >= summary.GRAPHS_FROM)
