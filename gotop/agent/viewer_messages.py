"""Messages that the viewer adds to the agent's stream: symbols, process figures, a recording's header, connection loss.

Part of `gotop.agent.protocol`, which has all of it. `Lost` alone is never written down.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from gotop.agent.runtime_messages import TypeName


@dataclass(frozen=True, slots=True)
class SymbolFrame:
    """One logical frame of a PC."""

    AS_LIST: ClassVar[bool] = True
    function: str
    file: str
    line: int
    inlined: bool


@dataclass(frozen=True, slots=True)
class PcFrames:
    """All logical frames of one PC, innermost first."""

    AS_LIST: ClassVar[bool] = True
    pc: int
    frames: tuple[SymbolFrame, ...]


@dataclass(frozen=True, slots=True)
class Symbols:
    """Names for PCs and types. Comes before the stacks that need it; later ones correct earlier ones.

    `waits`, `stw_reasons`: the names of goroutines' reasons to wait and of reasons to stop the world, by number, in the
    service's version of Go; empty where they are not named anew.
    """

    IS_KEPT: ClassVar[bool] = True

    NAME: ClassVar[str] = "symbols"
    frames: tuple[PcFrames, ...]
    types: tuple[TypeName, ...]
    waits: tuple[str, ...] = ()
    stw_reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Proc:
    """The process as the system sees it; None where the system would not say."""

    NAME: ClassVar[str] = "proc"
    at: int
    cpu_percent: float | None
    rss: int | None
    threads: int | None
    fds: int | None


@dataclass(frozen=True, slots=True)
class Recorded:
    """First message of a recording: format version, wall time (ns), gotop's version."""

    NAME: ClassVar[str] = "recorded"
    version: int
    unix: int
    gotop: str


@dataclass(frozen=True, slots=True)
class Lost:
    """The connection to the agent is lost; `retrying`: it is being made again. Not part of recordings."""

    text: str
    retrying: bool
