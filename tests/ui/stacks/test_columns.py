"""Frames of a stack with their places, and columns of stacks."""

from __future__ import annotations

from gotop.model.queries import Hide
from gotop.model.values import Frame, SiteKey
from gotop.ui.colours import Palette
from gotop.ui.stacks.columns import frame_columns, numbered
from gotop.ui.text import width_of
from gotop.ui.widgets.columns import lay_out
from tests.ui.looking import text_of

STACK = [
    Frame("runtime.mallocgc", "malloc.go", 1, False), Frame("runtime.growslice", "slice.go", 2, True),
    Frame("fmt.Sprintf", "print.go", 3, False), Frame("main.serve", "main.go", 4, False),
    Frame("net/http.serve", "server.go", 5, False), Frame("main.main", "main.go", 6, False),
]  # fmt: skip
KEY = SiteKey("fmt.Sprintf", "print.go", 3, "")


def test_frames_keep_their_places_and_say_where_some_are_left_out() -> None:
    rows = numbered(STACK, KEY, Hide.RUNTIME)
    assert [(row.number, row.gap) for row in rows] == [(2, True), (3, False), (4, False), (5, False)]
    rows = numbered(STACK, KEY, Hide.STANDARD)
    assert [(row.frame.function, row.site, row.gap) for row in rows] == [
        ("fmt.Sprintf", True, True), ("main.serve", False, False), ("main.main", False, True),
    ]  # fmt: skip
    assert [row.number for row in numbered(STACK, KEY, Hide.NOTHING)] == list(range(6))


def test_the_title_says_how_many_frames_are_hidden(palette: Palette) -> None:
    assert frame_columns(0, 6)[0].title == "  FRAME"
    assert frame_columns(2, 6)[0].title == "  FRAME, 2 of 6 hidden"


def test_every_cell_is_as_wide_as_its_column(palette: Palette) -> None:
    for width in (48, 80, 160):
        for row in numbered(STACK, KEY, Hide.STANDARD):
            for placed in lay_out(frame_columns(3, 6), width):
                assert width_of(text_of(placed.column.draw(row, placed.width, palette))) == placed.width


def test_marks_before_a_function(palette: Palette) -> None:
    function = frame_columns(0, 6)[0]
    marks = [text_of(function.draw(row, 30, palette))[0] for row in numbered(STACK, KEY, Hide.NOTHING)]
    assert marks == [" ", "↳", " ", " ", " ", " "]
    assert text_of(function.draw(numbered(STACK, KEY, Hide.RUNTIME)[0], 30, palette))[0] == "⋮"
