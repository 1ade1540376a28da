"""The service's output as lines, bounded in number and size."""

from __future__ import annotations

import codecs
from collections import deque
from dataclasses import dataclass
from itertools import islice

from gotop.agent.protocol import Log


@dataclass(frozen=True, slots=True)
class LogLine:
    """A line of the service's output. `fd` 1 or 2; `number` grows by one a line; `gap`: bytes lost just before it."""

    number: int
    fd: int
    text: str
    gap: int = 0


MAX_LINES = 10_000
MAX_BYTES = 8 << 20
MAX_LINE = 64 << 10
"""Characters after which a line without an end is broken, so that a service that never ends one cannot grow us."""


class _Stream:
    """The output of one descriptor, whose pieces may end within a line or a character."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self.offset = 0
        self.partial = ""
        self.gap = 0

    def feed_bytes(self, data: bytes) -> list[str]:
        """Take a piece; return the lines that it ends."""
        text = self.partial + self._decoder.decode(data)
        *lines, self.partial = text.split("\n")
        while len(self.partial) > MAX_LINE:
            lines.append(self.partial[:MAX_LINE])
            self.partial = self.partial[MAX_LINE:]
        return [line.removesuffix("\r") for line in lines]

    def flush_line(self) -> list[str]:
        """Return what there is without an end of line, if anything."""
        rest, self.partial = self.partial + self._decoder.decode(b"", final=True), ""
        return [rest] if rest else []


class LogBuffer:
    """The last `MAX_LINES` lines (about `MAX_BYTES`) of stdout and stderr, in order of arrival."""

    def __init__(self) -> None:
        self._lines: deque[LogLine] = deque()
        self._size = 0
        self._number = 0
        self._streams: dict[int, _Stream] = {}

    @property
    def last_number(self) -> int:
        """Number of the newest line, 0 before the first."""
        return self._number

    def lines(self, after: int = 0) -> list[LogLine]:
        """Return the lines that are kept and whose number is above `after`, oldest first."""
        first = self._number - len(self._lines) + 1
        return list(islice(self._lines, max(0, after + 1 - first), None))

    def partial(self, fd: int) -> str:
        """Return what stands after the last end of line, such as a prompt."""
        return self._streams[fd].partial if fd in self._streams else ""

    def add_output(self, piece: Log) -> bool:
        """Add a piece of output, without what is known already: a new connection sends the last of it again. Return
        whether anything was new.
        """
        stream = self._streams.setdefault(piece.fd, _Stream())
        known = stream.offset - piece.off
        if known >= len(piece.data):
            return False
        if known < 0:
            self._append(piece.fd, stream, stream.flush_line())
            stream.gap += -known
        stream.offset = piece.off + len(piece.data)
        self._append(piece.fd, stream, stream.feed_bytes(piece.data[max(0, known) :]))
        return True

    def flush_lines(self) -> None:
        """Make lines of what has no end of line: the output is over."""
        for fd, stream in self._streams.items():
            self._append(fd, stream, stream.flush_line())

    def clear(self) -> None:
        """Forget all lines. Numbers go on: a reader that asks for lines after the last it has seen gets the new ones.
        """
        self._lines.clear()
        self._streams.clear()
        self._size = 0

    def restart(self) -> None:
        """Expect another service's output, counted from byte 0 again; lines stay."""
        self.flush_lines()
        self._streams.clear()

    def _append(self, fd: int, stream: _Stream, texts: list[str]) -> None:
        for text in texts:
            self._number += 1
            self._lines.append(LogLine(self._number, fd, text, stream.gap))
            stream.gap = 0
            self._size += len(text)
        while len(self._lines) > MAX_LINES or self._size > MAX_BYTES:
            self._size -= len(self._lines.popleft().text)
