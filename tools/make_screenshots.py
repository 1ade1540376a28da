"""README's pictures: every view of gotop on NATS under load, from the recording in screenshots/.

    python tools/make_screenshots.py                # all, into screenshots/
    python tools/make_screenshots.py flame sites    # some

The recording is of an unmodified NATS server (`tests.services.thirdparty`) with JetStream; messages are published,
stored and delivered (`tests.services.underload`):

    gotop run --keep --text --for 44s --interval 500ms --record nats.gotop ./nats-server -- -js
    gzip -9 nats.gotop

Pictures are drawn with Pillow, which the extra "pictures" brings.
"""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from textual.pilot import Pilot

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from gotop.agent.protocol import Recorded, Tick
from gotop.agent.recording import read_recording
from gotop.model.session import Session
from gotop.ui._textual_internals import screen_lines
from gotop.ui.app import MonitorApp
from gotop.ui.feed import Abilities
from tests.ui.stage import Clock, StillFeed
from tools import picture

HOME = Path(__file__).resolve().parent.parent / "screenshots"
RECORDING = HOME / "nats.gotop.gz"
WIDE = (132, 36)
SECOND = 37.0


@dataclass(frozen=True)
class Shot:
    """A picture: what is pressed before it is taken."""

    name: str
    keys: tuple[str, ...]
    size: tuple[int, int] = WIDE
    theme: str = "gotop"


SHOTS = (
    Shot("overview", ("down", "down", "down")),
    Shot("sites", ("2", "down", "down")),
    Shot("stacks", ("2", "down", "down", "enter")),
    Shot("function", ("2", "down", "down", "enter", "tab", "down", "down", "enter", "tab", "down")),
    Shot("flame", ("3", "down")),
    Shot("goroutines", ("4", "down")),
    Shot("gc", ("5",)),
    Shot("sizes", ("7",)),
    Shot("source", ("2", "down", "down", "enter", "tab", "tab", "down", "down", "down")),
    Shot("log", ("6", "slash", *"JetStream", "enter")),
    Shot("help", ("question_mark",), (132, 46)),
    Shot("light", ("3", "down", "down"), WIDE, "textual-light"),
)


def recorded(clock: Clock, seconds: float) -> Session:
    """The session as it was so many seconds after its first reading."""
    session, begin = Session(clock), None
    for message in read_recording(RECORDING):
        if isinstance(message, Tick):
            begin = begin or message.at
            if message.at - begin > seconds * 1e9:
                break
        if not isinstance(message, Recorded):  # or it would know that nothing is live here
            session.apply(message)
    return session


async def take(shot: Shot, seconds: float) -> None:
    """One picture."""
    clock = Clock()
    session = recorded(clock, seconds)
    app = MonitorApp(session, StillFeed(Abilities(owns_service=True)), clock=clock, theme=shot.theme)
    async with app.run_test(size=shot.size) as pilot:
        await _press(pilot, shot.keys)
        clock.now += 0.5
        app.redraw(force=True)
        await pilot.pause(0.3)
        ground = app.theme_variables["background"]
        picture.save(screen_lines(app), shot.size[0], ground, HOME / f"{shot.name}.png")
    print(f"{shot.name}.png  {(HOME / f'{shot.name}.png').stat().st_size / 1000:.0f} kB")


async def _press(pilot: Pilot[Any], keys: tuple[str, ...]) -> None:
    await pilot.pause()
    for key in keys:
        await pilot.press(key)
        await pilot.pause()


def main(names: list[str]) -> None:
    """All pictures, or those named."""
    for shot in SHOTS:
        if not names or shot.name in names:
            asyncio.run(take(shot, SECOND))


if __name__ == "__main__":
    main(sys.argv[1:])
