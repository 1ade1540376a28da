"""What every part of the screen that draws figures has at hand: the app as a monitor, and its styles."""

from __future__ import annotations

from typing import cast

from textual.message_pump import MessagePump

from gotop.ui.colours import Palette, palette_of
from gotop.ui.monitor import Monitor


class Monitored(MessagePump):
    """Base of screens and views inside of `gotop.ui.app.MonitorApp`."""

    @property
    def monitor(self) -> Monitor:
        """The app, as far as screens and views use it."""
        return cast("Monitor", self.app)

    @property
    def palette(self) -> Palette:
        """The styles in use."""
        return palette_of(self.app)
