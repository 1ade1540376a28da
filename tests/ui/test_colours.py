"""Everything can be read, in every theme."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from rich.style import Style
from textual.color import Color
from textual.theme import BUILTIN_THEMES

from gotop.ui.colours import DEFAULT_THEME, Palette, palette_of
from gotop.ui.contrast import LEGIBLE, MARKED, contrast
from tests.ui.stage import stage

INKS = ("text", "strong", "dim", "accent", "title", "kind", "good", "warn", "bad", "match")


def boxes(palette: Palette) -> Iterator[tuple[str, Style]]:
    for name in vars(palette):
        if name.startswith(("chip", "flame_")) and name != "flame_edge":
            styles = getattr(palette, name)
            yield from ((name, style) for style in (styles if isinstance(styles, tuple) else (styles,)))


def colour(color: object) -> Color:
    return Color.from_rich_color(color)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", [DEFAULT_THEME, *(name for name, theme in BUILTIN_THEMES.items() if not theme.ansi)])
async def test_contrast(name: str) -> None:
    app, _, _ = stage()
    async with app.run_test() as pilot:
        app.theme = name
        await pilot.pause()
        palette, ground = palette_of(app), Color.parse(app.theme_variables["background"])
        for ink in INKS:
            shown = colour(getattr(palette, ink).color)
            assert contrast(shown, ground) >= LEGIBLE - 0.05, ink
            assert contrast(shown, colour(palette.cursor.bgcolor)) >= MARKED - 0.05, f"{ink} under the cursor"
        for box, style in boxes(palette):
            assert contrast(colour(style.color), colour(style.bgcolor)) >= LEGIBLE - 0.05, box
