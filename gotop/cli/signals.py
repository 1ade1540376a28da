"""Signals on the event loop."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable

LEAVE = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def on_signals(act: Callable[[], object], numbers: tuple[signal.Signals, ...] = LEAVE) -> None:
    """Call `act` on the running event loop for each of these signals."""
    loop = asyncio.get_running_loop()
    for number in numbers:
        loop.add_signal_handler(number, act)
