"""Counts of stacks and of their groups, against sums in a loop."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gotop.model.counts import Counts
from gotop.model.snapshot import Bundles, Snapshot, Summed, at
from tests import streams

amounts = st.integers(0, 2**64 - 1) | st.integers(0, 1000)


@given(st.lists(st.tuples(st.integers(0, 5), amounts), max_size=30), st.integers(0, 30))
def test_groups_are_the_sums_of_their_rows(rows: list[tuple[int, int]], known: int) -> None:
    bundles, counts = Bundles(), Counts()
    for row, (group, _) in enumerate(rows):
        bundles.add(row, group)
        counts.append()
    counts.add(
        [n for row, (_, amount) in enumerate(rows[:known]) for n in (row, amount, 2 * amount, 1)], range(len(rows))
    )
    columns = counts.copy()
    snapshot = Snapshot(1.0, 0, 0, 0, *columns, Summed(bundles, *columns))

    for group in range(7):
        mine = [amount for its, amount in rows[:known] if its == group]
        for each in (snapshot, snapshot.coarse(), snapshot.grouped(bundles)):
            assert at(each.group_allocs, group) == sum(mine)
            assert at(each.group_bytes, group) == 2 * sum(mine)
            assert each.groups.waste_of(group) == at(each.group_waste, group) == len(mine)
    assert not len(snapshot.coarse().stack_waste)


@given(st.lists(st.tuples(st.integers(0, 4), amounts, amounts, amounts), max_size=20))
def test_counts_are_exact_however_far_a_peer_counts(deltas: list[tuple[int, int, int, int]]) -> None:
    counts, expected = Counts(), [[0, 0, 0] for _ in range(5)]
    for _ in expected:
        counts.append()
    for id_, *values in deltas:
        counts.add((id_, *values), range(5))
        expected[id_] = [a + b for a, b in zip(expected[id_], values, strict=True)]
    allocs, sizes, waste = counts.copy()
    assert [list(row) for row in zip(allocs, sizes, waste, strict=True)] == expected
    counts.zero()
    assert [list(column) for column in counts.copy()] == [[0] * 5] * 3


@given(st.lists(st.dictionaries(st.integers(0, 9), st.tuples(amounts, amounts, amounts), min_size=1), max_size=6))
def test_a_run_adds_what_the_list_adds_or_nothing(ticks: list[dict[int, tuple[int, int, int]]]) -> None:
    at_once, listed = Counts(), Counts()
    for counts in (at_once, listed):
        for _ in range(12):
            counts.append()
    for changed in ticks:
        run = streams.run(changed)
        assert tuple(run.deltas()) == tuple(
            n for id_ in sorted(changed) if any(changed[id_]) for n in (id_, *changed[id_])
        )
        before = at_once.copy()
        listed.add(streams.flat(changed), range(12))
        if not at_once.add_run(run.first, run):
            assert at_once.copy() == before
            assert any(isinstance(column, list) for column in listed.copy())
            at_once.add(list(run.deltas()), range(12))
        assert [list(column) for column in at_once.copy()] == [list(column) for column in listed.copy()]


def test_a_snapshot_is_not_changed_by_what_comes() -> None:
    counts, bundles = Counts(), Bundles()
    bundles.add(0, 0)
    counts.append()
    counts.add((0, 1, 16, 0), [0])
    columns = counts.copy()
    snapshot = Snapshot(1.0, 1, 16, 0, *columns, Summed(bundles, *columns))
    bundles.add(1, 0)
    counts.append()
    counts.add((0, 1, 16, 0, 1, 5, 80, 0), [0, 1])
    assert at(snapshot.group_allocs, 0) == 1
    assert at(snapshot.group_bytes, 0) == 16
