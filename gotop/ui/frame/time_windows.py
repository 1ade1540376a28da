"""What windows are called on the screen, and when two marks are compared."""

from __future__ import annotations

from gotop.model.queries import Window
from gotop.model.sites.moment import Moment

WINDOW_TITLES = {Window.NOW: "now", Window.S10: "10 s", Window.S60: "60 s", Window.TOTAL: "total", Window.MARK: "mark"}
PLAIN_WINDOWS = (Window.NOW, Window.S10, Window.S60, Window.TOTAL)
"""Windows that can be chosen without a mark."""

COMPARED = "A→B"
"""Title of the window in which figures since the last mark are compared with those between both marks."""


def compares_marks(moment: Moment, window: Window) -> bool:
    """Whether rows show figures since one mark beside those since the mark before it."""
    return window is Window.MARK and len(moment.marks) == 2
