"""What ids mean, and which stacks are one group."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gotop.agent.protocol import COPY, GO, HEAP, SAMPLE, PcFrames, StackDef, SymbolFrame, TypeName
from gotop.model.counts.room import Room
from gotop.model.counts.stack_table import StackTable
from gotop.model.symbols.symbol_table import SymbolTable
from gotop.model.values import SiteKey

A, B, T = 1, 2, 50


def table(room: Room = Room()) -> StackTable:  # noqa: B008
    symbols = SymbolTable()
    symbols.add_frames(
        [PcFrames(pc, (SymbolFrame(f"main.{name}", "m.go", pc, False),)) for pc, name in ((A, "a"), (B, "b"))]
    )
    symbols.add_types([TypeName(T, "main.T")])
    return StackTable(symbols, room=room)


def test_the_same_stack_under_another_id_keeps_its_row() -> None:
    found = table()
    found.define_stacks([StackDef(0, HEAP, T, (A,), False), StackDef(1, HEAP, T, (A, B), False)])
    found.add_deltas((0, 1, 8, 0, 1, 2, 16, 0))
    found.forget_ids()
    found.reset_counts()
    found.define_stacks([StackDef(7, HEAP, T, (A, B), False)])
    found.add_deltas((7, 3, 24, 1))
    assert [column.tolist() for column in found.counted] == [[0, 3], [0, 24], [0, 1]]
    assert found.keys == [SiteKey("main.a", "m.go", A, "main.T")] and [list(rows) for rows in found.members] == [[0, 1]]


def test_kinds_do_not_mix_and_samples_are_of_the_heap() -> None:
    found = table()
    found.define_stacks([
        StackDef(0, HEAP, T, (A,), False), StackDef(1, SAMPLE, T, (A,), False), StackDef(2, GO, T, (A,), False),
        StackDef(3, COPY, 0, (A,), False), StackDef(4, COPY, 0, (A,), False),
    ])  # fmt: skip
    assert [len(found.members[group]) for group in found.groups(HEAP)] == [2]
    assert found.estimated == set(found.groups(HEAP).tolist())
    assert [len(found.members[group]) for group in found.groups(COPY)] == [2], "two sizes, two rows"
    key = SiteKey("main.a", "m.go", A, "main.T")
    assert found.find_group(GO, key) != found.find_group(HEAP, key) is not None
    assert found.find_group(COPY, key) is None


def test_names_that_change_put_stacks_into_other_groups() -> None:
    found = table()
    found.define_stacks([StackDef(0, HEAP, T, (A,), False), StackDef(1, HEAP, T, (B,), False)])
    found.add_deltas((0, 1, 8, 0, 1, 2, 16, 0))
    before = found.take_snapshot(1.0, 3, 24, 0)
    found._symbols.add_frames([PcFrames(B, (SymbolFrame("main.a", "m.go", A, False),))])
    found.regroup_stacks()
    after = found.regroup_snapshot(before)
    group = found.find_group(HEAP, SiteKey("main.a", "m.go", A, "main.T"))
    assert group is not None
    assert (before.group_bytes[group], after.group_bytes[group]) == (8, 24)
    assert found.stacks_by_group(after)[group] == 2


def grouped(found: StackTable) -> list[object]:
    """What is known of groups that have members, and of each row."""
    groups = [
        (found.kinds[group], found.keys[group], list(members), group in found.estimated, group in found.shortened)
        for group, members in enumerate(found.members)
        if members
    ]
    return [sorted(groups), [found.keys[group] for group in found.group_of]]


@given(
    st.lists(st.tuples(st.sampled_from([HEAP, GO, SAMPLE]), st.integers(T, T + 3), st.booleans()), max_size=20),
    st.lists(
        st.tuples(st.integers(T, T + 3), st.sampled_from(["main.T", "main.U", "x.Y"]), st.integers(1, 2)), max_size=6
    ),
)
def test_stacks_of_types_that_get_other_names_are_all_that_is_regrouped(
    stacks: list[tuple[int, int, bool]], renamed: list[tuple[int, str, int]]
) -> None:
    found = table()
    defs = [StackDef(n, kind, type_, (A, n), short, short=short) for n, (kind, type_, short) in enumerate(stacks)]
    found.define_stacks(defs)
    for addr, name, number in renamed:
        found.regroup_stacks(found._symbols.add_types([TypeName(addr, name, f"p/{name}", number)]))
        some = grouped(found)
        found.regroup_stacks()
        assert some == grouped(found)
    assert list(map(len, found.members)) == np.bincount(found.group_of, minlength=len(found.keys)).tolist()


def test_an_id_that_was_never_defined_is_in_no_group_of_the_heap() -> None:
    found = table()
    found.add_deltas((9, 1, 8, 0))
    assert found.undefined == 1
    assert found.groups(HEAP).tolist() == []


def test_stacks_that_there_is_no_room_for_are_counted_at_their_site() -> None:
    found = table(Room(stacks=0))
    stacks = [(A, B), (A, A), (A, B, B), (B,), (A, B), (B, A)]
    found.define_stacks([StackDef(number, HEAP, T, pcs, False) for number, pcs in enumerate(stacks)])
    found.add_deltas([n for number in range(len(stacks)) for n in (number, 1, 8, 0)])
    rows = [(row.pcs, row.cut) for row in found.rows]
    assert rows == [((A, B), False), ((A,), True), ((B,), True)], "the first one, and one of each site"
    assert found.folded == 4, "the first, again, is known"
    assert [column.tolist() for column in found.counted] == [[2, 2, 2], [16, 16, 16], [0, 0, 0]]
    found.forget_ids()
    found.reset_counts()
    found.define_stacks([StackDef(7, HEAP, T, (A, B), False), StackDef(8, GO, T, (A, B), False)])
    assert found.folded == 0 and len(found.rows) == 4, "what is known has its row; all but allocations is kept whole"
