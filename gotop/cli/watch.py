"""Follow a feed without a screen: to its end, for a time, or until somebody asks to stop."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING

from gotop.cli.signals import PARENT_GONE

if TYPE_CHECKING:
    from gotop.model.session import Session
    from gotop.ui.feed import Feed

LAST_WORDS_S, AGAIN_S, POLL_S = 2.0, 0.5, 0.01


async def watch_alone(feed: Feed, session: Session, seconds: float | None) -> None:
    """`watch` where signals are the service's, so that nobody can ask to stop: but it ends with the parent process, if
    `end_with_parent` was called.
    """
    stop_requested = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(PARENT_GONE, stop_requested.set)
    await watch(feed, session, seconds, stop_requested)


async def watch(
    feed: Feed, session: Session, seconds: float | None, stop_requested: asyncio.Event | None = None
) -> None:
    """Apply the feed's messages to the session until the stream is over, the time is up or `stop_requested` is set.

    A service that the feed owns is stopped then, and its last messages are applied. Of a service that goes on, a
    reading that is not older than that moment is waited for.
    """
    stream = asyncio.create_task(feed.run(session))
    waiting = asyncio.create_task((stop_requested or asyncio.Event()).wait())
    if seconds is not None and not feed.abilities.owns_service and feed.abilities.live:
        await _first_reading(session, stream, waiting)
    await asyncio.wait({stream, waiting}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if not stream.done() and feed.abilities.owns_service:
        session.hold()
        await feed.stop()
        await asyncio.wait({stream}, timeout=LAST_WORDS_S)
    elif feed.abilities.live:
        await _caught_up(session, stream)
    while not stream.done():
        # More than once: before Python 3.12, asyncio.wait_for loses a cancellation that comes with what it waits for.
        stream.cancel()
        await asyncio.wait({stream}, timeout=AGAIN_S)
    with contextlib.suppress(asyncio.CancelledError):
        await stream


async def _first_reading(session: Session, stream: asyncio.Task[None], waiting: asyncio.Task[bool]) -> None:
    """Until there is a reading, as that is when the time to watch begins, or none can be expected."""
    called = time.monotonic()
    while session.now.timeline.empty and not (stream.done() or waiting.done()):
        if time.monotonic() > called + LAST_WORDS_S:
            return
        await asyncio.sleep(POLL_S)


async def _caught_up(session: Session, stream: asyncio.Task[None]) -> None:
    """Until the session has a reading that is not older than this call, if one can be expected."""
    from gotop.model.status.values import Phase  # not needed for --help

    called = time.monotonic()  # the clock of the readings
    while not stream.done() and time.monotonic() < called + LAST_WORDS_S:
        if session.phase not in (Phase.CONNECTING, Phase.RUNNING) or session.now.timeline.current.at >= called:
            return
        await asyncio.sleep(POLL_S)
