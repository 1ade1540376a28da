"""Whether a colour can be read on another. Themes, light ones above all, have accents that cannot."""

from __future__ import annotations

from collections.abc import Sequence

from textual.color import Color

LEGIBLE, MARKED = 3.0, 2.0
"""Least contrast, as WCAG reckons it, of what is to be read on the background, and in the row that the cursor is on."""
_BLACK, _WHITE = Color(0, 0, 0), Color(255, 255, 255)
_STEPS = 10


def contrast(one: Color, other: Color) -> float:
    """Return the contrast of two colours as WCAG reckons it: from 1, the same, to 21, black on white."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(color: Color) -> float:
    parts = [part / 255 for part in color.rgb]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def legible(color: Color, towards: Color, grounds: Sequence[tuple[Color, float]]) -> Color:
    """Return a colour moved as far `towards` another as it takes to be read on all grounds, each with its least
    contrast.
    """
    for step in range(_STEPS):
        shown = color.blend(towards, step / _STEPS)
        if all(contrast(shown, ground) >= least for ground, least in grounds):
            return shown
    return towards


def text_on(ground: Color, wanted: Color) -> Color:
    """Return `wanted` if text in it can be read on this ground, otherwise black or white."""
    if contrast(wanted, ground) >= LEGIBLE:
        return wanted
    return max(_BLACK, _WHITE, key=lambda color: contrast(color, ground))
