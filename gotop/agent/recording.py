"""Recordings: the enriched stream in a file, framed as on the socket, with a `recorded` message before it.

A recording that somebody has packed with gzip is read as it is.
"""

from __future__ import annotations

import contextlib
import gzip
import io
import os
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

import msgpack

import gotop
from gotop import units
from gotop.agent.protocol import Ended, Lost, Message, ProtocolError, Recorded, Tick, agent_decoder, encode
from gotop.agent.wire import MAX_MESSAGE
from gotop.regular_file import open_regular

VERSION = 2
"""2: a tick may have a run in place of its deltas."""
MOST_UNPACKED_TIMES = 100
"""How much larger than the file its contents may be; recordings of idle services shrink to a thirtieth."""
UNPACKED_FREELY = 64 << 20
_READ = 1 << 20
_GZIP = b"\x1f\x8b"
_UNPACK_ERRORS = (EOFError, zlib.error, gzip.BadGzipFile)  # what reading a packed file that is not whole raises


class RecordingError(Exception):
    """A file that cannot be recorded to or replayed from; `str()` of it is fit for a terminal."""


class Recorder:
    """Writes what it is given. Nothing that goes wrong with the file after opening reaches the caller.

    Every message is handed to the system at once, so that `kill -9` loses none; only the machine's own end can.

    Attributes:
        failed: why recording stopped, "" as long as it has not.
    """

    def __init__(self, path: Path, unix_ns: int | None = None) -> None:
        """Begin a recording.

        Raises:
            RecordingError: the file cannot be written, or exists and is something else than a recording.
        """
        self.failed = ""
        self._path = path
        try:
            _check_replaceable(path)
            # Arguments and output of the service are nobody else's business.
            self._fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise RecordingError(f"Cannot record to {path}: {error.strerror}.") from error
        self._size = 0
        if not self.write(Recorded(VERSION, time.time_ns() if unix_ns is None else unix_ns, gotop.__version__)):
            raise RecordingError(self.failed)

    def write(self, message: Message) -> bool:
        """Add a message; False if recording has stopped, which is told by `failed`."""
        if self._fd < 0:
            return False
        # A loss of the connection is the viewer's own news; in the file a second `hello` says it.
        if isinstance(message, Lost):
            return True
        try:
            self._write_bytes(encode(message))
        except (OSError, ProtocolError) as error:
            self._stop(error)
            return False
        return True

    def close(self) -> None:
        """End the recording; may be called again."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def _write_bytes(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[os.write(self._fd, view) :]
        self._size += len(data)

    def _stop(self, error: Exception) -> None:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        self.failed = f"Recording to {self._path} stopped: {reason}. What was recorded until then can be replayed."
        try:
            os.ftruncate(self._fd, self._size)
        except OSError:  # a pipe, or worse: the player copes with half a message
            pass
        finally:
            self.close()


@dataclass(frozen=True, slots=True)
class Extent:
    """`begin` and `end`: agent time (s) of the first and the last reading; `bytes` that hold whole messages."""

    begin: float
    end: float
    bytes: int
    truncated: bool

    @property
    def length(self) -> float:
        """Seconds."""
        return self.end - self.begin


def _open_packed_or_plain(path: Path) -> BinaryIO:
    file = open_regular(path)
    packed = file.read(2) == _GZIP
    file.seek(0)
    return cast(BinaryIO, _Unpacked(file)) if packed else file


class _Unpacked(gzip.GzipFile):
    """A packed recording, as long as it does not unpack to absurdly more than it is."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__(fileobj=file, mode="rb")
        self._packed = file

    def close(self) -> None:
        """Close the packed file, too."""
        super().close()
        self._packed.close()

    def read1(self, size: int = -1) -> bytes:
        """The next bytes. Raises BadGzipFile: they are too many for the file."""
        data = super().read1(size)
        position = self.tell()
        if position > UNPACKED_FREELY and position > MOST_UNPACKED_TIMES * self._packed.tell():
            raise gzip.BadGzipFile(f"it unpacks to more than {MOST_UNPACKED_TIMES} times its size")
        return data


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    """What is in it, in pieces of any size: of a packed file that breaks off, all that can be unpacked comes first."""
    while data := cast(io.BufferedReader, file).read1(_READ):
        yield data


