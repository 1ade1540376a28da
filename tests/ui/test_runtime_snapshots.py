"""How goroutines, GC and size classes look, and what is behind their rows; see `test_snapshots`."""

from __future__ import annotations

import pytest

from tests.ui.busy import Busy
from tests.ui.stage import stage
from tests.ui.test_snapshots import Snap, pressing

SIZES = [(60, 20), (80, 24), (120, 40), (200, 50), (300, 70)]


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}")
@pytest.mark.parametrize("key", ["4", "5", "7"], ids=["goroutines", "gc", "sizes"])
def test_views(snap_compare: Snap, key: str, size: tuple[int, int]) -> None:
    app, _, _ = stage(Busy().run(45))
    assert snap_compare(app, terminal_size=size, run_before=pressing(key, "down", "down"))


@pytest.mark.parametrize("size", [(80, 24), (140, 40)], ids=lambda size: f"{size[0]}")
@pytest.mark.parametrize(
    "keys",
    [("4", "down", "enter"), ("4", "t", "enter"), ("5", "enter"), ("7", "enter")],
    ids=["statement", "growth", "cycle", "class"],
)
def test_what_is_behind_a_row(snap_compare: Snap, keys: tuple[str, ...], size: tuple[int, int]) -> None:
    app, _, _ = stage(Busy().run(45))
    assert snap_compare(app, terminal_size=size, run_before=pressing(*keys))


def test_other_pages(snap_compare: Snap) -> None:
    app, _, _ = stage(Busy().run(45))
    keys = ["5", "T", "4", "t", "t", "slash", *"goroutine"]
    assert snap_compare(app, terminal_size=(100, 30), run_before=pressing(*keys))


def test_nothing_there_yet(snap_compare: Snap) -> None:
    app, _, _ = stage([Busy().hello()])
    assert snap_compare(app, terminal_size=(80, 24), run_before=pressing("4"))
