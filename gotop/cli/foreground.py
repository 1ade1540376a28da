"""`--no-ui`: the service in the foreground as if gotop were not there, but monitored, for `gotop attach`."""

from __future__ import annotations

import asyncio
import signal
from functools import partial

from gotop.cli.live import LiveFeed
from gotop.cli.service import Service
from gotop.cli.signals import on_signals
from gotop.cli.watch import watch
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
        on_signals(partial(service.child.send, number), (number,))
    await watch(feed, session, seconds)
