"""pprof's profile.proto, packed with gzip, as `runtime/pprof` writes it (runtime/pprof/protomem.go writeHeapProto).

Field numbers are those of github.com/google/pprof/proto/profile.proto. Objects and bytes are counted, not sampled, so
that pprof has nothing to scale. As `runtime/pprof` does, the runtime's own frames at the leaf are dropped, unless there
are no others: bytes are those of the line that made the runtime allocate. The type is a label (`-tagfocus type=…`,
`-tagleaf type`) rather than a frame, as it is no function; or the leaf, where that is asked for.
"""

from __future__ import annotations

import gzip
from collections.abc import Sequence

from gotop.export.profile import Call, Profile, ProfileStack
from gotop.export.protobuf import message, number, varint
from gotop.export.registry import Selection, of_profile, register
from gotop.model.values import Frame

_SAMPLE_TYPE, _SAMPLE, _MAPPING, _LOCATION, _FUNCTION, _STRINGS = 1, 2, 3, 4, 5, 6
_TIME, _DURATION, _PERIOD_TYPE, _PERIOD, _COMMENT, _DEFAULT = 9, 10, 11, 12, 13, 14
_RUNTIME = ("runtime.", "internal/runtime/")
"""What functions begin with that runtime/pprof leaves out at the leaf; runtime/debug and other libraries stay."""
_MAPPED = 1
"""The only mapping: the program."""


def make(profile: Profile, selection: Selection) -> bytes:
    """Return the profile, packed."""
    out = ProfileWriter(profile)
    for stack in profile.stacks:
        out.sample(_calls(stack, selection.type_leaf), stack.allocs, stack.bytes, {"type": stack.site.type})
    return out.packed()


def without_runtime(calls: Sequence[Call]) -> Sequence[Call]:
    """Return the calls from the first outside of the runtime on; all if there is none. A call is judged by its
    innermost function, as runtime.FuncForPC is asked for in runtime/pprof.
    """
    first = (i for i, call in enumerate(calls) if call.frames and not call.frames[0].function.startswith(_RUNTIME))
    return calls[next(first, 0) :]


def _calls(stack: ProfileStack, type_leaf: bool) -> list[Call]:
    leaf = [Call(0, (Frame(stack.site.type, "", 0, False),))] if type_leaf and stack.site.type else []
    return [*leaf, *without_runtime(stack.calls)]


class ProfileWriter:
    """Writes a profile of objects and bytes, sample by sample."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._parts: list[bytes] = []
        self._strings: dict[str, int] = {"": 0}
        self._functions: dict[tuple[str, str], int] = {}
        self._locations: dict[Call, int] = {}
        self._highest = 0
        for kind, unit in (("alloc_objects", "count"), ("alloc_space", "bytes")):
            self._add_message(_SAMPLE_TYPE, self._kind(kind, unit))

    def sample(self, calls: Sequence[Call], allocs: int, size: int, labels: dict[str, str]) -> None:
        """Add a sample, innermost call first; labels without a value are left out."""
        places = b"".join(varint(self._location(call)) for call in calls if call.frames)
        value = message(1, places) + message(2, varint(allocs) + varint(size))
        for key, text in labels.items():
            if text:
                value += message(3, number(1, self._text(key)) + number(2, self._text(text)))
        self._add_message(_SAMPLE, value)

    def packed(self) -> bytes:
        """Return the file."""
        profile = self._profile
        program = number(1, _MAPPED) + number(3, self._highest + 1) + number(5, self._text(profile.program))
        # pprof divides it as file names are (fetch.go locateBinaries), and dies of a short one.
        build_id = profile.build_id if len(profile.build_id) > 2 else ""
        program += number(6, self._text(build_id)) + b"".join(number(field, 1) for field in (7, 8, 9, 10))
        self._add_message(_MAPPING, program)
        notes = [number(_COMMENT, self._text(note)) for note in profile.notes]
        ends = [
            number(_TIME, int((profile.begin_unix or 0.0) * 1e9)),
            number(_DURATION, int(profile.seconds * 1e9)),
            message(_PERIOD_TYPE, self._kind("space", "bytes")),
            number(_PERIOD, 1),
            *notes,
            number(_DEFAULT, self._text("alloc_space")),
        ]
        strings = [message(_STRINGS, text.encode("utf-8", "backslashreplace")) for text in self._strings]
        return gzip.compress(b"".join([*self._parts, *ends, *strings]), mtime=0)

    def _add_message(self, field: int, value: bytes) -> None:
        self._parts.append(message(field, value))

    def _kind(self, kind: str, unit: str) -> bytes:
        return number(1, self._text(kind)) + number(2, self._text(unit))

    def _text(self, text: str) -> int:
        return self._strings.setdefault(text, len(self._strings))

    def _location(self, call: Call) -> int:
        """Return the id of a call: one location for each address, with a line for each inlined frame."""
        known = self._locations.get(call)
        if known is None:
            known = self._locations[call] = len(self._locations) + 1
            lines = [number(1, self._function(frame)) + number(2, frame.line) for frame in call.frames]
            address = max(0, call.address - 1)  # of the call, as of a return address
            self._highest = max(self._highest, address)
            where = number(2, _MAPPED) + number(3, address) if address else b""
            self._add_message(_LOCATION, number(1, known) + where + b"".join(message(4, line) for line in lines))
        return known

    def _function(self, frame: Frame) -> int:
        key = (frame.function, frame.file)
        known = self._functions.get(key)
        if known is None:
            known = self._functions[key] = len(self._functions) + 1
            name = self._text(frame.function)
            texts = number(2, name) + number(3, name) + number(4, self._text(frame.file))
            self._add_message(_FUNCTION, number(1, known) + texts)
        return known


register(of_profile("pprof", "a profile for go tool pprof", "pb.gz", make, binary=True))
