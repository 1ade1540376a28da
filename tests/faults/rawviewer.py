"""A viewer made of nothing but a socket and msgpack, which adds up what it is sent."""

from __future__ import annotations

import socket
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgpack

from tests.cli.running import PATIENCE_S

OPEN: set[RawViewer] = set()


class RawViewer:
    """Joined as soon as it is made: the agent has answered, and not only the kernel, where connections wait for it."""

    def __init__(self, path: Path | str, interval_ms: int = 50, log: bool = False) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        OPEN.add(self)
        self._socket.connect(str(path))
        self._unpacker = msgpack.Unpacker(raw=False, strict_map_key=False, max_buffer_size=64 << 20)
        self.counts: Counter[int] = Counter()
        self.kinds: dict[int, int] = {}
        self.mode = ""
        self.totals: dict[str, int] = {}
        self.runtime: dict[str, Any] | None = None
        self.ended: dict[str, Any] | None = None
        self.attributed: Counter[int] = Counter()
        self.attributes: dict[int, Any] = {}
        self.since = 0
        self.still = 0
        self.closed = False
        self.answered = False
        self.viewers = 0
        self.log: dict[int, bytearray] = {1: bytearray(), 2: bytearray()}
        self.skipped = 0
        self.say(t="hello", proto=1, viewer="test", log=log, interval_ms=interval_ms)
        self.until(lambda: self.answered, "an answer")

    def say(self, **message: object) -> None:
        self._socket.sendall(msgpack.packb(message))

    def until(self, condition: Callable[[], object], what: str, seconds: float = PATIENCE_S) -> None:
        """Read until something is true."""
        deadline = time.monotonic() + seconds
        while not condition():
            left = deadline - time.monotonic()
            assert left > 0, f"there was not {what} within {seconds} s: {self.totals} {self.counts.most_common(3)}"
            assert not self.closed, f"the agent closed the connection before there was {what}"
            self._socket.settimeout(left)
            try:
                self._take(self._socket.recv(1 << 16))
            except TimeoutError:
                continue

    def largest(self) -> int:
        """The count of the stack that allocated most."""
        return max(self.counts.values(), default=0)

    def counted(self, kind: int) -> int:
        """The count of all stacks of a kind."""
        return sum(count for stack, count in self.counts.items() if self.kinds[stack] == kind)

    def close(self) -> None:
        OPEN.discard(self)
        self._socket.close()

    def _take(self, data: bytes) -> None:
        self.closed = not data
        self._unpacker.feed(data)
        for message in self._unpacker:
            self.answered = True
            if message["t"] == "tick":
                flat = iter(message["deltas"])
                for stack, count, _, _ in zip(flat, flat, flat, flat, strict=True):
                    self.counts[stack] += count
                self.still = self.still + 1 if message["totals"] == self.totals else 0
                self.totals, self.runtime = message["totals"], message["runtime"]
                self.viewers = message["agent"]["viewers"]
            elif message["t"] in ("hello", "settings"):
                self.mode = message["mode"]
            elif message["t"] == "stacks":
                self.kinds.update((each[0], each[1]) for each in message["defs"])
            elif message["t"] == "attributes":
                self.attributes.update((each[0], each[1:]) for each in message["defs"])
            elif message["t"] == "attribution":
                if message["since"] != self.since:
                    self.attributed.clear()
                self.since = message["since"]
                flat = iter(message["deltas"])
                for who, count, _ in zip(flat, flat, flat, strict=True):
                    self.attributed[who] += count
                assert message["lost"] == [0, 0]
            elif message["t"] == "ended":
                self.ended = message
            elif message["t"] == "log":
                self.skipped += message["skipped"]
                self.log[message["fd"]] += message["data"]
