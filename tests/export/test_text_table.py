"""Tables of a text report."""

from __future__ import annotations

from gotop.export.text_table import place_text, table


def test_columns_of_a_table() -> None:
    assert list(table(["n", "name"], [["10", "a"], ["5", "bcd"]], right=1)) == [" n  name", "10  a", " 5  bcd"]


def test_one_long_type_does_not_move_the_other_rows() -> None:
    lines = list(table(["bytes", "type", "site"], [["1", "x" * 300, "a"], ["2", "int", "b"]], right=1))
    assert len(lines[2]) < 80 and len(lines[0]) < 80
    assert lines[1].endswith("x  a")


def test_a_line_that_is_not_known_is_not_told_as_0() -> None:
    assert place_text("main.f", "", 0) == "main.f"
    assert place_text("", "", 0) == "–"
    assert place_text("main.f", "/f.go", 0) == "main.f  /f.go"
    assert place_text("main.f", "/f.go", 7) == "main.f  /f.go:7"


def test_a_control_character_in_a_cell_is_shown() -> None:
    (_, line) = table(["n"], [["a\x1b[2J"]], right=0)
    assert "\x1b" not in line and line.startswith("a")
