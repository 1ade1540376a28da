"""Columns of goroutines: figures that several statements share, sizes of stacks, states."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gotop.model.runtime.goroutine_values import GoroutineSite, StackResize
from gotop.ui.colours import Palette
from gotop.ui.goroutines.columns import GROWTHS, NEW_STACKS, STATEMENTS, resized
from gotop.ui.text import width_of
from tests.ui.looking import text_of

ROW = GoroutineSite("main.a", "a.go", 7, "main.worker", 5, 1.5, 3, 4096, (("chan receive", 2), ("running", 1)), False,
                    2, 3, 9, 0, 8192)  # fmt: skip


def cells(row: GoroutineSite, palette: Palette, width: int = 24) -> dict[str, str]:
    return {column.name: text_of(column.draw(row, width, palette)).strip() for column in STATEMENTS}


def test_figures_of_a_statement(palette: Palette) -> None:
    shown = cells(ROW, palette)
    assert (shown["starts"], shown["function"], shown["live"], shown["created"]) == ("main.worker", "main.a", "3", "5")
    assert (shown["growths"], shown["shrinks"], shown["copied"]) == ("9", "0", "8.19 kB")
    assert shown["state"] == "chan receive 2, …" or shown["state"].startswith("chan receive 2")


def test_what_cannot_be_told_apart_is_an_estimate_and_0_is_exact(palette: Palette) -> None:
    shown = cells(replace(ROW, shared=True), palette)
    assert (shown["growths"], shown["shrinks"], shown["copied"]) == ("≈9", "0", "≈8.19 kB")


def test_what_nobody_counts_is_not_0(palette: Palette) -> None:
    shown = cells(replace(ROW, created=None, created_per_s=None, live=None, states=(), new=None), palette)
    assert "0" not in (shown["created"], shown["created_per_s"], shown["live"], shown["new"])


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [(2048, 4096, "2.05 → 4.10 kB ×120"), (512, 1024, "512 B → 1.02 kB ×120")],
)
def test_a_copy_says_its_unit_once(old: int, new: int, text: str) -> None:
    assert resized(StackResize(old, new, 120, 1.0)) == text


def test_rows_are_ordered_by_what_stands_in_the_column() -> None:
    for columns in (STATEMENTS, GROWTHS, NEW_STACKS):
        assert len({column.name for column in columns}) == len(columns)
    by = {column.name: column.order_by for column in STATEMENTS}
    assert by["live"] and by["live"](ROW) == 3 and by["state"] and by["state"](ROW) == "chan receive"


def test_cells_are_as_wide_as_their_column(palette: Palette) -> None:
    for column in STATEMENTS:
        for width in (column.least, column.least + 9):
            assert width_of(text_of(column.draw(ROW, width, palette))) == width, column.name
