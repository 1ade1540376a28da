"""The `replay` command."""

from __future__ import annotations

import asyncio
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gotop.agent.recording_player import Player
from gotop.cli import screen
from gotop.cli.export_option import Export, Listing, write_exports
from gotop.cli.options import form_options, report_form
from gotop.cli.recorded_session import apply_recorded
from gotop.ui.feed import Abilities, Position

if TYPE_CHECKING:
    from gotop.model.session import Session


class Speed(click.FloatRange):
    """Times real time: above 0, and a number."""

    def __init__(self) -> None:
        super().__init__(min=0, min_open=True, max=1e6)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Parse it; NaN lies in every range."""
        speed: float = super().convert(value, param, ctx)
        return self.fail(f"{value!r} is not a number.", param, ctx) if math.isnan(speed) else speed


@click.command("replay")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE")
@click.option("--speed", type=Speed(), default=1.0, show_default=True, metavar="N",
              help="Times real time.")  # fmt: skip
@form_options
def command(
    file: Path, speed: float, form: str, exports: tuple[Export, ...], listing: Listing, mine: tuple[str, ...]
) -> int:
    """Show again what `--record` has kept, in the same screens.

    It needs neither Go nor the service nor its binary: a recording holds all names. With --json or --text, or without a
    terminal, the recording is read to its end at once, and reported.
    """
    from gotop.model.session import Session  # not needed for --help

    draws = not form and screen.is_terminal()
    if draws:
        screen.check_terminal()
    feed = ReplayFeed(Player(file, speed if draws else math.inf), follow=draws)
    session = Session(mine=mine)
    if draws:
        screen.run_monitor(feed, session)
    else:
        from gotop.cli.headless import watch_and_report

        watch_and_report(feed, session, None, report_form(form, exports), listing)
    write_exports(session, exports, listing)
    return 0


class ReplayFeed:
    """Implements `gotop.ui.feed.Feed` on a recording."""

    abilities = Abilities(live=False, replay=True)

    def __init__(self, player: Player, follow: bool) -> None:
        self._player = player
        self._follow = follow

    @property
    def position(self) -> Position | None:
        """Where the player is. At the end nothing moves: that is a pause, too."""
        player = self._player
        return Position(player.position, player.length, player.speed, player.paused or player.at_end)

    async def run(self, session: Session) -> None:
        """Play to the end; the screen may then go back. Raises RecordingError: what it says makes no sense."""
        async for message in self._player.messages(self._follow):
            apply_recorded(session, message)

    async def stop(self) -> None:
        """There is nothing to be stopped."""
        await asyncio.sleep(0)

    async def set_interval(self, milliseconds: int) -> None:
        """What is recorded has its interval."""

    async def set_mode(self, mode: str) -> None:
        """What is recorded has its mode."""

    async def set_budget(self, share: float) -> None:
        """What is recorded has cost what it has."""

    async def set_attribution(self, wanted: bool) -> None:
        """What is recorded has it, or has not."""

    async def set_goroutines(self, wanted: bool) -> None:
        """What is recorded has the readings that were made."""

    async def set_paused(self, paused: bool) -> None:
        """Halt, or go on: at the end, from the start, as players do."""
        if not paused and self._player.at_end:
            self._player.seek(0)
        self._player.paused = paused

    async def set_speed(self, speed: float) -> None:
        """Times real time."""
        self._player.speed = speed

    async def seek(self, seconds: float) -> None:
        """Move by so many seconds. From the end back it goes on playing, but not so fast that it is there again at
        once: one goes back to see how it ended.
        """
        player = self._player
        if seconds < 0 and player.at_end:
            player.speed = min(player.speed, 1.0)
        player.seek(player.position + seconds)
