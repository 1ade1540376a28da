"""Values that every room of the model uses, and the units of all: bytes are bytes, `*_ns` nanoseconds, `*_ms`
milliseconds, `*_s` and `seconds` seconds, shares 0 to 1.

A field that is None could not be read; it is never 0 instead. Values are immutable: a paused screen keeps them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from gotop.model.queries import GroupBy


@dataclass(frozen=True, slots=True)
class Frame:
    """One logical frame. `line` 0 and `file` "": not known; `inlined`: it has no physical frame of its own."""

    function: str
    file: str
    line: int
    inlined: bool


@dataclass(frozen=True, slots=True, order=True)
class SiteKey:
    """Identity of a call site through sorting, filtering, new data and reconnection. `type`: the type allocated, ""
    where the runtime has none; of a `go` statement, the function started.
    """

    function: str
    file: str
    line: int
    type: str


@dataclass(frozen=True, slots=True)
class Rate:
    """Objects and bytes a second."""

    allocs: float
    bytes: float


_IN_CODE = frozenset({GroupBy.LINE, GroupBy.MINE, GroupBy.FUNCTION, GroupBy.CUMULATIVE, GroupBy.CREATOR})


@dataclass(frozen=True, slots=True, order=True)
class GroupKey:
    """Identity of a group of sites: what they have in common.

    `name`: the function, type, package, module or labels as a text; `file` of a function, line or `go` statement, and
    `line` of the last two. Of a function that figures are cumulative of, `file` is that of its first frame.
    """

    by: GroupBy
    name: str
    file: str = ""
    line: int = 0

    @property
    def function(self) -> str:
        """The function that the sites are in, "" where they are grouped by something else."""
        return self.name if self.by in _IN_CODE else ""

    @property
    def type(self) -> str:
        """The type that the sites allocate, "" where they are grouped by something else."""
        return self.name if self.by is GroupBy.TYPE else ""


RowKey: TypeAlias = SiteKey | GroupKey
