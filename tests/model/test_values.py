"""Keys of sites and groups: what they have in common with each other, and what not."""

from __future__ import annotations

import pytest

from gotop.model.queries import GroupBy
from gotop.model.values import GroupKey, SiteKey

IN_CODE = {GroupBy.LINE, GroupBy.MINE, GroupBy.FUNCTION, GroupBy.CUMULATIVE, GroupBy.CREATOR}


@pytest.mark.parametrize("by", GroupBy)
def test_a_group_has_a_function_or_a_type_only_if_it_is_grouped_by_it(by: GroupBy) -> None:
    key = GroupKey(by, "name", "f.go", 3)
    assert key.function == ("name" if by in IN_CODE else "")
    assert key.type == ("name" if by is GroupBy.TYPE else "")


def test_keys_are_ordered_by_function_file_line_and_type() -> None:
    keys = [SiteKey("b", "f", 1, ""), SiteKey("a", "g", 1, ""), SiteKey("a", "f", 10, "U"), SiteKey("a", "f", 10, "T")]
    assert sorted(keys) == keys[::-1]
