"""Names of runtime types: what `reflect.Type.String` prints (internal/abi/type.go, runtime/type.go)."""

import struct

from gotop.golang.binary import GoBinary
from gotop.golang.errors import Malformed

_TYPE = struct.Struct("<QQIBBBBQQii")  # abi.Type: Size_, PtrBytes, Hash, TFlag, Align, FieldAlign, Kind, Equal, GC, Str
_EXTRA_STAR = 2  # abi.TFlagExtraStar: the name is stored with a * that does not belong to it
_KIND_MASK = 31  # the bits above are flags up to Go 1.25
_KINDS = range(1, 27)  # reflect.Bool to reflect.UnsafePointer
_MAX_NAME = 1 << 16


class TypeNames:
    """Names of the types that the linker put into a binary."""

    def __init__(self, binary: GoBinary) -> None:
        offsets = binary.runtime.offsets
        self._image = binary.image
        self._start, self._end = (
            binary.image.u64(binary.table.module + offsets[f"moduledata.{f}"]) for f in ("types", "etypes")
        )

    def name(self, address: int) -> str:
        """The type's name, "" if there is no type descriptor of the binary at this link-time address."""
        if not self._start <= address <= self._end - _TYPE.size or address % 8:
            return ""
        try:
            return self._name(address)
        except Malformed:
            return ""

    def _name(self, address: int) -> str:
        _, _, _, flags, _, _, kind, _, _, offset, _ = _TYPE.unpack(self._image.read(address, _TYPE.size))
        if (kind & _KIND_MASK) not in _KINDS or not 0 < offset < self._end - self._start:
            return ""
        text = _name_at(self._image.read(self._start + offset, min(256, self._end - self._start - offset)))
        if text is None:
            text = _name_at(self._image.read(self._start + offset, min(_MAX_NAME, self._end - self._start - offset)))
        name = "" if text is None else text.decode("utf-8", "replace")
        return name[1:] if flags & _EXTRA_STAR else name


def _name_at(data: bytes) -> bytes | None:
    """An abi.Name: a byte of flags, a varint length and the text; None if `data` end before it does."""
    size = shift = 0
    for position in range(1, min(6, len(data))):
        size |= (data[position] & 0x7F) << shift
        shift += 7
        if data[position] < 0x80:
            start = position + 1
            return data[start : start + size] if start + size <= len(data) else None
    return None
