"""Frozen dataclasses to msgpack and back, with every value checked on the way in.

The dataclass is the description of the message: field names are the keys, annotations are what is accepted, a field
with a default may be missing. A nested dataclass travels as a map, or as a list if it says `AS_LIST = True`; with
`OMIT_NONE = True` a None is left out instead of sent as nil. Nothing a peer sends can raise anything but
`ProtocolError`: the fuzz tests hold this module to it.
"""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

import msgpack

MAX_MESSAGE = 16 << 20
"""Bytes; a longer message is an error, so that a peer cannot make us hold all memory."""

MAX_ITEMS = 1 << 20
"""Most items of a list in a message."""

MAX_NAME = 16 << 10
"""Characters of a string that are kept. A hostile name would be shown, and written into reports, thousands of times."""

LARGEST_FLOAT = 1e18
"""Floats are milliseconds, percentages and shares: what is beyond, or no number, was not measured."""

MAX_DEFINITIONS = 192 << 20
"""Bytes of definitions (stacks, names, labels) that are taken in all: what they become is kept, in some ten times as
much memory."""

MAX_UNKNOWN = 100_000
"""Messages of kinds that this version does not know, which are skipped."""

_STEP = 1 << 20
"""Bytes given to the unpacker at a time, which must fit its buffer beside a whole message."""

Check = Callable[[Any, str], Any]
T = TypeVar("T")


class ProtocolError(Exception):
    """What the peer sent is not this protocol: says what was wrong with which message."""


def _type_name(value: object) -> str:
    return "nil" if value is None else type(value).__name__


def _scalar(kind: type) -> Check:
    def check(value: Any, where: str) -> Any:
        # `type is`, not isinstance: a bool must not pass for an int.
        if kind is float and type(value) is int:
            value = float(value)
        if type(value) is kind:
            if isinstance(value, float) and not abs(value) <= LARGEST_FLOAT:
                raise ProtocolError(f"{where} is {value}, which is no figure")
            return value
        raise ProtocolError(f"{where} should be {kind.__name__}, is {_type_name(value)}")

    return check


def _text(value: Any, where: str) -> Any:
    """A string, cut where it is longer than any name."""
    if type(value) is not str:
        raise ProtocolError(f"{where} should be str, is {_type_name(value)}")
    return value if len(value) <= MAX_NAME else value[: MAX_NAME - 1] + "…"


def _optional(inner: Check) -> Check:
    return lambda value, where: None if value is None else inner(value, where)


def _sequence(inner: Check) -> Check:
    def check(value: Any, where: str) -> tuple[Any, ...]:
        if not isinstance(value, list | tuple):
            raise ProtocolError(f"{where} should be a list, is {_type_name(value)}")
        return tuple([inner(item, where) for item in value])

    return check


def _ints(value: Any, where: str) -> tuple[int, ...]:
    """A flat list of ints; tens of thousands a message, so the loop over them is left to C."""
    if not isinstance(value, list | tuple):
        raise ProtocolError(f"{where} should be a list, is {_type_name(value)}")
    if value and set(map(type, value)) != {int}:
        raise ProtocolError(f"{where} should hold nothing but ints")
    return tuple(value)


def _nested(cls: type[Any]) -> Check:
    compiled: Callable[[Any, str], Any] | None = None

    def check(value: Any, where: str) -> Any:
        nonlocal compiled
        if compiled is None:
            compiled = _list_decoder(cls) if getattr(cls, "AS_LIST", False) else _map_decoder(cls)
        return compiled(value, where)

    return check


def _check_for(hint: Any) -> Check:
    """The check for one annotation.

    Raises:
        TypeError: the annotation is not one that travels: a programming error.
    """
    if hint == tuple[int, ...]:
        return _ints
    origin, args = get_origin(hint), get_args(hint)
    if origin is tuple and len(args) == 2 and args[1] is Ellipsis:
        return _sequence(_check_for(args[0]))
    if origin in (Union, types.UnionType):
        (inner,) = (arg for arg in args if arg is not type(None))
        return _optional(_check_for(inner))
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return _nested(hint)
    if hint is str:
        return _text
    if hint in (int, bool, bytes, float):
        return _scalar(hint)
    raise TypeError(f"{hint!r} does not travel")


def _plan(cls: type[Any]) -> list[tuple[str, Check, bool]]:
    hints = get_type_hints(cls)
    return [
        (field.name, _check_for(hints[field.name]), field.default is dataclasses.MISSING)
        for field in dataclasses.fields(cls)
    ]


def _map_decoder(cls: type[T]) -> Callable[[Any, str], T]:
    plan = _plan(cls)

    def decode(value: Any, where: str) -> T:
        if not isinstance(value, Mapping):
            raise ProtocolError(f"{where} should be a map, is {_type_name(value)}")
        found: dict[str, Any] = {}
        for name, check, required in plan:
            if name in value:
                found[name] = check(value[name], f"{where}.{name}")
            elif required:
                raise ProtocolError(f"{where}.{name} is missing")
        return _build(cls, found, where)

    return decode


def _list_decoder(cls: type[T]) -> Callable[[Any, str], T]:
    plan = _plan(cls)
    least = sum(required for _, _, required in plan)

    def decode(value: Any, where: str) -> T:
        # Longer is fine: a later agent may append a value that this reader does not know.
        if not isinstance(value, list | tuple) or len(value) < least:
            raise ProtocolError(f"{where} should be a list of {least} values")
        found = {name: check(item, f"{where}.{name}") for (name, check, _), item in zip(plan, value, strict=False)}
        return _build(cls, found, where)

    return decode


def _build(cls: type[T], values: dict[str, Any], where: str) -> T:
    try:
        return cls(**values)
    except ValueError as error:
        raise ProtocolError(f"{where}: {error}") from error


def to_wire(value: Any) -> Any:
    """A dataclass as maps and lists; everything else as it is."""
    if dataclasses.is_dataclass(value):
        items = [(field.name, to_wire(getattr(value, field.name))) for field in dataclasses.fields(value)]
        if getattr(value, "AS_LIST", False):
            return [item for _, item in items]
        omit = getattr(value, "OMIT_NONE", False)
        return {name: item for name, item in items if not (omit and item is None)}
    if isinstance(value, tuple) and value and (dataclasses.is_dataclass(value[0]) or isinstance(value[0], tuple)):
        return [to_wire(item) for item in value]
    return value


class Codec:
    """Messages of one direction: their `NAME` on the wire ↔ dataclass."""

    def __init__(self, messages: Iterable[type[Any]]) -> None:
        self._decoders = {cls.NAME: _map_decoder(cls) for cls in messages}

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
            raise ProtocolError(f"a message should be a map, is {_type_name(value)}")
        name = value.get("t")
        if type(name) is not str:
            raise ProtocolError("a message without a name")
        decoder = self._decoders.get(name)
        return None if decoder is None else decoder(value, name)


class _Allowance:
    """What a recording or a connection may make us keep in all; bounds of single messages do not bound that."""

    def __init__(self) -> None:
        self._definitions = self._unknown = 0

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
                raise ProtocolError(f"not msgpack: {error or type(error).__name__}") from error
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
