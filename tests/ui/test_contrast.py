"""Contrast of two colours, and colours that are changed until they can be read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.color import Color

from gotop.ui.contrast import LEGIBLE, contrast, legible, text_on

BLACK, WHITE = Color(0, 0, 0), Color(255, 255, 255)
colours = st.builds(Color, *[st.integers(0, 255)] * 3)


def test_black_on_white_is_the_most() -> None:
    black, white = Color(0, 0, 0), Color(255, 255, 255)
    assert round(contrast(black, white), 2) == round(contrast(white, black), 2) == 21
    assert contrast(white, white) == 1


@given(colours, colours)
def test_text_can_be_read_on_every_ground(ground: Color, wanted: Color) -> None:
    shown = text_on(ground, wanted)
    assert contrast(shown, ground) >= LEGIBLE
    assert shown == wanted or contrast(wanted, ground) < LEGIBLE


@given(colours)
def test_a_colour_is_changed_no_more_than_it_takes(color: Color) -> None:
    shown = legible(color, BLACK, [(WHITE, LEGIBLE)])
    assert contrast(shown, WHITE) >= LEGIBLE
    if contrast(color, WHITE) >= LEGIBLE:
        assert shown == color


@pytest.mark.parametrize("least", [21.1, 30.0])
def test_where_nothing_is_enough_it_is_the_colour_to_go_to(least: float) -> None:
    assert legible(Color(200, 0, 0), BLACK, [(WHITE, least)]) == BLACK
