"""A collection from within."""

from __future__ import annotations

import pytest

from gotop.model.runtime.gc_values import GcCycle
from gotop.ui.gc.cycle_screen import CycleScreen
from gotop.ui.stacks.stacks_screen import StacksScreen
from tests.ui.busy import Busy
from tests.ui.looking import list_view, screen_text
from tests.ui.pressing import Snap, pressing
from tests.ui.stage import stage


@pytest.mark.parametrize("size", [(80, 24), (140, 40)], ids=lambda size: f"{size[0]}")
def test_a_cycle(snap_compare: Snap, size: tuple[int, int]) -> None:
    app, _, _ = stage(Busy().run(45))
    assert snap_compare(app, terminal_size=size, run_before=pressing("5", "enter"))


SIZE = (140, 40)


async def test_a_cycle_and_the_sites_behind_it() -> None:
    app, _, _ = stage(Busy().run(40))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("5", "down", "down")
        cycle = list_view(app).table.cursor_row
        assert isinstance(cycle, GcCycle)
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(app.screen, CycleScreen) and app.screen.cycle is cycle
        text = screen_text(app)
        assert f"gc {cycle.number}" in text and "sweep termination" in text and "17.6 MB → 9." in text
        shares = app.screen.read()
        assert sum(share.share for share in shares) == pytest.approx(1)
        await pilot.press("enter")
        await pilot.pause()
        assert type(app.screen) is StacksScreen and app.screen.key == shares[0].key
        await pilot.press("escape", "escape")
        assert app.screen is app.main_screen and list_view(app).table.cursor_key == cycle.number
