"""What all screens with figures have in common."""

from __future__ import annotations

import pytest

from gotop.ui.app import MonitorApp
from gotop.ui.feed import Abilities, Position
from gotop.ui.text import Line
from gotop.ui.widgets.static_lines import StaticLines
from tests.ui.busy import Busy
from tests.ui.pressing import Snap, pressing
from tests.ui.stage import stage
from tests.ui.synthetic import Service


def test_replay(snap_compare: Snap) -> None:
    app, _, _ = stage(Service().run(45), Abilities(live=False, replay=True), Position(45.0, 300.0, 4.0, True))
    assert snap_compare(app, terminal_size=(100, 30), run_before=pressing("5"))


def test_too_small(snap_compare: Snap) -> None:
    app, _, _ = stage(Service().run(5))
    assert snap_compare(app, terminal_size=(50, 14), run_before=pressing())


def words(line: Line) -> str:
    return "".join(text for text, _ in line)


@pytest.fixture(scope="module")
def app() -> MonitorApp:
    return stage(Service().run(5))[0]


@pytest.mark.parametrize("path", [("2", "enter"), ("2", "enter", "tab", "enter"), ("4", "enter"), ("5", "enter")])
async def test_the_way_back_is_always_offered(path: tuple[str, ...]) -> None:
    app, _, _ = stage(Busy().run(20))
    async with app.run_test(size=(60, 24)) as pilot:
        for key in path:
            await pilot.press(key)
            await pilot.pause()
        assert len(app.screen_stack) > 1
        footer = words(app.screen.get_child_by_id("footer", StaticLines)._lines[0])
        assert "esc Back" in footer and "? Help" in footer and "q Quit" in footer
