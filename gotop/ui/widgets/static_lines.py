"""A widget that shows lines somebody else made, and redraws only what changed."""

from __future__ import annotations

from collections.abc import Sequence

from gotop.ui.text import Line
from gotop.ui.widgets.lines import Lines


class StaticLines(Lines):
    """Shows lines of cells; lines that are missing are blank."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._lines: list[Line] = []

    def show(self, lines: Sequence[Line]) -> None:
        """Show these lines instead; those that are as they were cost nothing."""
        before, self._lines = self._lines, list(lines)
        self.refresh_changed(before, self._lines)

    def line(self, y: int) -> Line:
        """Return one line."""
        return self._lines[y] if y < len(self._lines) else []
