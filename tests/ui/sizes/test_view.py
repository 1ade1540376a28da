"""The view of size classes, paths and rounding."""

from __future__ import annotations

import pytest

from gotop.agent.protocol import SizeClasses
from gotop.model.runtime.site_shares import SiteShare
from gotop.ui.sizes.contributor_screens import ClassScreen, PathScreen
from tests.ui.busy import Busy
from tests.ui.looking import page_rows, screen_text
from tests.ui.pressing import Snap, pressing
from tests.ui.stage import stage

SIZES = [(60, 20), (80, 24), (120, 40), (200, 50), (300, 70)]


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}")
def test_sizes(snap_compare: Snap, size: tuple[int, int]) -> None:
    app, _, _ = stage(Busy().run(45))
    assert snap_compare(app, terminal_size=size, run_before=pressing("7", "down", "down"))


SIZE = (140, 40)


async def test_paths_and_size_classes() -> None:
    app, _, _ = stage(Busy().run(20))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("7")
        await pilot.pause()
        text = screen_text(app)
        assert all(path in text for path in ("tiny", "small without pointers", "small with pointers", "large"))
        waste = sum(row.waste for row in page_rows(app))
        assert waste == app.session.totals().waste
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(app.screen, ClassScreen)
        await pilot.press("escape", "t", "enter")
        await pilot.pause()
        assert isinstance(app.screen, PathScreen)
        await pilot.press("escape", "t")
        first = page_rows(app)[0]
        assert isinstance(first, SiteShare) and first.waste == max(row.waste for row in page_rows(app))
        await pilot.press("enter")
        await pilot.pause()
        assert "lost to rounding" in screen_text(app)


async def test_before_the_first_count_of_size_classes() -> None:
    app, _, _ = stage(message for message in Busy().run(3) if not isinstance(message, SizeClasses))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("7")
        await pilot.pause()
        assert "have not been read yet" in screen_text(app)