def recording_extent(path: Path) -> Extent:
    """Look through a recording without checking more of its messages than where they end and when readings were made.

    Raises:
        RecordingError: it cannot be read, or is none.
    """
    begin = next((message.at / 1e9 for message in read_recording(path) if isinstance(message, Tick)), 0.0)
    unpacker = msgpack.Unpacker(raw=True, strict_map_key=True, max_buffer_size=MAX_MESSAGE + 2 * _READ)
    size, whole, end = 0, 0, begin
    with _open_packed_or_plain(path) as file, contextlib.suppress(*_UNPACK_ERRORS):
        for data in _chunks(file):
            size += len(data)
            try:
                unpacker.feed(data)
                for value in unpacker:
                    if not isinstance(value, dict):
                        raise TypeError
                    at = value.get(b"at") if value.get(b"t") == b"tick" else None
                    end = max(end, at / 1e9) if isinstance(at, int) else end  # damaged, it may lie before the first
                    whole = unpacker.tell()
            except Exception:  # damaged: what is before can still be played
                break
    return Extent(begin, end, whole, truncated=whole != size)


def read_recording(path: Path) -> Iterator[Message]:
    """Everything in a recording at once. If the service's end is not in it, a `Lost` at its end says why, and where.

    Raises:
        RecordingError: it cannot be read, or is no recording of a known version.
    """
    decoder = agent_decoder()
    first, ended, damage, times = True, False, "", _ReadingTimes()
    try:
        with _open_packed_or_plain(path) as file:
            for data in _chunks(file):
                for message in decoder.feed(data):
                    if first:
                        _check_header(path, message)
                    first, ended = False, isinstance(message, Ended)
                    times.note(message)
                    yield message
    except _UNPACK_ERRORS as error:
        damage = str(error)
    except OSError as error:
        raise RecordingError(f"Cannot read {path}: {error.strerror}.") from error
    except ProtocolError as error:
        damage = str(error)
    if first:
        raise RecordingError(f"{path} is not a gotop recording.")
    if not ended:
        yield Lost(_end_reason(times.position_text, damage, bool(decoder.pending)), retrying=False)


class _ReadingTimes:
    """The first and the last reading that has come."""

    def __init__(self) -> None:
        self._first = self._last = 0

    def note(self, message: Message) -> None:
        if isinstance(message, Tick):
            self._first, self._last = self._first or message.at, message.at

    @property
    def position_text(self) -> str:
        """Where one is in the recording, in words."""
        return f"after {units.duration(self._last - self._first)}" if self._last > self._first else "at its beginning"


def _end_reason(position_text: str, damage: str, pending: bool) -> str:
    if damage:
        return f"The recording is damaged {position_text}: {damage}."
    if pending:
        return f"The recording breaks off {position_text}, in the middle of a message."
    return f"The recording ends {position_text}, before the service did."


def _check_header(path: Path, message: Message) -> None:
    if not isinstance(message, Recorded):
        raise RecordingError(f"{path} is not a gotop recording.")
    if message.version > VERSION:
        raise RecordingError(f"{path} was recorded by the newer gotop {message.gotop}: update gotop to replay it.")


def _check_replaceable(path: Path) -> None:
    """A recording may be written over, any other file that has something in it may not."""
    if not path.exists() or not path.is_file() or path.stat().st_size == 0:
        return
    with open_regular(path) as file:
        head = file.read(256)
    try:
        first = next(agent_decoder().feed(head), None)
    except ProtocolError:
        first = None
    if not isinstance(first, Recorded):
        raise RecordingError(f"{path} exists and is not a recording: it is not replaced. Name another file.")
