"""A terminal that goes away while the screen cannot be put in order any more: the process ends all the same."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from select import select

from tests.cli.running import CHECKOUT

PATIENCE_S = 120.0
MONITOR = """
import os
from textual._context import active_app
from gotop.cli import screen, signals
from gotop.model.session import Session
from gotop.ui.feed import Abilities
from tests.ui.stage import StillFeed

signals.STANDSTILL_S = 0.5

class Feed(StillFeed):
    async def run(self, session):
        os.write({ready}, b"1")
        os.read({gone}, 1)
        while True:  # the writer has given up: the event loop stands still
            active_app.get()._driver.write("x" * 4096)

screen.run_monitor(Feed(Abilities(owns_service=False)), Session())
"""


def test_the_process_ends_with_its_terminal() -> None:
    ours, theirs = os.openpty()
    (seen, ready), (gone, left) = os.pipe(), os.pipe()
    process = subprocess.Popen(
        [sys.executable, "-c", MONITOR.format(ready=ready, gone=gone)], pass_fds=[theirs, ready, gone],
        env={**os.environ, "PYTHONPATH": str(CHECKOUT), "TERM": "xterm"}, preexec_fn=lambda: os.login_tty(theirs),
    )  # fmt: skip
    try:
        os.close(theirs)
        while seen not in select([ours, seen], [], [])[0]:
            os.read(ours, 1 << 16)  # as a terminal does for as long as it is there
        os.close(ours)  # it is hung up
        os.close(left)
        assert process.wait(PATIENCE_S) == 128 + signal.SIGHUP
    finally:
        process.kill()
        process.wait()
        for end in (seen, ready, gone):
            os.close(end)


LATE = """
import os, signal
from gotop.cli import screen
from gotop.model.session import Session
from gotop.ui.feed import Abilities
from tests.ui.stage import StillFeed

signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGHUP])

class Feed(StillFeed):
    async def run(self, session):
        os.write({ready}, b"1")
        await super().run(session)

screen.on_signals = lambda act, numbers: signal.signal(signal.SIGTERM, lambda *_: act())
screen.run_monitor(Feed(Abilities(owns_service=False)), Session())
"""


def test_it_ends_also_where_nobody_says_that_the_terminal_is_gone() -> None:
    """As when it went while gotop was only being started: SIGHUP has been and gone."""
    ours, theirs = os.openpty()
    seen, ready = os.pipe()
    process = subprocess.Popen(
        [sys.executable, "-c", LATE.format(ready=ready)], pass_fds=[theirs, ready],
        env={**os.environ, "PYTHONPATH": str(CHECKOUT), "TERM": "xterm"}, preexec_fn=lambda: os.login_tty(theirs),
    )  # fmt: skip
    try:
        os.close(theirs)
        while seen not in select([ours, seen], [], [])[0]:
            os.read(ours, 1 << 16)
        os.close(ours)
        process.wait(PATIENCE_S)
    finally:
        process.kill()
        process.wait()
        os.close(seen)
        os.close(ready)
