"""What all views have in common."""

from __future__ import annotations

from typing import cast

from textual.containers import Vertical

from gotop.ui.colours import Palette, palette_of
from gotop.ui.monitor import Monitor
from gotop.ui.text import Part


class View(Vertical):
    """One page of the main screen. Draws itself from the session when told to, never by itself.

    `wants_goroutines`: whether it shows readings of all goroutines, which are made only while somebody looks.
    """

    wants_goroutines = False

    def __init__(self, name: str) -> None:
        super().__init__(id=view_id(name))

    @property
    def monitor(self) -> Monitor:
        """The app, as far as views use it."""
        return cast("Monitor", self.app)

    @property
    def palette(self) -> Palette:
        """The styles in use."""
        return palette_of(self.app)

    def draw(self) -> None:
        """Show what the session says now."""
        raise NotImplementedError

    def turn_to_page(self, name: str) -> None:
        """Show another of its pages, where it has any."""

    def time_changed(self) -> None:
        """Called when another moment or window is shown: rows take the order that belongs to it, at once."""

    def state(self, action: str) -> str:
        """The state of what an action of the view changes, in a word or two."""
        return ""

    def note(self) -> list[Part]:
        """What stands at the right of the tabs while this view is shown."""
        return []


def view_id(name: str) -> str:
    """The id of the widget that shows the view of that name."""
    return f"view-{name}"
