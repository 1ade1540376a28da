"""What all widgets have in common that make their lines themselves."""

from __future__ import annotations

from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget


class Lines(Widget):
    """Textual leaves the background to those who draw lines: this is where it is put under them."""

    def line(self, y: int) -> Strip:
        """One line, without its background."""
        raise NotImplementedError

    def render_line(self, y: int) -> Strip:
        """One line on the widget's background."""
        return self.line(y).apply_style(Style(bgcolor=self.background_colors[1].rich_color))
