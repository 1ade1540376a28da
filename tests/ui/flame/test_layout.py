"""Where the boxes of a flame graph stand, and how one gets from box to box."""

from __future__ import annotations

from itertools import pairwise

import pytest

from gotop.model.queries import Window
from gotop.model.trees.flame_graph import ROOT, FlameQuery, FlameTree
from gotop.ui.flame.layout import Box, box_at, box_of, callee_of, caller_of, layout, neighbour_of
from tests.ui.stage import stage
from tests.ui.synthetic import Service


def flame_of(extra_sites: int = 0) -> FlameTree:
    app, _, _ = stage(Service(extra_sites=extra_sites).run(5))
    return app.session.flame(FlameQuery(Window.TOTAL))


@pytest.mark.parametrize("width", [1, 7, 60, 200])
@pytest.mark.parametrize("fold", [True, False])
def test_boxes_lie_inside_their_callers_and_beside_each_other(width: int, fold: bool) -> None:
    rows = layout(flame_of(300), ROOT, width, fold)
    assert rows[0][0].width == width
    for row, callers in zip(rows[1:], rows, strict=False):
        for box, after in pairwise(row):
            assert box.x + box.width <= after.x
        for box in row:
            assert any(other.x <= box.x and box.x + box.width <= other.x + other.width for other in callers)


def test_folding_hides_nothing_that_would_be_seen() -> None:
    flame = flame_of()
    folded, every = (layout(flame, ROOT, 120, fold) for fold in (True, False))
    assert sum(1 + box.folded for row in folded for box in row) == sum(map(len, every))
    assert len(folded) < len(every)


def test_without_width_or_figures_there_are_no_boxes() -> None:
    app, _, _ = stage()
    assert layout(flame_of(), ROOT, 0, True) == []
    empty = app.session.flame(FlameQuery(Window.TOTAL))
    assert layout(empty, ROOT, 80, True) == [] and box_of([], empty, ROOT) is None


@pytest.mark.parametrize("fold", [True, False])
def test_every_node_is_found_and_every_cell_is_its_boxs(fold: bool) -> None:
    flame = flame_of()
    rows = layout(flame, ROOT, 160, fold)
    for number, row in enumerate(rows):
        for box in row:
            assert box_of(rows, flame, box.node) is box and box_of(rows, flame, box.last) is box
            assert box_at(rows, number, box.x) is box and box_at(rows, number, box.x + box.width - 1) is box
    assert box_at(rows, len(rows), 0) is box_at(rows, -1, 0) is None


def test_keys_lead_along_calls_and_stop_at_the_ends() -> None:
    rows = layout(flame_of(), ROOT, 160, False)
    root = rows[0][0]
    assert caller_of(rows, root) is root
    box: Box = root
    while (deeper := callee_of(rows, box)) is not box:
        assert caller_of(rows, deeper) is box
        inside = [other for other in rows[deeper.row] if box.x <= other.x < box.x + box.width]
        assert deeper.width == max(other.width for other in inside)
        box = deeper
    first, last = rows[2][0], rows[2][-1]
    assert neighbour_of(rows, first, -1) is first and neighbour_of(rows, last, 1) is last
    if first is not last:
        assert neighbour_of(rows, first, 1) is rows[2][1]
