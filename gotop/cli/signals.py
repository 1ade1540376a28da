"""What signals do to gotop: leave in order, or pass them on to the service."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Coroutine
from types import FrameType
from typing import Any

from gotop.agent.launch import Child

LEAVE = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
PASSED_ON = (
    signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2, signal.SIGCONT,
    signal.SIGWINCH,
)  # fmt: skip


def run_async(work: Coroutine[Any, Any, None]) -> None:
    """Run it on an event loop. Its signal handlers end with it; the ones from before hold again then."""
    before = {number: signal.getsignal(number) for number in LEAVE}
    try:
        asyncio.run(work)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def on_signals(act: Callable[[], object]) -> None:
    """Call `act` on the running event loop when gotop is asked to leave. What nohup ignores stays ignored."""
    loop = asyncio.get_running_loop()
    for number in LEAVE:
        if signal.getsignal(number) is not signal.SIG_IGN:
            loop.add_signal_handler(number, act)


class Forwarder:
    """Passes signals on to the service, as if gotop were not there. What comes before it runs reaches it then."""

    def __init__(self) -> None:
        self._child: Child | None = None
        self._waiting: list[int] = []
        for number in PASSED_ON:
            signal.signal(number, self._take)

    def to(self, child: Child) -> None:
        """From now on there is somebody to pass them on to."""
        self._child = child
        while self._waiting:
            child.send(self._waiting.pop(0))

    def _take(self, number: int, _: FrameType | None) -> None:
        if self._child is None:
            self._waiting.append(number)
        else:
            self._child.send(number)
