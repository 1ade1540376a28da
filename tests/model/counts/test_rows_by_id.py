"""Rows by id, against a dictionary."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gotop.model.counts.arrays import indices
from gotop.model.counts.rows_by_id import RowsById


@given(st.lists(st.tuples(st.integers(0, 12) | st.integers(-(2**63), 2**63), st.integers(0, 20)), max_size=40))
def test_rows_by_id_are_those_of_a_dict(defined: list[tuple[int, int]]) -> None:
    made: dict[int, int] = {}
    rows = RowsById(lambda id_: made.setdefault(id_, 1_000))
    expected: dict[int, int] = {}
    for id_, row in defined:
        rows[id_] = row
        expected[id_] = row
        first = rows.consecutive_row(0, 3)
        if first is not None:
            assert [expected[id_] for id_ in range(3)] == [first, first + 1, first + 2]
    ids = [*expected, 77]
    assert rows.rows(ids).tolist() == [*expected.values(), expected.get(77, 1_000)]
    assert rows.rows(list(expected)).tolist() == list(expected.values())
    assert rows.rows([]).tolist() == indices([]).tolist()
    assert all(id_ in rows for id_ in expected)


def test_rows_are_consecutive_until_one_is_not() -> None:
    rows = RowsById(lambda id_: -1)
    for id_ in range(4):
        rows[id_] = 10 + id_
    assert (rows.consecutive_row(0, 4), rows.consecutive_row(1, 3), rows.consecutive_row(1, 4)) == (10, 11, None)
    rows[2] = 5
    assert (rows.consecutive_row(0, 2), rows.consecutive_row(0, 3)) == (10, None)
    rows.clear()
    assert 0 not in rows and rows[0] == -1 and rows.consecutive_row(0, 1) is None
