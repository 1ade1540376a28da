"""Control characters in what Textual's own widgets draw: they are shown, as in gotop's lines."""

from __future__ import annotations

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from gotop.printable import one_cell


class ControlFilter(LineFilter):
    """Shows control characters; Textual applies it to every line before that is sent."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Return the same pieces with every control character shown."""
        return [segment if segment.control else segment._replace(text=one_cell(segment.text)) for segment in segments]


CONTROLS = ControlFilter()
"""The one there is: Textual keeps what a filter has made of a line, by the filter."""
