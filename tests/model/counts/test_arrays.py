"""Columns of counts, against Python's own integers."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gotop.model.counts.arrays import (
    BIG_INTS,
    column_of,
    comparable,
    gathered,
    increase,
    indices,
    padded,
    present,
    quotients,
    share_of,
    unpack_column,
    value_at,
)  # fmt: skip

COUNTS = st.integers(0, 1 << 80) | st.integers(0, 1000)
COLUMNS = st.lists(COUNTS, max_size=20)


@given(COLUMNS, COLUMNS)
def test_an_increase_is_exact_beyond_64_bits_and_what_is_younger_was_0(now: list[int], before: list[int]) -> None:
    before = before[: len(now)]
    found = increase(column_of(now), column_of(before))
    wanted = [value - old for value, old in zip(now, [*before, *[0] * len(now)], strict=False)]
    if column_of(now).dtype == BIG_INTS or column_of(before).dtype == BIG_INTS or max(now, default=0) < 1 << 62:
        assert found.tolist() == wanted


@given(COLUMNS, st.lists(st.integers(0, 30), max_size=20))
def test_what_is_beyond_the_end_has_counted_nothing(values: list[int], places: list[int]) -> None:
    column = column_of(values)
    wanted = [values[place] if place < len(values) else 0 for place in places]
    assert gathered(column, indices(places)).tolist() == wanted
    assert [value_at(column, place) for place in places] == wanted
    assert present(indices(places), column).tolist() == [
        place for place, value in zip(places, wanted, strict=True) if value
    ]
    assert padded(column, 25).tolist() == values + [0] * (25 - len(values))
    assert padded(column, 0) is column


@given(st.integers(1, 8), st.lists(st.integers(0, (1 << 64) - 1), min_size=1, max_size=20))
def test_any_width_is_unpacked(width: int, values: list[int]) -> None:
    values = [value & ((1 << 8 * width) - 1) for value in values]
    packed = b"".join(value.to_bytes(width, "little") for value in values)
    assert unpack_column(packed, len(values)).tolist() == values
    assert unpack_column(b"", 3).tolist() == [0, 0, 0]


@given(st.lists(st.tuples(COUNTS, st.integers(1, 1 << 80)), max_size=20))
def test_quotients_are_those_of_integers(pairs: list[tuple[int, int]]) -> None:
    parts, whole = (column_of([pair[side] for pair in pairs]) for side in (0, 1))
    assert quotients(parts, whole).tolist() == [part / its for part, its in pairs]


def test_what_is_to_be_ordered_is_a_number_of_64_bits() -> None:
    assert comparable(column_of([1 << 80, 3])).dtype == np.float64
    assert comparable(column_of([1, 3])).dtype == np.int64


def test_a_share_is_from_0_to_1_whatever_counters_did() -> None:
    assert [share_of(1, 4), share_of(-1, 4), share_of(5, 4), share_of(1, 0), share_of(1, -3)] == [0.25, 0, 1, 0, 0]
