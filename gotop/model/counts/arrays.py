"""Columns of counts: numpy's arrays of 64-bit integers, of which thousands are added, gathered and compared at once.

Such integers wrap around in silence. What fits them is for `Counts` to know, who is the only one that adds what comes
from outside: a column that could be too much has Python's own integers in it (`BIG_INTS`), with which everything here
works as well, only more slowly. Columns are never changed by whoever has not made them.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from itertools import repeat
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Column: TypeAlias = npt.NDArray[Any]
Indices: TypeAlias = npt.NDArray[np.intp]

BIG_INTS = np.dtype(object)

EMPTY: Column = np.zeros(0, np.int64)


def column_of(values: Sequence[int]) -> Column:
    """As a column; by way of `struct`, which is twice as fast as having numpy look at each."""
    try:
        return np.frombuffer(struct.pack(f"{len(values)}q", *values), np.int64)
    except struct.error:
        return np.array(values, BIG_INTS)


def indices(values: Sequence[int]) -> Indices:
    """As what other columns can be gathered by."""
    return np.array(values, np.intp)


def unpack_column(values: bytes, length: int) -> Column:
    """A column of so many little-endian values of any width up to eight bytes; no bytes: zeros."""
    if not values:
        return np.zeros(length, np.int64)
    width = len(values) // length
    room = 1 << (width - 1).bit_length()
    if room != width:
        wide = np.zeros((length, room), np.uint8)
        wide[:, :width] = np.frombuffer(values, np.uint8).reshape(length, width)
        values = wide.tobytes()
    column = np.frombuffer(values, f"<u{room}")
    return column if room < 8 else _signed(column)


def _signed(column: Column) -> Column:
    return column.astype(np.int64) if column.max() < 1 << 63 else column.astype(BIG_INTS)


def value_at(column: Column | Sequence[int], index: int) -> int:
    """A column's value, 0 for what is younger than the column."""
    return int(column[index]) if index < len(column) else 0


def padded(column: Column, length: int) -> Column:
    """The column with zeros at its end, or itself if it is as long already."""
    more = length - len(column)
    return column if more <= 0 else np.concatenate([column, np.zeros(more, column.dtype)])


def increase(now: Column, before: Column) -> Column:
    """By how much each has grown; what is younger than `before` was 0."""
    known = min(len(now), len(before))
    grown = now.copy() if before.dtype != BIG_INTS else now.astype(BIG_INTS)
    grown[:known] -= before[:known]
    return grown


def gathered(column: Column, places: Indices) -> Column:
    """The values at some places, 0 at those that are younger than the column."""
    values, known = np.zeros(len(places), column.dtype), places < len(column)
    values[known] = column[places[known]]
    return values


def quotients(parts: Column, whole: Column | int) -> Column:
    """Parts divided by what is not 0, to the last digit as Python's own integers are."""
    exact = _exact(parts) and _exact(np.asarray(whole))
    return parts / whole if exact else np.array([part / its for part, its in _pairs(parts, whole)], np.float64)


def share_of(part: int, whole: int) -> float:
    """0 to 1, also where counters went back."""
    return min(1.0, max(0.0, part / whole)) if whole > 0 else 0.0


def _exact(column: Column) -> bool:
    """Whether all of it can be made into floats without loss."""
    return column.dtype != BIG_INTS and not np.any(np.abs(column) > 1 << 53)


def _pairs(parts: Column, whole: Column | int) -> Iterator[tuple[int, int]]:
    wholes = whole.tolist() if isinstance(whole, np.ndarray) else repeat(whole)
    return zip(parts.tolist(), wholes, strict=False)


def present(places: Indices, counted: Column) -> Indices:
    """Those of the places in a column of counts that have counted something."""
    known: Indices = places[places < len(counted)]
    found: Indices = known[counted[known] != 0]
    return found


def comparable(column: Column) -> npt.NDArray[Any]:
    """What can be put in order: beyond 64 bits by the first fifteen digits."""
    return column if column.dtype != BIG_INTS else column.astype(np.float64)
