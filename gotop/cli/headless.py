"""Report instead of drawing: watch until the end, the time or Ctrl-C, then print one document on stdout."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from collections.abc import Callable

from gotop.export.report import report_json, report_text
from gotop.model.session import Session
from gotop.ui.feed import Feed


def report(feed: Feed, session: Session, seconds: float | None, form: str) -> None:
    """Watch, then print the session as `json` or `text`."""
    asyncio.run(_watch(feed, session, seconds))
    document = report_json(session) if form == "json" else report_text(session)
    sys.stdout.write(document if document.endswith("\n") else document + "\n")
    sys.stdout.flush()


async def _watch(feed: Feed, session: Session, seconds: float | None) -> None:
    """Until the stream is over, the time is up or a signal comes; then end what the feed owns, to its last message."""
    stream = asyncio.create_task(feed.run(session))
    interrupted = asyncio.Event()
    on_signals(interrupted.set)
    waiting = asyncio.create_task(interrupted.wait())
    await asyncio.wait({stream, waiting}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if not stream.done() and feed.abilities.owns_service:
        await feed.stop()
        await asyncio.wait({stream}, timeout=2.0)
    await finish(stream)


def on_signals(
    act: Callable[[], object], numbers: tuple[int, ...] = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
) -> None:
    """Call `act` on the event loop for each of these signals."""
    loop = asyncio.get_running_loop()
    for number in numbers:
        loop.add_signal_handler(number, act)


async def finish(task: asyncio.Task[None]) -> None:
    """Cancel a task that still runs; pass its exception on if it failed."""
    if not task.done():
        task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
