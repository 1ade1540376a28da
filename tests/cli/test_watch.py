"""A feed that is followed without a screen: to its end, until somebody asks to stop, with a service of one's own."""

from __future__ import annotations

import asyncio

from gotop.agent.protocol import Ended
from gotop.cli.watch import watch
from gotop.model.session import Session
from gotop.ui.feed import Abilities
from tests.streams import SECOND, START, session_of, three_stacks, tick
from tests.ui.stage import StillFeed


class Telling(StillFeed):
    """A feed that tells what it is given, and then rests until it is stopped."""

    def __init__(self, abilities: Abilities, rests: bool) -> None:
        super().__init__(abilities)
        self.told = asyncio.Event()
        self.cancelled = False
        self._rests = rests

    async def run(self, session: Session) -> None:
        session.apply(tick(1, {0: (1, 16, 0)}))
        self.told.set()
        if self._rests:
            try:
                await self.may_stop.wait()
            except asyncio.CancelledError:
                self.cancelled = True
                raise
            session.apply(Ended(START + SECOND, 0, None, False, True, False))

    async def stop(self) -> None:
        self.may_stop.set()
        self.calls.append(("stop", None))


async def test_a_stream_that_is_over_ends_it() -> None:
    feed, session = Telling(Abilities(live=False, replay=True), rests=False), session_of(three_stacks())
    await watch(feed, session, None)
    assert session.totals().allocs == 1 and feed.calls == []


async def test_a_service_of_ones_own_is_stopped_and_its_last_words_are_applied() -> None:
    feed, session, stop = Telling(Abilities(owns_service=True), rests=True), session_of(three_stacks()), asyncio.Event()
    watching = asyncio.create_task(watch(feed, session, None, stop))
    await feed.told.wait()
    stop.set()
    await watching
    assert feed.calls == [("stop", None)] and not feed.cancelled
    assert session.ending is not None and session.ending.by_us


async def test_a_recording_is_left_in_the_midst() -> None:
    feed, session, stop = (
        Telling(Abilities(live=False, replay=True), rests=True),
        session_of(three_stacks()),
        asyncio.Event(),
    )
    watching = asyncio.create_task(watch(feed, session, None, stop))
    await feed.told.wait()
    stop.set()
    await watching
    assert feed.cancelled and feed.calls == [] and session.ending is None
