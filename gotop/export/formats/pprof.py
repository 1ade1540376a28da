"""pprof's profile.proto, packed with gzip, as `go tool pprof` reads it.

The message needs two of protobuf's wire types, numbers and bytes, which is less than a dependency on protobuf and code
generated for one of its versions. Field numbers are those of github.com/google/pprof/proto/profile.proto.

Objects and bytes since the hooks were placed are counted, not sampled, so that pprof has nothing to scale. The type is
a label (`-tagfocus type=…`, `-tagleaf type`) rather than a frame: it is no function.
"""

from __future__ import annotations

import gzip

from gotop.export.all_stacks import all_stacks, frames_of
from gotop.export.registry import Exporter, ScreenContent, register
from gotop.model.session import Session
from gotop.model.sites.stack_rows import StackRow
from gotop.model.values import Frame

_SAMPLE_TYPE, _SAMPLE, _LOCATION, _FUNCTION, _STRINGS, _TIME, _DURATION, _DEFAULT = 1, 2, 4, 5, 6, 9, 10, 14


def make(session: Session, _: ScreenContent | None = None) -> bytes:
    """The profile."""
    profile = _Profile()
    for kind, unit in (("alloc_objects", "count"), ("alloc_space", "bytes")):
        profile.add_message(_SAMPLE_TYPE, _number(1, profile.text(kind)) + _number(2, profile.text(unit)))
    for stack in all_stacks(session):
        profile.sample(stack)
    begin = session.target.started_unix if session.target else 0.0
    return profile.packed(int(begin * 1e9), int(session.seconds * 1e9))


class _Profile:
    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._strings: dict[str, int] = {"": 0}
        self._functions: dict[tuple[str, str], int] = {}
        self._locations: dict[Frame, int] = {}

    def add_message(self, field: int, message: bytes) -> None:
        self._parts.append(_bytes(field, message))

    def text(self, text: str) -> int:
        return self._strings.setdefault(text, len(self._strings))

    def sample(self, stack: StackRow) -> None:
        places = b"".join(_varint(self._location(frame)) for frame in frames_of(stack))
        message = _bytes(1, places) + _bytes(2, _varint(stack.allocs) + _varint(stack.bytes))
        if stack.type:
            message += _bytes(3, _number(1, self.text("type")) + _number(2, self.text(stack.type)))
        self.add_message(_SAMPLE, message)

    def _location(self, frame: Frame) -> int:
        known = self._locations.get(frame)
        if known is None:
            known = self._locations[frame] = len(self._locations) + 1
            line = _number(1, self._function(frame)) + _number(2, frame.line)
            self.add_message(_LOCATION, _number(1, known) + _bytes(4, line))
        return known

    def _function(self, frame: Frame) -> int:
        key = (frame.function, frame.file)
        known = self._functions.get(key)
        if known is None:
            known = self._functions[key] = len(self._functions) + 1
            name = self.text(frame.function)
            self.add_message(
                _FUNCTION, _number(1, known) + _number(2, name) + _number(3, name) + _number(4, self.text(frame.file))
            )
        return known

    def packed(self, begin_ns: int, duration_ns: int) -> bytes:
        ends = [_number(_TIME, begin_ns), _number(_DURATION, duration_ns), _number(_DEFAULT, self.text("alloc_space"))]
        strings = [_bytes(_STRINGS, text.encode()) for text in self._strings]
        return gzip.compress(b"".join([*self._parts, *ends, *strings]), mtime=0)


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _bytes(field: int, value: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(value)) + value


register(Exporter("pprof", "a profile for go tool pprof", "pb.gz", make, binary=True))
