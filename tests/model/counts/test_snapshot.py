"""Counts of stacks and of their groups, against sums in a loop."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gotop.model.counts.arrays import value_at
from gotop.model.counts.counters import Counters
from gotop.model.counts.snapshot import GroupIndex, LazyGroupSums, Snapshot
from tests import streams

ROWS = {id_: id_ for id_ in range(30)}

amounts = st.integers(0, 2**64 - 1) | st.integers(0, 1000)


def listed(counts: Counters) -> list[list[int]]:
    """Its columns."""
    return [column.tolist() for column in counts.columns]


@given(st.lists(st.tuples(st.integers(0, 5), amounts), max_size=30), st.integers(0, 30))
def test_groups_are_the_sums_of_their_rows(rows: list[tuple[int, int]], known: int) -> None:
    bundles, counts = GroupIndex(), Counters()
    for group, _ in rows:
        bundles.add_row(group)
        counts.add_row()
    counts.add_deltas([n for row, (_, amount) in enumerate(rows[:known]) for n in (row, amount, 2 * amount, 1)], ROWS)
    columns = counts.columns
    snapshot = Snapshot(1.0, 0, 0, 0, *columns, LazyGroupSums(bundles, columns))

    for group in range(7):
        mine = [amount for its, amount in rows[:known] if its == group]
        for each in (snapshot, snapshot.with_groups(bundles)):
            assert value_at(each.group_allocs, group) == sum(mine)
            assert value_at(each.group_bytes, group) == 2 * sum(mine)
            assert value_at(each.group_waste, group) == len(mine)


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


def test_a_snapshot_is_not_changed_by_what_comes() -> None:
    counts, bundles = Counters(), GroupIndex()
    bundles.add_row(0)
    counts.add_row()
    counts.add_deltas((0, 1, 16, 0), ROWS)
    columns = counts.columns
    snapshot = Snapshot(1.0, 1, 16, 0, *columns, LazyGroupSums(bundles, columns))
    bundles.add_row(0)
    counts.add_row()
    counts.add_deltas((0, 1, 16, 0, 1, 5, 80, 0), ROWS)
    assert value_at(snapshot.group_allocs, 0) == 1
    assert value_at(snapshot.group_bytes, 0) == 16
