"""What has a place in the source: frames, as symbolizers give them, and rows of tables, as the screen shows them."""

from __future__ import annotations

from typing import Protocol


class SourceLocation(Protocol):
    """A function, and a line in a file. `file` "" and `line` 0: not known."""

    @property
    def function(self) -> str: ...
    @property
    def file(self) -> str: ...
    @property
    def line(self) -> int: ...
