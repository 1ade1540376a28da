"""What all widgets have in common that make their lines themselves."""

from __future__ import annotations

from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from gotop.ui.colours import Palette, palette_of


class Lines(Widget):
    """Textual leaves the background to those who draw lines: this is where it is put under them."""

    _ground = Style()
    palette: Palette
    """Of the redraw that is being made; only for `line`."""

    def line(self, y: int) -> Strip:
        """One line, without its background."""
        raise NotImplementedError

    def render_lines(self, crop: Region) -> list[Strip]:
        """Lines of one redraw: they all have the same background."""
        self._ground = Style(bgcolor=self.background_colors[1].rich_color)
        self.palette = palette_of(self.app)
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        """One line on the widget's background."""
        return self.line(y).apply_style(self._ground)
