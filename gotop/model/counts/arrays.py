"""Columns of counts: numpy arrays of 64-bit integers, with the few operations that the model needs on them.

64-bit integers overflow in silence. `Counters` alone adds what comes from outside, and turns a column that could
overflow into one of Python's own integers (`BIG_INTS`), with which everything here works too, only more slowly. Only
who has made a column may change it.
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
    """Make a column of integers, by way of `struct`, which is twice as fast as numpy's own conversion."""
    try:
        return np.frombuffer(struct.pack(f"{len(values)}q", *values), np.int64)
    except struct.error:
        return np.array(values, BIG_INTS)


def indices(values: Sequence[int]) -> Indices:
    """Make an array that other columns can be indexed with."""
    return np.array(values, np.intp)


def unpack_column(values: bytes, length: int) -> Column:
    """Decode `length` little-endian unsigned integers of any width up to eight bytes; no bytes at all are zeros."""
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
    """Return the value at an index, 0 beyond the column's end: what is younger than the column has counted nothing."""
    return int(column[index]) if index < len(column) else 0


def padded(column: Column, length: int) -> Column:
    """Return the column with zeros at its end up to a length, or the column itself if it is as long already."""
    more = length - len(column)
    return column if more <= 0 else np.concatenate([column, np.zeros(more, column.dtype)])


def increase(now: Column, before: Column) -> Column:
    """Subtract a column from a later one, which may be longer: what is younger than `before` was 0 then."""
    known = min(len(now), len(before))
    grown = now.copy() if before.dtype != BIG_INTS else now.astype(BIG_INTS)
    grown[:known] -= before[:known]
    return grown


def gathered(column: Column, places: Indices) -> Column:
    """Return the values at some indices, 0 beyond the column's end."""
    values, known = np.zeros(len(places), column.dtype), places < len(column)
    values[known] = column[places[known]]
    return values


def quotients(parts: Column, whole: Column | int) -> Column:
    """Divide by what is not 0, and exactly even where a 64-bit float could not hold the integers."""
    exact = _exact(parts) and _exact(np.asarray(whole))
    return parts / whole if exact else np.array([part / its for part, its in _pairs(parts, whole)], np.float64)


def share_of(part: int, whole: int) -> float:
    """Return a part as a share of the whole, kept within 0 and 1: counters may have gone back."""
    return min(1.0, max(0.0, part / whole)) if whole > 0 else 0.0


def _exact(column: Column) -> bool:
    """Whether floats can hold all of it without loss."""
    return column.dtype != BIG_INTS and not np.any(np.abs(column) > 1 << 53)


def _pairs(parts: Column, whole: Column | int) -> Iterator[tuple[int, int]]:
    wholes = whole.tolist() if isinstance(whole, np.ndarray) else repeat(whole)
    return zip(parts.tolist(), wholes, strict=False)


def present(places: Indices, counted: Column) -> Indices:
    """Return those of the indices at which something has been counted."""
    known: Indices = places[places < len(counted)]
    found: Indices = known[counted[known] != 0]
    return found


def comparable(column: Column) -> npt.NDArray[Any]:
    """Return what numpy can sort: big integers as floats, that is, by their first fifteen digits."""
    return column if column.dtype != BIG_INTS else column.astype(np.float64)
