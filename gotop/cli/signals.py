"""What signals do to gotop: leave in order, or pass them on to the service."""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import sys
import time
from collections.abc import Callable, Coroutine, Sequence
from types import FrameType
from typing import Any

from gotop.agent.child import Child

LEAVE = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
PASSED_ON = (
    signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2, signal.SIGCONT,
    signal.SIGWINCH,
)  # fmt: skip

PR_SET_PDEATHSIG, PARENT_GONE = 1, signal.SIGALRM
"""It has to be a signal that is not passed on to the service: this is about gotop."""

PULSE_S, LOOK_S, STANDSTILL_S = 0.5, 1.0, 5.0


def end_with_parent(parent: int) -> None:
    """Exit when the process that started this one is gone, even if it was killed outright."""
    signal.signal(PARENT_GONE, lambda _number, _frame: sys.exit(128 + PARENT_GONE))
    _signal_at_parent_death(parent, PARENT_GONE)


def leave_with_parent(parent: int) -> None:
    """Send this process SIGTERM when the one that started it is gone; the handler has to be installed already."""
    _signal_at_parent_death(parent, signal.SIGTERM)


def _signal_at_parent_death(parent: int, number: signal.Signals) -> None:
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, number, 0, 0, 0)
    if os.getppid() != parent:  # it went before it could be asked for
        signal.raise_signal(number)


def run_async(work: Coroutine[Any, Any, None]) -> None:
    """Run a coroutine on an event loop of its own, and put back the signal handlers of before when it ends."""
    before = {number: signal.getsignal(number) for number in LEAVE}
    try:
        asyncio.run(work)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in before.items():
            signal.signal(number, handler)


def block_signals() -> None:
    """Block SIGINT, SIGTERM and SIGHUP until `on_signals`: an event loop that is only half made cannot take them."""
    signal.pthread_sigmask(signal.SIG_BLOCK, LEAVE)


def on_signals(act: Callable[[], object], numbers: Sequence[signal.Signals] = LEAVE) -> None:
    """Call `act` on the running event loop when gotop is asked to leave. What nohup ignores stays ignored."""
    loop = asyncio.get_running_loop()
    for number in numbers:
        if signal.getsignal(number) is not signal.SIG_IGN:
            loop.add_signal_handler(number, act)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, LEAVE)


def force_exit_after_hangup(may_go: Callable[[], bool], gone: Callable[[], bool], let_go: Callable[[], None]) -> None:
    """Leave also where the screen cannot be put in order any more because its terminal is gone. To be called first.

    A write to the screen may wait for ever then, and the event loop with it. From some seconds after the hangup on, an
    alarm interrupts that, once `may_go` allows it or the loop stands still; who started something ends it in `finally`.
    `gone` tells whether the terminal is: SIGHUP does not reach who was only being started when it went. `let_go` is
    called at once and with every alarm: nothing is to be read from a terminal that is gone.
    """
    loop = asyncio.get_running_loop()
    beat, hung_up = 0.0, False

    def pulse() -> None:
        nonlocal beat
        beat = time.monotonic()
        loop.call_later(PULSE_S, pulse)

    def leave() -> None:
        nonlocal beat, hung_up
        beat, hung_up = time.monotonic(), True
        let_go()
        loop.call_soon_threadsafe(pulse)
        signal.setitimer(signal.ITIMER_REAL, STANDSTILL_S, LOOK_S)
        os.kill(os.getpid(), signal.SIGTERM)  # which leaves as the key does

    def look(_number: int, _frame: FrameType | None) -> None:
        if not hung_up:
            if gone():
                leave()
            return
        let_go()
        if may_go() or time.monotonic() - beat > STANDSTILL_S:
            sys.exit(128 + signal.SIGHUP)

    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        signal.signal(signal.SIGALRM, look)
        signal.signal(signal.SIGHUP, lambda _number, _frame: leave())
        signal.setitimer(signal.ITIMER_REAL, LOOK_S, LOOK_S)


class SignalForwarder:
    """Passes signals on to the service, as if gotop were not there; those that come before it runs, once it does."""

    def __init__(self) -> None:
        self._child: Child | None = None
        self._waiting: list[int] = []
        for number in PASSED_ON:
            signal.signal(number, self._on_signal)

    def forward_to(self, child: Child) -> None:
        """Pass signals on to this process from now on, first those that have come already."""
        self._child = child
        while self._waiting:
            child.send_signal(self._waiting.pop(0))

    def _on_signal(self, number: int, _: FrameType | None) -> None:
        if self._child is None:
            self._waiting.append(number)
        else:
            self._child.send_signal(number)
