"""`--no-ui`: the service in the foreground as if gotop were not there, but monitored, for `gotop attach`."""

from __future__ import annotations

import asyncio
import signal

from gotop.cli.headless import finish, on_signals
from gotop.cli.live import LiveFeed
from gotop.cli.service import Service
from gotop.model.session import Session

PASSED_ON = (
    signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2, signal.SIGCONT,
    signal.SIGWINCH,
)  # fmt: skip


def foreground(feed: LiveFeed, session: Session, service: Service, seconds: float | None) -> None:
    """Wait for the service's end, or end it when its time is up; pass signals on to it meanwhile."""
    asyncio.run(_wait(feed, session, service, seconds))


async def _wait(feed: LiveFeed, session: Session, service: Service, seconds: float | None) -> None:
    for number in PASSED_ON:
        on_signals(lambda number=number: service.child.send(number), (number,))  # type: ignore[misc]
    stream = asyncio.create_task(feed.run(session))
    await asyncio.wait({stream}, timeout=seconds)
    if not stream.done():
        await feed.stop()
        await asyncio.wait({stream}, timeout=2.0)
    await finish(stream)
