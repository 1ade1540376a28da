"""Runs the monitor on the terminal."""

from __future__ import annotations

import io
import os
import signal
import sys
from typing import TYPE_CHECKING

from gotop.cli import gc_tuning
from gotop.cli.errors import Refusal
from gotop.cli.signals import force_exit_after_hangup, leave_with_parent, on_signals, run_async

if TYPE_CHECKING:
    from gotop.model.session import Session
    from gotop.ui.feed import Feed


class ScreenBroke(Exception):  # noqa: N818 (named for what happened)
    """The monitor ended by a mistake of its own, its `__cause__`. Whatever it showed is none the worse for it."""


SMALLEST = (60, 15)
"""As `gotop.ui.frame.base_screen`, which takes a while to be loaded, says it."""


def is_terminal() -> bool:
    """Whether there is a terminal to draw on and to read keys from, or a browser (`gotop web`)."""
    return in_browser() or (sys.stdin.isatty() and sys.stdout.isatty())


def in_browser() -> bool:
    """Whether textual-serve has started this process and draws for it."""
    return "WebDriver" in os.environ.get("TEXTUAL_DRIVER", "")


def check_terminal() -> None:
    """Refuse a terminal that the monitor does not fit into, before anything is started."""
    if in_browser():
        return
    if os.environ.get("TERM", "") in ("", "dumb"):
        raise Refusal(
            "This terminal cannot place the cursor (TERM is unset or dumb). Use --text or --json for a report."
        )
    columns, lines = os.get_terminal_size(sys.stdout.fileno())
    if (columns, lines) != (0, 0) and (columns < SMALLEST[0] or lines < SMALLEST[1]):
        raise Refusal(
            f"This terminal is too small for the monitor: {columns}×{lines}, and it needs {SMALLEST[0]}×{SMALLEST[1]}. "
            "Make it larger, or use --text or --json for a report."
        )


SWITCH_S = 0.0002
"""How long the thread that names stacks may go on while the screen waits for its turn. By itself Python lets it for
5 ms each time that the screen's thread has looked for keys or messages, which made pictures half a second late.
"""

SERVER = "GOTOP_WEB_SERVER"
"""The environment variable by which `gotop web` tells a window whose it is: nobody sees it when that is gone."""


def preload() -> None:
    """Import the user interface, which takes a while.

    To be called before the service is started: the agent needs some 20 ms to start it, the import 300 and more, so that
    the first frame would come late in the service's life, and the whole is no sooner on the screen.
    """
    import gotop.ui.app  # noqa: F401


def run_monitor(feed: Feed, session: Session, by: str = "") -> None:
    """Run the monitor until the user leaves it. `by`: what sites are grouped by at first, a name of `Group`.

    Raises ScreenBroke: it ended by a mistake of its own.
    """
    run_async(_run_monitor(feed, session, by))


async def _run_monitor(feed: Feed, session: Session, by: str) -> None:
    """SIGTERM, SIGHUP and SIGINT from outside leave as the key for quitting does; the terminal is restored."""
    from gotop import config
    from gotop.ui.app import MonitorApp
    from gotop.ui.views import key_ids

    gc_tuning.tune_gc()
    sys.setswitchinterval(SWITCH_S)
    file = config.path()
    _prefer_the_terminal()
    app = MonitorApp(session, feed, config=config.load(file, key_ids()), config_file=file, by=by)

    def may_go() -> bool:
        return session.ending is not None or not feed.abilities.owns_service

    force_exit_after_hangup(may_go, app.terminal.is_gone, app.terminal.stop_reading)
    on_signals(app.action_leave, (signal.SIGINT, signal.SIGTERM))
    if server := os.environ.get(SERVER):
        leave_with_parent(int(server))
    try:
        await app.run_async()
    except Exception as error:
        raise ScreenBroke from error
    if app.mistake is not None:
        raise ScreenBroke from app.mistake


def _prefer_the_terminal() -> None:
    """COLUMNS and LINES in the environment hold for whoever set them; the terminal knows its size at any time. What its
    encoding lacks becomes `?`: anything longer would move the rest of a line.
    """
    if in_browser():
        return
    for name in ("COLUMNS", "LINES"):
        os.environ.pop(name, None)
    if isinstance(sys.__stderr__, io.TextIOWrapper):  # where Textual draws
        sys.__stderr__.reconfigure(errors="replace")
