"""What all views have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual.containers import Vertical

from gotop.ui.colours import Palette, palette_of
from gotop.ui.text import Part

if TYPE_CHECKING:
    from gotop.ui.app import MonitorApp


class View(Vertical):
    """One page of the main screen. Draws itself from the session when told to, never by itself.

    `wants_goroutines`: whether it shows readings of all goroutines, which are made only while somebody looks.
    """

    wants_goroutines = False

    @property
    def monitor(self) -> MonitorApp:
        """The app this view is part of."""
        return cast("MonitorApp", self.app)

    @property
    def palette(self) -> Palette:
        """The styles in use."""
        return palette_of(self.app)

    def draw(self) -> None:
        """Show what the session says now."""
        raise NotImplementedError

    def turn_to_page(self, name: str) -> None:
        """Another page of it, where it has any."""

    def changed_time(self) -> None:
        """Another moment or window: rows take the order that belongs to it, at once."""

    def state(self, action: str) -> str:
        """How what an action of the view changes is now, in a word or two."""
        return ""

    def note(self) -> list[Part]:
        """What stands at the right of the tabs while this view is shown."""
        return []
