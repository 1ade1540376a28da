"""Lines of text as they go to the terminal: on their background, cut to the width, without control characters."""

from __future__ import annotations

from rich.segment import Segment
from rich.style import Style
from textual.app import App, ComposeResult

from gotop.ui._textual_internals import screen_lines
from gotop.ui.text import Line
from gotop.ui.widgets.lines import FullWidthStrip, Lines

RED = Style(color="#ff0000")


class Fixed(Lines):
    DEFAULT_CSS = "Fixed { background: #102030; height: 3; }"

    def line(self, y: int) -> Line:
        return [[("abc", RED)], [("main.\x1b[2J\tx", Style())], []][y]


class Probe(App[None]):
    def compose(self) -> ComposeResult:
        yield Fixed()


async def test_lines_fill_the_width_on_their_background_and_control_characters_are_shown() -> None:
    app = Probe()
    async with app.run_test(size=(20, 5)) as pilot:
        await pilot.pause()
        shown = screen_lines(app)[:3]
        assert [strip.cell_length for strip in shown] == [20, 20, 20]
        assert shown[0].text.rstrip() == "abc" and shown[2].text.strip() == ""
        assert "\x1b" not in shown[1].text and "\t" not in shown[1].text and shown[1].text.startswith("main.")
        first = next(iter(shown[0]))
        assert first.style and first.style.bgcolor and first.style.bgcolor.triplet == (0x10, 0x20, 0x30)
        assert first.style.color and first.style.color.triplet == (0xFF, 0, 0)


def test_a_line_as_wide_as_its_widget_is_cut_nowhere() -> None:
    strip = FullWidthStrip([Segment("abcdef")], 6)
    assert list(strip.divide([6])) == [strip]
    assert [piece.text for piece in strip.divide([2, 6])] == ["ab", "cdef"]
