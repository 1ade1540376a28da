"""What the report refers to by number, and what it leaves out so that it stays small."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from gotop import printable
from gotop.model.values import Frame

T = TypeVar("T")


@dataclass(frozen=True)
class Limits:
    """How many rows a list has (`top`), and how many stacks a site (`stacks`). None: as many as are of use, as long as
    the document stays below some 5 MB, whatever the program.
    """

    top: int | None = None
    stacks: int | None = None


DEFAULT_TOP, DEFAULT_STACKS = 500, 10
EVENTS = 1_000
"""The last collections and stops of the world that are listed."""
SITES_SIZE, STACKS_SIZE, LIST_SIZE = 1_200_000, 1_500_000, 300_000
"""Bytes of JSON that sites, all stacks, and any other list may take where no number was asked for."""


class Tables:
    """Frames and stacks, each once: they are known by their places."""

    def __init__(self) -> None:
        self.frames: list[dict[str, Any]] = []
        self.stacks: list[list[int]] = []
        self._frames: dict[Frame, int] = {}
        self._stacks: dict[tuple[Frame, ...], int] = {}
        self._size = 0

    def stack(self, frames: Sequence[Frame], room: int | None) -> int | None:
        """Return the number of a stack; None if the tables would take more than `room` bytes with it."""
        key = tuple(frames)
        number = self._stacks.get(key)
        if number is None:
            new = [frame for frame in dict.fromkeys(key) if frame not in self._frames]
            rows = [{"function": f.function, "file": f.file, "line": f.line, "inlined": f.inlined} for f in new]
            size = 9 * len(key) + (0 if room is None else sum(map(size_of, rows)))
            if room is not None and self._size + size > room:
                return None
            self._size += size
            for frame, row in zip(new, rows, strict=True):
                self._frames[frame] = len(self.frames)
                self.frames.append(row)
            number = self._stacks[key] = len(self.stacks)
            self.stacks.append([self._frames[frame] for frame in key])
        return number


@dataclass
class Listed:
    """The first rows of a list, and how many there are of the others."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    left_out: int = 0


def size_of(row: dict[str, Any]) -> int:
    """Bytes of a row as JSON."""
    return len(printable.as_json(row)) + 2


def first_rows(
    rows: Iterable[dict[str, Any]], total: int, top: int | None, room: int = LIST_SIZE, default: int = DEFAULT_TOP
) -> Listed:
    """Return the first rows: `top` of them, or `default` as long as they take no more than `room`."""
    listed, size = Listed(), 0
    for number, row in enumerate(_first(rows, default if top is None else top)):
        if top is None:
            size += size_of(row)
            if size > room and number:
                break
        listed.rows.append(row)
    listed.left_out = total - len(listed.rows)
    return listed


def _first(rows: Iterable[T], count: int) -> Iterator[T]:
    for _, row in zip(range(count), rows, strict=False):
        yield row
