"""Frames and stacks by number, and lists that are cut."""

from __future__ import annotations

from gotop.export.json_tables import Tables, first_rows, size_of
from gotop.model.values import Frame

A, B, C = (Frame(f"main.{name}", "m.go", line, False) for line, name in enumerate("abc", 1))


def test_each_frame_and_each_stack_is_there_once() -> None:
    tables = Tables()
    assert [tables.stack(frames, None) for frames in ([A, B], [B, A], [A, B], [A, A, C])] == [0, 1, 0, 2]
    assert [frame["function"] for frame in tables.frames] == ["main.a", "main.b", "main.c"]
    assert tables.stacks == [[0, 1], [1, 0], [0, 0, 2]]


def test_a_stack_for_which_there_is_no_room_adds_nothing() -> None:
    tables = Tables()
    assert tables.stack([A], 200) == 0
    assert tables.stack([A, B, C], 200) is None
    assert len(tables.frames) == len(tables.stacks) == 1
    assert tables.stack([A], 0) == 0, "it is there already"


def rows(count: int) -> list[dict[str, int]]:
    return [{"n": number} for number in range(count)]


def test_a_list_has_as_many_rows_as_were_asked_for() -> None:
    listed = first_rows(rows(10), 10, 3, room=1)
    assert ([row["n"] for row in listed.rows], listed.left_out) == ([0, 1, 2], 7)


def test_otherwise_it_is_bounded_by_number_and_by_size_and_never_empty() -> None:
    assert first_rows(rows(10), 10, None, default=4).left_out == 6
    room = sum(map(size_of, rows(5)))
    assert len(first_rows(rows(10), 10, None, room=room).rows) == 5
    assert len(first_rows(rows(10), 10, None, room=0).rows) == 1
