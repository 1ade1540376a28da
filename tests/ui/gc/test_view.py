"""The GC view: cycles, stops of the world, their time line."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gotop.agent.protocol import Tick
from gotop.ui.gc.cycle_screen import CycleScreen
from tests.ui.busy import Busy
from tests.ui.looking import list_view, page_rows, screen_text
from tests.ui.pressing import Snap, pressing
from tests.ui.stage import stage

SIZES = [(60, 20), (80, 24), (120, 40), (200, 50), (300, 70)]


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}")
def test_gc(snap_compare: Snap, size: tuple[int, int]) -> None:
    app, _, _ = stage(Busy().run(45))
    assert snap_compare(app, terminal_size=size, run_before=pressing("5", "down", "down"))


SIZE = (140, 40)


async def test_from_a_reason_to_its_stops_to_the_cycle() -> None:
    app, _, _ = stage(Busy().run(40))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("5", "T", "enter")
        assert list_view(app).page.name == "stops" and len({row.reason for row in page_rows(app)}) == 1
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(app.screen, CycleScreen) and app.screen.cycle.number == 16


async def test_escape_leads_from_a_reasons_stops_back_to_the_reason() -> None:
    app, _, _ = stage(Busy().run(40))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("5", "t", "slash", *"mark", "enter", "t", "down")
        reason = list_view(app).table.cursor_key
        await pilot.press("enter")
        assert list_view(app).page.name == "stops" and {row.reason for row in page_rows(app)} == {reason}
        await pilot.press("escape")
        assert list_view(app).page.name == "reasons" and list_view(app).table.cursor_key == reason
        await pilot.press("T")
        assert list_view(app).page.filter == "mark", "the stops are as they were"
        await pilot.press("t", "enter", "slash", *" x", "enter", "escape")
        assert (list_view(app).page.name, list_view(app).page.filter) == ("stops", ""), (
            "a filter of one's own is cleared"
        )


async def test_the_time_line_points_at_the_row_and_can_be_made_longer() -> None:
    app, _, _ = stage(Busy().run(90))
    async with app.run_test(size=(100, 40)) as pilot:
        await pilot.press("5")
        await pilot.pause()
        assert "last 1m30s" in screen_text(app) and "longest stop" in screen_text(app)
        await pilot.press("end")
        await pilot.pause()
        assert "Time line, last 1m30s" in screen_text(app), "the first cycle is still in sight"
        await pilot.press(*["right_parenthesis"] * 4)
        await pilot.pause()
        assert "Time line, 4.5 s from" in screen_text(app) or "s from -" not in screen_text(app)
        await pilot.press(*["left_parenthesis"] * 9)
        await pilot.pause()
        assert "last 45m" in screen_text(app)


async def test_a_collector_that_is_off_has_no_goal_and_the_heap_the_whole_graph() -> None:
    """GOGC=off without a memory limit: the runtime's goal is a number that no heap would be seen beside."""
    boundless = [
        replace(message, runtime=replace(message.runtime, heap_goal=0x7C28F5C28F5C28F5))
        if isinstance(message, Tick) and message.runtime
        else message
        for message in Busy().run(20)
    ]
    app, _, _ = stage(boundless)
    async with app.run_test(size=(160, 40)) as pilot:
        assert "goal none" in screen_text(app).replace("  ", "")
        await pilot.press("5")
        await pilot.pause()
        text = screen_text(app)
        assert ", none" in text and " EB" not in text
        assert "█" in text, "the heap is seen"
        assert not any("┄┄" in line for line in text.splitlines()), "and no goal's line is"
