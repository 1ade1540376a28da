"""Which columns a table shows at a width, and how wide each is."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from gotop.model.queries import GroupBy
from gotop.ui.gc.columns import CYCLES
from gotop.ui.sites.columns import columns_for
from gotop.ui.sizes.view import CLASSES
from gotop.ui.widgets.columns import APART, GAP, Column, lay_out


@pytest.mark.parametrize("width", range(58, 301))
def test_columns_fill_every_width_and_never_overlap(width: int) -> None:
    placed = lay_out(columns_for(GroupBy.SITE, comparing=False), width)
    names = [each.column.name for each in placed]
    assert {"function", "bytes_per_s", "allocs_per_s", "share"} <= set(names)
    assert ("location" in names) or width < 76
    for before, after in pairwise(placed):
        assert after.start == before.start + before.width + GAP
    assert placed[-1].start + placed[-1].width == width
    assert all(each.width >= each.column.least for each in placed)


TABLES: list[tuple[Column[Any], ...]] = [CYCLES, CLASSES, *[columns_for(group, False) for group in GroupBy]]


@pytest.mark.parametrize("columns", TABLES, ids=lambda columns: columns[0].title)
def test_a_table_has_no_chasm_in_it(columns: tuple[Column[Any], ...]) -> None:
    placed = lay_out(columns, 298)
    assert [each.column.name for each in placed] == [column.name for column in columns]
    for each in placed:
        most = each.column.most * 3 // 2 if each.column.most else each.column.least + APART
        assert each.column.least <= each.width <= most
    for one, other in pairwise(placed):
        assert other.start == one.start + one.width + GAP
    assert placed[0].start == 0 and placed[-1].start + placed[-1].width <= 298


@pytest.mark.parametrize("width", [60, 80, 100, 120, 160, 200, 240])
def test_room_that_somebody_can_use_is_used(width: int) -> None:
    columns = columns_for(GroupBy.SITE, False)
    placed = lay_out(columns, width)
    last = placed[-1]
    assert last.start + last.width == width
