"""Escape sequences in a line of output."""

from __future__ import annotations

import pytest
from rich.color import Color

from gotop.ui.log.ansi import segments


def test_escape_sequences_become_colours_or_vanish() -> None:
    made = list(segments("\x1b[31;1merr\x1b[0m plain\x1b]0;title\x07 \x1b[38;5;200mx\x1b[48;2;1;2;3my\x1b[2K\x1b[?25l"))
    assert "".join(segment.text for segment in made) == "err plain xy"
    assert made[0].style is not None and made[0].style.bold and made[0].style.color == Color.from_ansi(1)
    assert made[-1].style is not None and made[-1].style.bgcolor == Color.from_rgb(1, 2, 3)


@pytest.mark.parametrize(
    "text", ["\x1b[", "\x1b[38m", "\x1b[38;5m", "\x1b[38;2;1m", "\x1b", "\x1b[999m", "\x1b]", "\x1b[;;m"]
)
def test_broken_sequences_do_no_harm(text: str) -> None:
    assert "\x1b" not in "".join(segment.text for segment in segments(f"a{text}b"))
