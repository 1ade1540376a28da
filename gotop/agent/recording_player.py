"""Plays a recording at any speed, from any point, as if it were the stream of an agent."""

from __future__ import annotations

import asyncio
import contextlib
import math
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from gotop.agent.protocol import Message, Tick
from gotop.agent.recording import Extent, read_recording, recording_extent


class Player:
    """A recording as a stream. Position and length are seconds since its first reading.

    Moving back begins the recording again: its first message, `Recorded`, makes a session forget what it knows.

    Args:
        path: the recording.
        speed: times real time; `math.inf` plays without waiting.
        clock: seconds; replaces real time in tests.
    """

    def __init__(self, path: Path, speed: float = 1.0, clock: Callable[[], float] = time.monotonic) -> None:
        """Raises RecordingError: it cannot be read, or is no recording."""
        self._path = path
        self._extent: Extent = recording_extent(path)
        self._clock = clock
        self._speed = speed
        self._paused = False
        self._base = 0.0
        self._base_clock = clock()
        self._played = 0.0
        self._jump: float | None = None
        self._back = False
        self._changed = asyncio.Event()

    @property
    def length(self) -> float:
        """Seconds from the first to the last reading."""
        return self._extent.length

    @property
    def truncated(self) -> bool:
        """Whether it ends in the middle of a message."""
        return self._extent.truncated

    @property
    def position(self) -> float:
        """Seconds played."""
        if self._paused:
            return self._base
        if math.isinf(self._speed):
            return self._played
        return min(self.length, self._base + (self._clock() - self._base_clock) * self._speed)

    @property
    def at_end(self) -> bool:
        """Whether everything has been played."""
        return self.position >= self.length

    @property
    def speed(self) -> float:
        """Times real time."""
        return self._speed

    @speed.setter
    def speed(self, speed: float) -> None:
        if not speed > 0:
            raise ValueError(f"speed {speed} is not above 0")
        self._rebase(self.position)
        self._speed = speed

    @property
    def paused(self) -> bool:
        """Whether time stands still."""
        return self._paused

    @paused.setter
    def paused(self, paused: bool) -> None:
        self._rebase(self.position)
        self._paused = paused

    def seek(self, position: float) -> None:
        """Go on from there, also when paused; beyond the ends means the ends."""
        target = min(self.length, max(0.0, position))
        self._back = self._back or target < self.position
        self._jump = target
        self._rebase(target)

    async def messages(self, follow: bool = False) -> AsyncIterator[Message]:
        """The stream. `follow`: stay at the end and wait for a `seek` back, as a screen does."""
        while True:
            async for message in self._play_once():
                yield message
            while follow and not self._back:
                await self._wait_for_change(None)
            if not self._back:
                return

    async def _play_once(self) -> AsyncIterator[Message]:
        self._back = False
        waiting: list[Message] = []
        for message in read_recording(self._path):
            waiting.append(message)
            # What a reading needs comes with it, not before its time.
            if not isinstance(message, Tick):
                continue
            await self._wait_until_due(message.at / 1e9 - self._extent.begin)
            if self._back:
                return
            self._played = message.at / 1e9 - self._extent.begin
            for ready in waiting:
                yield ready
            waiting.clear()
        for ready in waiting:
            yield ready

    async def _wait_until_due(self, due: float) -> None:
        while not self._back:
            if self._jump is not None:
                if due <= self._jump:
                    # Thousands of readings may be due at once: the screen gets its turn between them.
                    await asyncio.sleep(0)
                    return
                self._jump = None
            if self._paused:
                await self._wait_for_change(None)
                continue
            left = 0.0 if math.isinf(self._speed) else (due - self.position) / self._speed
            if left <= 0:
                await asyncio.sleep(0)
                return
            await self._wait_for_change(left)

    async def _wait_for_change(self, seconds: float | None) -> None:
        self._changed.clear()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._changed.wait(), seconds)

    def _rebase(self, position: float) -> None:
        self._base = position
        self._base_clock = self._clock()
        self._changed.set()
