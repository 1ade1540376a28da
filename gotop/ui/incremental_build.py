"""Builds that take long are done in parts, between which keys are answered."""

from __future__ import annotations

from collections.abc import Callable

AT_ONCE = 400
"""Stacks that are put into a tree at once: some 30 ms."""

Progress = tuple[int, int]
"""How many stacks are in a tree, and how many there are."""


class IncrementalBuild:
    """Has `draw` called again by way of `later` (a widget's `call_later`) until nothing is left to be read."""

    def __init__(self, later: Callable[[Callable[[], None]], object], draw: Callable[[], None]) -> None:
        self._later = later
        self._draw = draw
        self._asked = False

    def needs_more(self, progress: Progress) -> bool:
        """Return whether stacks are left to be read; `draw` is called again soon then."""
        read, every = progress
        if read < every and not self._asked:
            self._asked = True
            self._later(self._again)
        return read < every

    def _again(self) -> None:
        self._asked = False
        self._draw()


def progress_text(progress: Progress) -> str:
    """Say how far a build is."""
    read, every = progress
    return f"Reading stacks: {read:,} of {every:,}"
