"""A viewer's requests to the agent, as hookagent/PROTOCOL.md describes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, TypeAlias, get_args

from gotop.agent.wire import Codec, Decoder

MAX_EXE_READ = 4 << 20
"""Most bytes one `exe` request may ask for."""


@dataclass(frozen=True, slots=True)
class ViewerHello:
    """The first message of a viewer. `runs`: it reads `gotop.agent.protocol.DeltaColumns`."""

    NAME: ClassVar[str] = "hello"
    OMIT_NONE: ClassVar[bool] = True
    proto: int
    viewer: str
    log: bool
    interval_ms: int
    goroutines: bool | None = None
    attribution: bool | None = None
    runs: bool | None = None


@dataclass(frozen=True, slots=True)
class SetSettings:
    """Change what is not None: the interval, and whether goroutines and attribution are wanted, are this viewer's
    own; mode, depth, budget and rate (bytes between samples) are everyone's.
    """

    NAME: ClassVar[str] = "set"
    OMIT_NONE: ClassVar[bool] = True
    interval_ms: int | None = None
    mode: str | None = None
    depth: int | None = None
    budget: float | None = None
    rate: int | None = None
    goroutines: bool | None = None
    attribution: bool | None = None


@dataclass(frozen=True, slots=True)
class Stop:
    """End the service: SIGTERM, after the grace period SIGKILL."""

    NAME: ClassVar[str] = "stop"
    grace_ms: int


@dataclass(frozen=True, slots=True)
class ExeRead:
    """Ask for at most `MAX_EXE_READ` bytes of the executable."""

    NAME: ClassVar[str] = "exe"
    off: int
    len: int


Request: TypeAlias = ViewerHello | SetSettings | Stop | ExeRead
"""Every request there is: the one list of them."""

_CODEC = Codec(get_args(Request))


def encode_request(request: Request) -> bytes:
    """A request as it travels."""
    return _CODEC.encode(request)


def request_decoder() -> Decoder:
    """Reads what viewers send: yields `Request`; for stand-in agents in tests."""
    return Decoder(_CODEC)
