"""The overview: figures above call sites."""

from __future__ import annotations

import pytest

from gotop.agent.protocol import Lost
from tests.ui.pressing import Snap, pressing
from tests.ui.stage import stage
from tests.ui.synthetic import Service, partial


@pytest.mark.parametrize("size", [(60, 24), (80, 24), (120, 40), (200, 50), (300, 70)], ids=lambda size: f"{size[0]}")
def test_overview(snap_compare: Snap, size: tuple[int, int]) -> None:
    app, _, _ = stage(Service().run(45))
    assert snap_compare(app, terminal_size=size, run_before=pressing("down", "down"))


def test_waiting(snap_compare: Snap) -> None:
    app, _, _ = stage([Service().hello()])
    assert snap_compare(app, terminal_size=(80, 24), run_before=pressing())


def test_reconnecting_with_partial_coverage_and_a_filter(snap_compare: Snap) -> None:
    service = partial(Service())
    app, clock, _ = stage([*service.run(45), Lost("the agent closed the connection", True)])
    clock.now += 4
    assert snap_compare(app, terminal_size=(120, 30), run_before=pressing("slash", *"json", "enter", "space"))


def test_back_in_time(snap_compare: Snap) -> None:
    app, _, _ = stage(Service().run(45))
    keys = ["left_square_bracket"] * 4
    assert snap_compare(app, terminal_size=(120, 30), run_before=pressing(*"ttttt", *keys, "down"))


SIZE = (120, 40)


async def test_z_gives_the_overviews_rows_the_whole_screen() -> None:
    app, _, _ = stage(Service().run(20))
    async with app.run_test(size=SIZE) as pilot:
        before = app.main_screen.sites.table.size.height
        await pilot.press("z")
        await pilot.pause()
        assert app.main_screen.sites.table.size.height > before + 5
        await pilot.press("z")
        await pilot.pause()
        assert app.main_screen.sites.table.size.height == before
        await pilot.press("2")
        offered = [active.binding.id for active in app.screen.active_bindings.values()]
        assert "pane.maximise" not in offered
