"""Snapshots, and sums of groups against sums in a loop."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gotop.model.counts.arrays import indices, value_at
from gotop.model.counts.counters import Counters
from gotop.model.counts.snapshot import GroupIndex, LazyGroupSums, Snapshot
from gotop.model.counts.stack_columns import StackColumns

ROWS = indices
"""Ids are rows here."""

amounts = st.integers(0, 2**64 - 1) | st.integers(0, 1000)


@given(st.lists(st.tuples(st.integers(0, 5), amounts), max_size=30), st.integers(0, 30))
def test_groups_are_the_sums_of_their_rows(rows: list[tuple[int, int]], known: int) -> None:
    groups, counts = GroupIndex(), Counters()
    for group, _ in rows:
        groups.add_row(group)
        counts.add_row()
    counts.add_deltas([n for row, (_, amount) in enumerate(rows[:known]) for n in (row, amount, 2 * amount, 1)], ROWS)
    columns = StackColumns(*counts.columns)
    snapshot = Snapshot(1.0, 0, 0, 0, columns, LazyGroupSums(groups, columns))

    for group in range(7):
        mine = [amount for its, amount in rows[:known] if its == group]
        for each in (snapshot, snapshot.with_groups(groups)):
            assert value_at(each.group_allocs, group) == sum(mine)
            assert value_at(each.group_bytes, group) == 2 * sum(mine)
            assert value_at(each.group_waste, group) == len(mine)


def test_a_snapshot_is_not_changed_by_what_comes() -> None:
    counts, groups = Counters(), GroupIndex()
    groups.add_row(0)
    counts.add_row()
    counts.add_deltas((0, 1, 16, 0), ROWS)
    columns = StackColumns(*counts.columns)
    snapshot = Snapshot(1.0, 1, 16, 0, columns, LazyGroupSums(groups, columns))
    groups.add_row(0)
    counts.add_row()
    counts.add_deltas((0, 1, 16, 0, 1, 5, 80, 0), ROWS)
    assert value_at(snapshot.group_allocs, 0) == 1
    assert value_at(snapshot.group_bytes, 0) == 16
