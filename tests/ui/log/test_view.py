"""The log: the newest lines, a search, long lines."""

from __future__ import annotations

import pytest

from gotop.model.status.log import LogLine
from gotop.ui.app import MonitorApp
from gotop.ui.log.view import LogLines
from tests.ui.pressing import Snap, pressing
from tests.ui.stage import stage
from tests.ui.synthetic import Service


def test_log(snap_compare: Snap) -> None:
    app, _, _ = stage(Service().run(45))
    assert snap_compare(app, terminal_size=(80, 24), run_before=pressing("6"))


async def test_search_in_the_log_goes_round_and_stops_following() -> None:
    app, _, _ = stage(Service().run(60))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("6", "slash", *"warn", "enter")
        lines = app.query_one(LogLines)
        found = lines.matches()
        assert found and lines._at == found[-1] and not lines.following
        await pilot.press("n")
        assert lines._at == found[0]
        await pilot.press("N")
        assert lines._at == found[-1]
        await pilot.press("escape")
        assert not lines.search


def test_log_search(snap_compare: Snap) -> None:
    app, _, _ = stage(Service().run(60))
    assert snap_compare(app, terminal_size=(100, 20), run_before=pressing("6", "slash", *"cache miss", "enter"))


@pytest.fixture(scope="module")
def app() -> MonitorApp:
    return stage(Service().run(5))[0]


async def test_a_line_of_the_log_that_goes_on_says_so() -> None:
    service = Service()
    app, _, _ = stage(service.run(45))
    async with app.run_test(size=(60, 24)) as pilot:
        await pilot.press("6")
        await pilot.pause()
        lines = app.screen.query_one(LogLines)
        text = "x" * 100
        lines.add_lines([LogLine(lines.last_number + 1, 1, text)])
        lines.action_first()
        lines.action_last()
        lines._top = len(lines) - 1
        shown = "".join(text for text, _ in lines.line(0))
        assert shown.endswith("›") and len(shown) == 60
        lines.action_sideways(len(text))
        assert not "".join(text for text, _ in lines.line(0)).endswith("›")
