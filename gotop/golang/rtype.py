"""Names of runtime types: what `reflect.Type.String` prints, and what types of one name differ in.

All of it is in the descriptors (internal/abi/type.go, runtime/type.go). Types that print alike, as those of two
packages of one name do, have other import paths; those of two functions of one package other hashes.
"""

import re
import struct

from gotop.golang.binary import GoBinary
from gotop.golang.buildinfo import BuildInfo
from gotop.golang.errors import Malformed
from gotop.golang.layouts import known_minors

_TYPE = struct.Struct("<QQIBBBBQQii")  # abi.Type: Size_, PtrBytes, Hash, TFlag, Align, FieldAlign, Kind, Equal, GC, Str
_EXTRA_STAR = 2  # abi.TFlagExtraStar: the name is stored with a * that does not belong to it
_KIND_MASK = 31  # the bits above are flags up to Go 1.25
_KINDS = range(1, 27)  # reflect.Bool to reflect.UnsafePointer
_MAX_NAME = 1 << 16
_UNCOMMON, _NAMED = 1, 4  # abi.TFlag
_ARRAY, _CHAN, _FUNC, _INTERFACE, _MAP, _POINTER, _SLICE, _STRUCT = 17, 18, 19, 20, 21, 22, 23, 25  # abi.Kind
_MAX_DEPTH = 16

# Where abi.UncommonType is: behind the kind's own structure (abi.Type.Uncommon). That of maps differs (`_map_size`).
_UNCOMMON_AT = {_ARRAY: 72, _CHAN: 64, _FUNC: 56, _INTERFACE: 80, _POINTER: 56, _SLICE: 56, _STRUCT: 80}
_IMPORT_PATH = re.compile(r"[^\s\x00-\x1f\"'`\\]+")


class TypeNames:
    """Names of the types that the linker put into a binary."""

    def __init__(self, binary: GoBinary) -> None:
        offsets = binary.runtime.offsets
        self._image = binary.image
        self._map_size = _map_size(binary.info)
        self._start, self._end = (
            binary.image.u64(binary.table.module + offsets[f"moduledata.{f}"]) for f in ("types", "etypes")
        )

    def name(self, address: int) -> str:
        """Return the type's name, "" if there is no type descriptor of the binary at this link-time address."""
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


    def identity(self, address: int) -> tuple[str, int]:
        """Return the type's name with the import paths of packages, and its hash; ("", 0) if there is no such type.

        Names inside of structs, functions and interfaces without a name stay as they are printed; so does what cannot
        be read.
        """
        name = self.name(address)
        if not name:
            return "", 0
        return self._qualified(address, name, 0), int.from_bytes(self._image.read(address + 16, 4), "little")

    def _qualified(self, address: int, name: str, depth: int) -> str:
        try:
            flags, kind = self._image.read(address + 20, 4)[::3]
            if flags & _NAMED:
                path = self._package_path(address, kind & _KIND_MASK) if flags & _UNCOMMON else ""
                return path + name[name.index(".") :] if path and "." in name.partition("[")[0] else name
            return self._composed(address, kind & _KIND_MASK, name, depth)
        except Malformed:
            return name

    def _composed(self, address: int, kind: int, name: str, depth: int) -> str:
        """Return the name of a type that has none of its own but what it is made of."""
        if depth > _MAX_DEPTH or kind not in (_ARRAY, _CHAN, _MAP, _POINTER, _SLICE):
            return name
        first = self._image.u64(address + _TYPE.size)
        parts = (first, self._image.u64(address + _TYPE.size + 8)) if kind == _MAP else (first,)
        shown, position = "", 0
        for part in parts:
            printed = self.name(part)
            found = name.find(printed, position) if printed else -1
            if found < 0:
                return name
            shown += name[position:found] + self._qualified(part, printed, depth + 1)
            position = found + len(printed)
        return shown + name[position:]

    def _package_path(self, address: int, kind: int) -> str:
        """Return the import path of a named type's package, "" for predeclared types."""
        place = self._map_size if kind == _MAP else _UNCOMMON_AT.get(kind, _TYPE.size)
        offset, room = int.from_bytes(self._image.read(address + place, 4), "little"), self._end - self._start
        if not 0 < offset < room:
            return ""
        text = _name_at(self._image.read(self._start + offset, min(_MAX_NAME, room - offset))) or b""
        path = text.decode("utf-8", "replace")
        return path if _IMPORT_PATH.fullmatch(path) else ""


def _map_size(info: BuildInfo) -> int:
    """Return the bytes of abi.MapType (abi.OldMapType, abi.SwissMapType in 1.24 and 1.25)."""
    minor = info.minor or known_minors()[-1]
    if minor < 24 or "noswissmap" in info.experiments:
        return 88
    return 112 if minor < 27 else 136


def _name_at(data: bytes) -> bytes | None:
    """Return the text of an abi.Name: a byte of flags, a varint length and the text; None if `data` end before it does.
    """
    size = shift = 0
    for position in range(1, min(6, len(data))):
        size |= (data[position] & 0x7F) << shift
        shift += 7
        if data[position] < 0x80:
            start = position + 1
            return data[start : start + size] if start + size <= len(data) else None
    return None
