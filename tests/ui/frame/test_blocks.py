"""Blocks of figures: widths, what stands where a figure is not known, blocks beside each other."""

from __future__ import annotations

import pytest

from gotop import units
from gotop.model.status.values import Heap
from gotop.ui.colours import Palette
from gotop.ui.frame import blocks
from gotop.ui.frame.blocks import GAP, SIDE
from gotop.ui.text import Line, width_of_line
from tests.ui.looking import text_of

NO_HEAP = Heap(None, None, None, None, None, None, None)


def test_what_is_not_known_is_a_dash_and_not_a_0() -> None:
    assert (blocks.or_dash(None, units.count), blocks.or_dash(0, units.count)) == ("–", "0")


def test_a_title_fills_its_width_and_has_its_remark_at_the_end(palette: Palette) -> None:
    assert text_of(blocks.title("Heap", 12, palette)) == "Heap ───────"
    assert text_of(blocks.title("Heap", 18, palette, "30 s old")) == "Heap ──── 30 s old"


def test_only_old_figures_have_an_age() -> None:
    assert (blocks.old(None), blocks.old(1.9), blocks.old(30.0)) == ("", "", f"{units.age(30.0)} old")


@pytest.mark.parametrize(
    ("cycles", "per_min", "text"), 
    [(None, None, ""), (0, 0.0, ""), (7, None, ""), (7, 0.0, "0/min"), (7, 1234.5, "1,234/min")],
)  # fmt: skip
def test_collections_a_minute(cycles: int | None, per_min: float | None, text: str) -> None:
    heap = Heap(None, None, None, cycles, None, None, None, per_min)
    assert blocks.cycles_per_min(heap) == text
    assert blocks.cycles_per_min(NO_HEAP) == ""


def test_a_pair_is_as_wide_as_it_is_to_be_and_its_figure_is_never_cut(palette: Palette) -> None:
    assert text_of(blocks.pair("live", "1.20 MB", 20, palette)) == "live         1.20 MB"
    assert text_of(blocks.pair("live", "1.20 MB", 20, palette, " 3/s")) == "live     1.20 MB 3/s"
    assert "1.20 MB" in text_of(blocks.pair("a long label", "1.20 MB", 5, palette))


def test_a_graph_has_its_scale_and_the_newest_value_at_the_right(palette: Palette) -> None:
    lines = blocks.graph("bytes/s", [0.0] * 20 + [900.0, 900.0], units.size, palette.bytes_ramp, 30, 4, palette)
    assert len(lines) == 4
    assert text_of(lines[0]).startswith("bytes/s ") and text_of(lines[0]).endswith("1.00 kB")
    assert text_of(lines[-1])[-1] != " " and text_of(lines[-1])[:20].strip() == ""
    empty = blocks.graph("bytes/s", [], units.size, palette.bytes_ramp, 30, 4, palette)
    assert text_of(empty[0]).endswith("─"), "no scale of nothing"


def test_blocks_beside_each_other_keep_their_places(palette: Palette) -> None:
    first: list[Line] = [[("one", palette.text)], [("two", palette.text)]]
    second: list[Line] = [[("three", palette.text)]]
    lines = blocks.beside([first, second], [6, 8], palette)
    assert [text_of(line) for line in lines] == [
        " " * SIDE + "one   " + " " * GAP + "three   ", " " * SIDE + "two   " + " " * GAP + "        ",
    ]  # fmt: skip
    assert {width_of_line(line) for line in lines} == {SIDE + 6 + GAP + 8}
