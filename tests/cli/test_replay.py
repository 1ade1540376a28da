"""The end of a recording is no dead end: one goes back from there, or begins again."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from gotop.agent.recording_player import Player
from gotop.cli.replay import ReplayFeed
from gotop.model.queries import SiteQuery
from gotop.model.session import Session
from gotop.ui.app import MonitorApp
from tests.agent.test_recording_player import ten_seconds
from tests.streams import Clock


class Played:
    """A replay of ten seconds and the screen it is shown on."""

    def __init__(self, path: Path, speed: float) -> None:
        ten_seconds(path)
        self.clock = Clock()
        self.feed = ReplayFeed(Player(path, speed, self.clock), follow=True)
        self.session = Session(self.clock)
        self.app = MonitorApp(self.session, self.feed, clock=self.clock)

    async def until(self, allocs: int) -> None:
        """Wait for what has been played to arrive."""
        async with asyncio.timeout(10):
            while sum(row.allocs for row in self.session.sites(SiteQuery()).rows) != allocs:
                self.feed._player._changed.set()  # the clock is the test's, and wakes nobody
                await asyncio.sleep(0.01)

    @property
    def header(self) -> str:
        return "".join(text for text, _ in self.app.main_screen.header_line(160))

    async def play_to_the_end(self) -> None:
        self.clock.now += 60
        await self.until(11)


@pytest.mark.parametrize("speed", [0.5, 1.0, 20.0])
async def test_back_from_the_end_goes_on_slowly_enough_to_be_seen(tmp_path: Path, speed: float) -> None:
    played = Played(tmp_path / "x", speed)
    async with played.app.run_test(size=(160, 30)) as pilot:
        await played.play_to_the_end()
        await pilot.press("left")
        await played.until(6)
        slower = min(speed, 1.0)
        assert f"▶ replay 5s of 10s  {slower:g}×" in played.header
        played.clock.now += 1
        assert played.feed.position.at == 5 + slower  # type: ignore[union-attr]


async def test_space_at_the_end_begins_again_from_the_start(tmp_path: Path) -> None:
    played = Played(tmp_path / "x", 4.0)
    async with played.app.run_test(size=(160, 30)) as pilot:
        await played.play_to_the_end()
        await pilot.press("space")
        await played.until(1)
        assert "▶ replay 0s of 10s  4×" in played.header
        played.clock.now += 1
        await played.until(5)
        await pilot.press("space")
        assert "‖ replay 4s of 10s" in played.header


async def test_who_paused_and_went_to_the_end_and_back_is_still_paused(tmp_path: Path) -> None:
    played = Played(tmp_path / "x", 1.0)
    async with played.app.run_test(size=(160, 30)) as pilot:
        await pilot.press("space", "right", "right", "right")
        await played.until(11)
        await pilot.press("left")
        await played.until(6)
        assert "‖ replay 5s of 10s" in played.header
