"""Values that every room of the model uses, and the units of all: bytes are bytes, `*_ns` nanoseconds, `*_ms`
milliseconds, `*_s` and `seconds` seconds, shares 0 to 1.

A field that is None could not be read; it is never 0 instead. Values are immutable: a paused screen keeps them.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Frame:
    """One logical frame. `line` 0 and `file` "": not known; `inlined`: it has no physical frame of its own."""

    function: str
    file: str
    line: int
    inlined: bool


@dataclass(frozen=True, slots=True, order=True)
class SiteKey:
    """Identity of a row through sorting, filtering, new data and reconnection. `type` "": the runtime has none.

    The row of a group of sites has what they share, see `gotop.model.sites.grouping`; a package or module is its
    `function`.
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
