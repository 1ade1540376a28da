"""Messages as bytes: dataclasses (see `gotop.agent.message_fields`) to msgpack and back, one after the other.

Nothing a peer sends can raise anything but `ProtocolError`: the fuzz tests hold this module to it.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import msgpack

from gotop.agent.message_fields import ProtocolError as ProtocolError
from gotop.agent.message_fields import map_decoder, to_wire, type_name

MAX_MESSAGE = 16 << 20
"""Bytes; a longer message is an error, so that a peer cannot make us hold all memory."""

MAX_ITEMS = 1 << 20
"""Most items of a list in a message."""

MAX_DEFINITIONS = 192 << 20
"""Bytes of definitions (stacks, names, labels) that are taken in all: what they become is kept, in some ten times as
much memory."""

MAX_UNKNOWN = 100_000
"""Messages of kinds that this version does not know, which are skipped."""

_STEP = 1 << 20
"""Bytes given to the unpacker at a time, which must fit its buffer beside a whole message."""


class Codec:
    """Messages of one direction: their `NAME` on the wire ↔ dataclass."""

    def __init__(self, messages: Iterable[type[Any]]) -> None:
        self._decoders = {cls.NAME: map_decoder(cls) for cls in messages}

    def encode(self, message: Any) -> bytes:
        """One message as bytes.

        Raises:
            ProtocolError: it is longer than `MAX_MESSAGE`, or an int does not fit 64 bits.
        """
        body = {"t": message.NAME, **to_wire(message)}
        try:
            packed: bytes = msgpack.packb(body, use_bin_type=True, unicode_errors="surrogatepass")
        except (OverflowError, ValueError) as error:
            raise ProtocolError(f"{body['t']} cannot be encoded: {error}") from error
        if len(packed) > MAX_MESSAGE:
            raise ProtocolError(f"{body['t']} is {len(packed)} bytes, more than {MAX_MESSAGE}")
        return packed

    def decode(self, value: Any) -> Any | None:
        """The dataclass for one unpacked value; None for a message that this version does not know.

        Raises:
            ProtocolError: it is not a map with a known shape.
        """
        if not isinstance(value, dict):
            raise ProtocolError(f"a message should be a map, is {type_name(value)}")
        name = value.get("t")
        if type(name) is not str:
            raise ProtocolError("a message without a name")
        decoder = self._decoders.get(name)
        return None if decoder is None else decoder(value, name)


class _Allowance:
    """What a recording or a connection may make us keep in all; bounds of single messages do not bound that.

    A kind of message may have a bound of its own: `MOST` is how many entries its one list may have in all messages.
    """

    def __init__(self) -> None:
        self._definitions = self._unknown = 0
        self._entries = Counter[str]()

    def use(self, message: Any | None, length: int) -> None:
        """Count a message of so many bytes.

        Raises:
            ProtocolError: there have been too many of its kind.
        """
        if message is None:
            self._unknown += 1
            if self._unknown > MAX_UNKNOWN:
                raise ProtocolError(f"more than {MAX_UNKNOWN:,} messages of kinds that are not known")
        elif getattr(message, "IS_KEPT", False):
            self._definitions += length
            if self._definitions > MAX_DEFINITIONS:
                raise ProtocolError(f"more than {MAX_DEFINITIONS >> 20} MiB of stacks and names")
            if most := getattr(message, "MOST", 0):
                (entries,) = (getattr(message, field.name) for field in dataclasses.fields(message))
                self._entries[message.NAME] += len(entries)
                if self._entries[message.NAME] > most:
                    raise ProtocolError(f"more than {most:,} {message.NAME}")


class Decoder:
    """Bytes in any pieces → messages. One for one direction of one connection; not usable after an error.

    Attributes:
        first: the first map as it was unpacked, also if it was refused: another version's hello can still be told.
    """

    def __init__(self, codec: Codec) -> None:
        self._codec = codec
        self._allowance = _Allowance()
        self._unpacker = msgpack.Unpacker(
            raw=False,
            use_list=False,
            strict_map_key=True,
            # Beside the longest message there may be the start of the next one.
            max_buffer_size=MAX_MESSAGE + _STEP,
            # Paths and arguments are bytes in Go and may not be UTF-8; that must not end the session.
            unicode_errors="backslashreplace",
            max_array_len=MAX_ITEMS,
            max_map_len=1 << 10,
        )
        self.first: dict[str, Any] = {}
        self._fed = 0
        self._read = 0

    @property
    def pending(self) -> int:
        """Bytes of a message that has not arrived whole."""
        return self._fed - self._read

    def feed(self, data: bytes) -> Iterator[Any]:
        """Messages that `data` completes.

        Raises:
            ProtocolError: the bytes are no msgpack, no map, of the wrong shape, or a message is too long.
        """
        for start in range(0, len(data), _STEP):
            piece = data[start : start + _STEP]
            self._fed += len(piece)
            try:
                self._unpacker.feed(piece)
            except msgpack.BufferFull:
                raise ProtocolError(f"a message is longer than {MAX_MESSAGE} bytes") from None
            yield from self._complete()

    def _complete(self) -> Iterator[Any]:
        while True:
            try:
                value = self._unpacker.unpack()
            except msgpack.OutOfData:
                return
            # RecursionError, OverflowError, MemoryError and friends: what a hostile length or nesting can provoke.
            except Exception as error:
                raise ProtocolError(f"not msgpack: {str(error) or type(error).__name__}") from error
            end = self._unpacker.tell()
            length = end - self._read
            if length > MAX_MESSAGE:
                raise ProtocolError(f"a message is longer than {MAX_MESSAGE} bytes")
            self._read = end
            if not self.first and isinstance(value, dict):
                self.first = value
            message = self._codec.decode(value)
            self._allowance.use(message, length)
            if message is not None:
                yield message
