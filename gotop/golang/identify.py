"""Whether a file is a Go program, and of which version: for looking at all that run on a machine in an instant.

It reads the ELF header, the section headers and the few bytes of build information that name the version, nothing else.
`gotop.golang.buildinfo` is the thorough reader; this one answers the same where both do.
"""

import os
import struct
from typing import BinaryIO

from gotop.golang.arch import is_supported
from gotop.regular_file import open_regular

_HEAD = struct.Struct("<16sHHIQQQIHHHHHH")
_SECTION = struct.Struct("<IIQQQQ")
_SEGMENT = struct.Struct("<IIQQQQQQ")
_SECTION_SIZE, _SEGMENT_SIZE = 64, 56
_MAX_HEADERS = 4096
_MAX_NAMES = 1 << 20
_PT_LOAD, _WRITABLE = 1, 2
_MAGIC = b"\xff Go buildinf:"
_INFO_SIZE = 160  # of the build information: its header and the version
_SEARCHED = 1 << 20  # of the writable data, where section headers were removed: it is at the beginning
_FUNCTION_TABLES = (b".gopclntab", b".data.rel.ro.gopclntab")


def go_version_of(file: str | os.PathLike[str]) -> str | None:
    """Return the Go version of a program that gotop can hook: `go1.26.6`, or "" if the program does not tell; None for
    anything else, programs for other architectures among it. The version is its first word: experiments are left out.
    Never raises.
    """
    try:
        with open_regular(file) as source:
            return _identify(source)
    except (OSError, OverflowError, struct.error, ValueError):
        return None


def _identify(source: BinaryIO) -> str | None:
    head = source.read(_HEAD.size)
    if head[:6] != b"\x7fELF\x02\x01":
        return None
    _, _, machine, _, _, segments, sections, _, _, _, segment_count, _, section_count, names = _HEAD.unpack(head)
    if not is_supported(machine):
        return None
    if sections and 0 < section_count <= _MAX_HEADERS:
        return _from_sections(source, _at(source, sections, section_count * _SECTION_SIZE), names)
    return _from_segments(source, _at(source, segments, min(segment_count, _MAX_HEADERS) * _SEGMENT_SIZE))


def _from_sections(source: BinaryIO, table: bytes, names: int) -> str | None:
    headers = [_SECTION.unpack_from(table, at) for at in range(0, len(table), _SECTION_SIZE)]
    _, _, _, _, offset, size = headers[names] if names < len(headers) else (0,) * 6
    texts = _at(source, offset, min(size, _MAX_NAMES))
    found = {texts[name : texts.find(b"\0", name)]: at for name, _, _, _, at, _ in headers if name < len(texts)}
    if b".go.buildinfo" in found:
        return _version(_at(source, found[b".go.buildinfo"], _INFO_SIZE))
    return "" if any(name in found for name in _FUNCTION_TABLES) else None


def _from_segments(source: BinaryIO, table: bytes) -> str | None:
    for at in range(0, len(table), _SEGMENT_SIZE):
        kind, flags, offset, _, _, size, _, _ = _SEGMENT.unpack_from(table, at)
        if kind == _PT_LOAD and flags & _WRITABLE:
            data = _at(source, offset, min(size, _SEARCHED))
            found = data.find(_MAGIC)
            if found >= 0:
                return _version(data[found : found + _INFO_SIZE])
    return None


def _version(info: bytes) -> str:
    """Return the version in build information as Go has written it since 1.18: its length in one byte, then the text.
    """
    if len(info) < 33 or not info.startswith(_MAGIC) or not info[15] & 2 or info[32] >= 0x80:
        return ""
    text = info[33 : 33 + info[32]].decode("utf-8", "replace")
    return text.split(" X:")[0].strip()


def _at(source: BinaryIO, offset: int, size: int) -> bytes:
    source.seek(offset)
    return source.read(size)
