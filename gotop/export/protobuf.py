"""Protocol buffers, as far as files need them: numbers, doubles and bytes, which is less than a dependency on protobuf
and code generated for one of its versions.
"""

from __future__ import annotations

import struct

_NUMBER, _DOUBLE, _BYTES = 0, 1, 2


def varint(value: int) -> bytes:
    """Encode a number; a negative one as its two's complement of 64 bits, as int64 is."""
    value &= (1 << 64) - 1
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def number(field: int, value: int) -> bytes:
    """Encode a field of a number."""
    return varint(field << 3 | _NUMBER) + varint(value)


def double(field: int, value: float) -> bytes:
    """Encode a field of a double."""
    return varint(field << 3 | _DOUBLE) + struct.pack("<d", value)


def message(field: int, value: bytes) -> bytes:
    """Encode a field of bytes or of another message."""
    return varint(field << 3 | _BYTES) + varint(len(value)) + value


def text(field: int, value: str) -> bytes:
    """Encode a field of text; what is no UTF-8 is replaced."""
    return message(field, value.encode("utf-8", "backslashreplace"))
