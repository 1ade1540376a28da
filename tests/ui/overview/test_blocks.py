"""The blocks of the overview: rates, memory, process."""

from __future__ import annotations

import pytest

from gotop import units
from gotop.model.queries import Window
from gotop.model.runtime.gc_values import Pause
from gotop.model.status.values import GoroutineTotals, Heap, Process
from gotop.ui.colours import Palette
from gotop.ui.overview import blocks
from gotop.ui.text import width_of_line
from tests.model.test_sample_only import beginning
from tests.streams import session_of, three_stacks, tick, totals
from tests.ui.looking import text_of

HEAP = Heap(60, 120, 50, 7, 900, 100, 40, 12.0)
NO_GOROUTINES = GoroutineTotals(None, None, None, None, None, None, None, None, None)


def test_rates_are_of_every_window_and_all_since_the_start(palette: Palette) -> None:
    sums = [totals([(10 * at, 1000 * at, 24 * at)]) for at in range(4)]
    ticks = [tick(at, {0: (10, 1000, 24)}, sums[at], 1.0, at) for at in range(1, 4)]
    session = session_of([*three_stacks(), *ticks])
    lines = [text_of(line) for line in blocks.rates(session, None, Window.S10, 46, 6, palette)]
    assert lines[0].split() == ["Rates", "now", "10", "s", "60", "s", "total"]
    assert lines[1].split() == ["allocs/s", "10", "10", "10", "30"]
    assert lines[2].split() == ["bytes/s", *["1.00", "kB"] * 3, "3.00", "kB"]
    assert lines[3].split() == ["average", *["100", "B"] * 4]
    assert ("2.34 %" in lines[4] and lines[5].endswith(units.UNKNOWN)) or "runtime's count" in lines[5]


def test_a_session_without_hooks_says_what_its_sites_are(palette: Palette) -> None:
    lines = [text_of(line) for line in blocks.rates(session_of(beginning()), None, Window.NOW, 46, 6, palette)]
    assert "total since its start" in lines[4] and "≈ 1 sample in 512 KiB" in lines[5]


def test_the_heap_as_a_share_of_its_goal(palette: Palette) -> None:
    bar = text_of(blocks.heap_bar(HEAP, 20, palette))
    assert len(bar) == 20 and bar.count("─") == 10
    over = blocks.heap_bar(Heap(240, 120, 50, 7, 9, 1, 0), 20, palette)
    assert over[0][1] == palette.warn
    for unknown in (
        Heap(None, 120, None, 7, 9, 1, 0),
        Heap(60, None, None, 7, 9, 1, 0),
        Heap(60, 1 << 62, 5, 7, 9, 1, 0),
    ):
        assert text_of(blocks.heap_bar(unknown, 20, palette)) == "─" * 20


@pytest.mark.parametrize(("width", "labels"), [(34, ["pause p50, p99", "max, last"]), (28, ["p50, p99", "max, last"])])
def test_pauses_are_summed_up(palette: Palette, width: int, labels: list[str]) -> None:
    pauses = [Pause(at, "GC", 0, 1000 * at) for at in range(1, 101)]
    lines = [text_of(line) for line in blocks.pause_lines([*pauses, Pause(101, "GC", 0, 7000)], width, palette)]
    assert [label in line for label, line in zip(labels, lines, strict=True)] == [True, True]
    assert "50.0 µs" in lines[0] and "99.0 µs" in lines[0] and "100 µs" in lines[1] and "7.00 µs" in lines[1]
    assert text_of(blocks.pause_lines([], width, palette)[0]) == "no pauses yet"


def test_what_the_system_could_not_tell_is_a_dash(palette: Palette) -> None:
    lines = [
        text_of(line) for line in blocks.process(Process(None, None, None, None), NO_GOROUTINES, [], 24, 6, palette)
    ]
    assert [line.rstrip()[-1] for line in lines[1:4]] == ["–", "–", "–"] and lines[5].endswith("–, –")
    known = blocks.process(Process(150.0, 1 << 20, 9, 7, 40.0), NO_GOROUTINES, [1.0, 2.0], 30, 6, palette)
    assert "old" in text_of(known[0]) and "150 %" in text_of(known[1]) and text_of(known[5]).endswith("9, 7")


def test_blocks_are_as_wide_as_they_are_to_be(palette: Palette) -> None:
    for width in (34, 40):
        for line in blocks.memory(HEAP, [Pause(1, "GC", 1, 2)], width, 6, palette):
            assert width_of_line(line) == width
