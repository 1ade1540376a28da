"""The one place for colours: roles, made from the theme in use."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from rich.style import Style
from textual.app import App
from textual.color import Color
from textual.theme import Theme

from gotop.ui.contrast import LEGIBLE, MARKED, legible, text_on

DEFAULT_THEME = "gotop"

GOTOP_THEME = Theme(
    name=DEFAULT_THEME,
    primary="#5fb3d9",
    secondary="#8aa9c9",
    accent="#7fd1e0",
    warning="#e5b567",
    error="#e06c75",
    success="#8cc98f",
    foreground="#d3d7de",
    background="#14171c",
    surface="#1b1f26",
    panel="#232831",
    dark=True,
)


@dataclass(frozen=True)
class Palette:
    """Styles by what they say. Backgrounds only where something is marked: the bar, the cursor."""

    text: Style
    strong: Style
    dim: Style
    faint: Style
    accent: Style
    title: Style
    kind: Style
    good: Style
    warn: Style
    bad: Style
    bar: Style
    cursor: Style
    cursor_idle: Style
    chip: Style
    chip_warn: Style
    chip_bad: Style
    match: Style
    spark: Style
    bytes_ramp: tuple[Style, ...]
    allocs_ramp: tuple[Style, ...]
    flame_main: tuple[Style, ...]
    flame_standard: tuple[Style, ...]
    flame_other: tuple[Style, ...]
    flame_type: tuple[Style, ...]
    flame_more: tuple[Style, ...]
    flame_less: tuple[Style, ...]
    flame_same: Style
    flame_cursor: Style
    flame_cursor_idle: Style
    flame_match: Style
    flame_edge: Style

    def flame_change(self, change: float) -> Style:
        """Return the colour of a box that has changed by so much, -1 (gone) to 1 (new)."""
        if abs(change) < 0.05:
            return self.flame_same
        shades = self.flame_more if change > 0 else self.flame_less
        return shades[min(len(shades) - 1, int(abs(change) * len(shades)))]

    def flame(self, origin: str) -> tuple[Style, ...]:
        """Return shades of a flame graph's boxes, by whose code they are."""
        shades = {"MAIN": self.flame_main, "STANDARD": self.flame_standard, "TYPE": self.flame_type}
        return shades.get(origin, self.flame_other)

    def ramp(self, styles: tuple[Style, ...], row: int, height: int) -> Style:
        """Return the colour of a graph's row, 0 being the top one."""
        return styles[min(len(styles) - 1, (height - 1 - row) * len(styles) // max(1, height))]


def palette_of(app: App[Any]) -> Palette:
    """Return the palette of the theme in use."""
    theme = app.current_theme
    return _ansi_palette() if theme.ansi else _palette(theme.name, _variables(app), app.no_color)


def _variables(app: App[Any]) -> tuple[str, ...]:
    names = ("foreground", "background", "primary", "secondary", "accent", "success", "warning", "error", "panel")
    return tuple(app.theme_variables[name] for name in names)


@lru_cache(maxsize=64)
def _palette(_name: str, variables: tuple[str, ...], no_color: bool) -> Palette:
    fg, bg, primary, secondary, accent, good, warn, bad, panel = (Color.parse(value) for value in variables)

    cursor = bg.blend(primary, 0.32)
    grounds = ((bg, LEGIBLE), (cursor, MARKED))

    def ink(color: Color, share: float = 1.0, **attributes: bool) -> Style:
        shown = legible(bg.blend(color, share), fg, grounds)
        return Style(color=shown.rich_color, **attributes)  # type: ignore[arg-type]

    def paint(color: Color, share: float) -> Style:
        return Style(color=bg.blend(color, share).rich_color)

    def on(color: Color, ground: Color, share: float, **attributes: bool) -> Style:
        mixed = bg.blend(ground, share)
        return Style(color=text_on(mixed, color).rich_color, bgcolor=mixed.rich_color, **attributes)  # type: ignore[arg-type]

    return Palette(
        text=ink(fg),
        strong=ink(fg, bold=True),
        dim=ink(fg, 0.62),
        faint=paint(fg, 0.28),
        accent=ink(accent),
        title=ink(accent, bold=True),
        kind=ink(secondary, 0.9),
        good=ink(good),
        warn=ink(warn),
        bad=ink(bad),
        bar=Style(bgcolor=panel.rich_color),
        cursor=Style(bgcolor=cursor.rich_color, bold=True, reverse=no_color),
        cursor_idle=Style(bgcolor=bg.blend(primary, 0.16).rich_color, underline=no_color),
        chip=on(bg, primary, 1.0, bold=True, reverse=no_color),
        chip_warn=on(bg, warn, 1.0, bold=True, reverse=no_color),
        chip_bad=on(bg, bad, 1.0, bold=True, reverse=no_color),
        match=ink(warn, underline=True),
        spark=paint(primary, 0.6),
        bytes_ramp=tuple(paint(primary, share) for share in (0.45, 0.55, 0.65, 0.75)),
        allocs_ramp=tuple(paint(good, share) for share in (0.4, 0.5, 0.6, 0.7)),
        flame_main=tuple(on(fg, warn, share) for share in (0.36, 0.44)),
        flame_standard=tuple(on(fg, secondary, share) for share in (0.22, 0.28)),
        flame_other=tuple(on(fg, primary, share) for share in (0.38, 0.46)),
        flame_type=tuple(on(fg, good, share) for share in (0.36, 0.44)),
        flame_more=tuple(on(fg, bad, share) for share in (0.3, 0.45, 0.6)),
        flame_less=tuple(on(fg, good, share) for share in (0.3, 0.42, 0.54)),
        flame_same=on(fg, secondary, 0.22),
        flame_cursor=on(accent.get_contrast_text(1.0), accent, 1.0, bold=True, reverse=no_color),
        flame_cursor_idle=on(fg, accent, 0.6, bold=True, underline=no_color),
        flame_match=on(warn.get_contrast_text(1.0), warn, 1.0, underline=no_color),
        flame_edge=Style(color=bg.rich_color),
    )


@lru_cache(maxsize=1)
def _ansi_palette() -> Palette:
    """Return the terminal's own sixteen colours, for themes that leave them to the terminal."""
    chip = Style(reverse=True, bold=True)
    return Palette(
        text=Style(),
        strong=Style(bold=True),
        dim=Style(dim=True),
        faint=Style(dim=True),
        accent=Style(color="cyan"),
        title=Style(color="cyan", bold=True),
        kind=Style(color="blue"),
        good=Style(color="green"),
        warn=Style(color="yellow"),
        bad=Style(color="red"),
        bar=Style(),
        cursor=Style(reverse=True),
        cursor_idle=Style(underline=True),
        chip=chip,
        chip_warn=chip + Style(color="yellow"),
        chip_bad=chip + Style(color="red"),
        match=Style(color="yellow", underline=True),
        spark=Style(color="cyan", dim=True),
        bytes_ramp=(Style(color="cyan"),),
        allocs_ramp=(Style(color="green"),),
        flame_main=(Style(color="black", bgcolor="yellow"),),
        flame_standard=(Style(color="black", bgcolor="white"),),
        flame_other=(Style(color="black", bgcolor="cyan"),),
        flame_type=(Style(color="black", bgcolor="green"),),
        flame_more=(Style(color="black", bgcolor="red"),),
        flame_less=(Style(color="black", bgcolor="green"),),
        flame_same=Style(color="black", bgcolor="white"),
        flame_cursor=chip,
        flame_cursor_idle=Style(reverse=True),
        flame_match=Style(color="white", bgcolor="magenta", bold=True),
        flame_edge=Style(color="black"),
    )
