"""What stands above an allocation site's stacks."""

from __future__ import annotations

from gotop.model.runtime.size_classes import PathShare
from gotop.model.sites.site_rows import SiteRow
from gotop.model.values import SiteKey
from gotop.ui.colours import Palette
from gotop.ui.stacks.summary import site_head
from tests.ui.looking import text_of

ROW = SiteRow(SiteKey("main.a", "a.go", 7, "main.Order"), 10, 900, 100, 1.0, 90.0, 90.0, 0.5, (), 2)


def path(name: str, share: float) -> PathShare:
    return PathShare(name, 10, 900, 100, share)


def head(row: SiteRow, paths: list[PathShare], width: int, palette: Palette) -> list[list[str]]:
    return [[text_of(line).strip() for line in group] for group in site_head(row, paths, width, palette)]


def test_all_is_said_on_one_line_where_there_is_room(palette: Palette) -> None:
    assert head(ROW, [path("small with pointers", 1.0)], 160, palette) == [
        ["type main.Order   path small with pointers   average 90 B   lost to rounding 100 B, 10.0 % of what they take"]
    ]


def test_otherwise_what_may_be_left_out_comes_on_a_line_of_its_own(palette: Palette) -> None:
    whole = head(ROW, [path("tiny", 0.75), path("large", 0.25)], 70, palette)
    assert [group[0].split()[0] for group in whole] == ["type", "average"]
    assert "tiny 75.0 %, large 25.0 %" in whole[0][0]


def test_without_a_path_there_is_nothing_to_say_and_without_waste_it_is_nothing(palette: Palette) -> None:
    assert site_head(ROW, [], 160, palette) == []
    plain = SiteRow(SiteKey("main.a", "a.go", 7, ""), 10, 900, 0, 1.0, 90.0, 90.0, 0.5, (), 2)
    ((line,),) = head(plain, [path("tiny", 1.0)], 160, palette)
    assert "lost to rounding nothing" in line and "type" not in line
