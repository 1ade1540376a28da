"""A stage for the app: a clock one can set, a feed that does nothing by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from gotop.agent.protocol import Message
from gotop.model.session import Session
from gotop.ui.app import MonitorApp
from gotop.ui.feed import Abilities, Position
from tests.streams import Clock
from tests.ui.synthetic import Service


class StillFeed:
    """A feed whose messages are applied by the test."""

    def __init__(self, abilities: Abilities, position: Position | None = None) -> None:
        self.abilities = abilities
        self.position = position
        self.calls: list[tuple[str, object]] = []
        self.may_stop = asyncio.Event()

    async def run(self, session: Session) -> None:
        await asyncio.Event().wait()

    async def stop(self) -> None:
        self.calls.append(("stop", None))
        await self.may_stop.wait()

    async def set_interval(self, milliseconds: int) -> None:
        self.calls.append(("interval", milliseconds))

    async def set_mode(self, mode: str) -> None:
        self.calls.append(("mode", mode))

    async def set_budget(self, share: float) -> None:
        self.calls.append(("budget", share))

    async def set_attribution(self, wanted: bool) -> None:
        self.calls.append(("attribution", wanted))

    async def set_goroutines(self, wanted: bool) -> None:
        self.calls.append(("goroutines", wanted))

    async def set_paused(self, paused: bool) -> None:
        self.calls.append(("paused", paused))

    async def set_speed(self, speed: float) -> None:
        self.calls.append(("speed", speed))

    async def seek(self, seconds: float) -> None:
        self.calls.append(("seek", seconds))


def stage(
    messages: Iterable[Message] = (), abilities: Abilities | None = None, position: Position | None = None
) -> tuple[MonitorApp, Clock, StillFeed]:
    """An app that has seen these messages."""
    clock = Clock(1000.0)
    session = Session(clock)
    for message in messages:
        session.apply(message)
    feed = StillFeed(abilities or Abilities(owns_service=True), position)
    return MonitorApp(session, feed, clock=clock), clock, feed


def go_on(app: MonitorApp, clock: Clock, service: Service, seconds: float) -> None:
    """Let so many seconds pass, at ten readings a second."""
    for _ in range(int(seconds * 10)):
        clock.now += 0.1
        for message in service.tick():
            app.session.apply(message)
    app.redraw()
