"""Builds that take long are done in parts, between which keys are answered."""

from __future__ import annotations

import time
from collections.abc import Callable

AT_ONCE = 200
"""Stacks that are put into a tree before it is asked what time it is."""

SLICE_S = 0.03
"""How long a part takes."""

PAUSE_S = 0.005
"""How long everything else has at least, until the next part."""

Progress = tuple[int, int]
"""How many stacks are in a tree, and how many there are."""


class IncrementalBuild:
    """Has `draw` called again by way of `later` until nothing is left to be read. `later`: a widget's `set_timer`, so
    that keys are answered and screens painted in between, which `call_later` would come before.
    """

    def __init__(self, later: Callable[[float, Callable[[], None]], object], draw: Callable[[], None]) -> None:
        self._later = later
        self._draw = draw
        self._asked = False

    def needs_more(self, read_more: Callable[[int], Progress]) -> Progress | None:
        """Have stacks read for a while by `read_more`, so many at a time. Return how far that is if some are left;
        `draw` is called again soon then.
        """
        ends = time.monotonic() + SLICE_S
        read, every = read_more(AT_ONCE)
        while read < every and time.monotonic() < ends:
            read, every = read_more(AT_ONCE)
        if read < every and not self._asked:
            self._asked = True
            self._later(PAUSE_S, self._again)
        return (read, every) if read < every else None

    def _again(self) -> None:
        self._asked = False
        self._draw()


def progress_text(progress: Progress) -> str:
    """Say how far a build is."""
    read, every = progress
    return f"Reading stacks: {read:,} of {every:,}"
