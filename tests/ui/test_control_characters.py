"""Control characters in what Textual's own widgets draw are shown and not sent."""

from __future__ import annotations

from rich.segment import ControlType, Segment
from textual.color import Color

from gotop.ui.control_characters import CONTROLS

GROUND = Color(0, 0, 0)


def test_what_a_name_holds_is_shown_cell_for_cell() -> None:
    told = CONTROLS.apply([Segment("a\x1b[2Jb\u202ec\n")], GROUND)
    (text,) = (segment.text for segment in told)
    assert text.startswith("a") and len(text) == len("a\x1b[2Jb\u202ec\n")
    assert not any(letter in text for letter in "\x1b\u202e\n")


def test_what_is_harmless_and_what_the_terminal_is_told_on_purpose_stays() -> None:
    plain, home = Segment("main.(*store).scan ≈ –"), Segment("\x1b[H", None, [(ControlType.HOME,)])
    assert CONTROLS.apply([plain, home], GROUND) == [plain, home]
