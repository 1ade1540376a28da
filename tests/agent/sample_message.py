"""A message made up for tests of how messages travel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from gotop.agent.wire import Codec


@dataclass(frozen=True, slots=True)
class Point:
    AS_LIST: ClassVar[bool] = True
    x: int
    label: str = "none"


@dataclass(frozen=True, slots=True)
class Sample:
    NAME: ClassVar[str] = "sample"
    OMIT_NONE: ClassVar[bool] = True
    points: tuple[Point, ...]
    share: float = 0.0
    count: int | None = None

    def __post_init__(self) -> None:
        if self.count == 13:
            raise ValueError("thirteen")


CODEC = Codec((Sample,))
