"""Counters of stacks, against sums in a loop."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gotop.model.counts.arrays import indices
from gotop.model.counts.counters import Counters
from tests import streams

ROWS = indices
"""Ids are rows here."""

amounts = st.integers(0, 2**64 - 1) | st.integers(0, 1000)


def listed(counts: Counters) -> list[list[int]]:
    """Its columns."""
    return [column.tolist() for column in counts.columns]


@given(st.lists(st.tuples(st.integers(0, 4), amounts, amounts, amounts), max_size=20))
def test_counts_are_exact_however_far_a_peer_counts(deltas: list[tuple[int, int, int, int]]) -> None:
    counts, expected = Counters(), [[0, 0, 0] for _ in range(5)]
    for _ in expected:
        counts.add_row()
    for id_, *values in deltas:
        counts.add_deltas((id_, *values), ROWS)
        expected[id_] = [a + b for a, b in zip(expected[id_], values, strict=True)]
    assert [list(row) for row in zip(*listed(counts), strict=True)] == expected
    counts.reset_counts()
    assert listed(counts) == [[0] * 5] * 3


@given(st.lists(st.dictionaries(st.integers(0, 9), st.tuples(amounts, amounts, amounts), min_size=1), max_size=6))
def test_a_run_adds_what_the_list_adds(ticks: list[dict[int, tuple[int, int, int]]]) -> None:
    at_once, one_by_one = Counters(), Counters()
    for counts in (at_once, one_by_one):
        for _ in range(12):
            counts.add_row()
    for changed in ticks:
        run = streams.run(changed)
        assert tuple(run.deltas()) == tuple(
            n for id_ in sorted(changed) if any(changed[id_]) for n in (id_, *changed[id_])
        )
        one_by_one.add_deltas(streams.flat(changed), ROWS)
        at_once.add_delta_columns(run.first, run)
        assert listed(at_once) == listed(one_by_one)
