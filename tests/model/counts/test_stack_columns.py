"""Packed columns, and a timeline that has little room."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gotop.model.counts.arrays import column_of
from gotop.model.counts.snapshot import GroupIndex, LazyGroupSums, ReadyGroupSums, Snapshot
from gotop.model.counts.stack_columns import StackColumns
from gotop.model.counts.timeline import COARSE_S, FEWEST, PAST_S, SLACK_S, Timeline
from gotop.model.queries import Window

counts = st.lists(st.integers(-3, 2**65) | st.sampled_from([0, 255, 256, 65_535, 65_536, 2**32 - 1, 2**32]), max_size=9)


@given(counts, counts, counts)
def test_packed_columns_hold_what_they_held(allocs: list[int], sizes: list[int], waste: list[int]) -> None:
    columns = StackColumns(*map(column_of, (allocs, sizes, waste)))
    before = columns.room
    columns.pack()
    assert columns.room <= before
    assert [column.tolist() for column in (columns.allocs, columns.bytes, columns.waste)] == [allocs, sizes, waste]
    # what is read can be subtracted: narrow integers without a sign could not
    assert (columns.allocs[:1] - columns.allocs[:1] - 1).tolist() == [-1] * len(allocs[:1])


def read_for(seconds: int, stacks: int, room: int) -> Timeline:
    """A timeline of a reading a quarter of a second, each of which has counted one more of every stack."""
    timeline = Timeline(room)
    for quarter in range(4 * seconds):
        columns = StackColumns(*[column_of([quarter] * stacks) for _ in range(3)])
        groups = LazyGroupSums(GroupIndex(), columns)
        timeline.add_snapshot(Snapshot(quarter / 4, quarter, quarter, 0, columns, groups))
    return timeline


def test_snapshots_are_thinned_where_they_would_take_more_than_there_is_room_for() -> None:
    stacks, room = 1_000, 40 * 1_000 * 6
    timeline = read_for(400, stacks, room)
    kept = list(timeline._kept())
    assert timeline.thinned and sum(each.stacks.room for each in {id(it.stacks): it for it in kept}.values()) <= room
    assert kept[0].at <= timeline.current.at - PAST_S / 2, "the past is still there"
    for window in (Window.NOW, Window.S10, Window.S60):
        assert isinstance(window.value, float)
        begin = timeline.window_start(window)
        length = timeline.current.at - begin.at
        assert window.value / 2 <= length <= window.value + SLACK_S
        rate = (timeline.current.allocs - begin.allocs) / length
        assert rate == 4, "the mean of what is kept is a true one"


def test_without_need_nothing_is_thinned_and_a_few_are_kept_in_any_case() -> None:
    assert not read_for(int(COARSE_S), 10, 1 << 20).thinned
    tiny = read_for(100, 10, 0)
    assert tiny.thinned and len({id(each) for each in tiny._kept()}) == FEWEST


def test_an_empty_snapshot_has_nothing() -> None:
    assert isinstance(Snapshot.empty_at(1.0).groups, ReadyGroupSums) and Snapshot.empty_at(1.0).stacks.room == 0
