"""Whether the terminal is gone, and what its reader is then told."""

from __future__ import annotations

import _thread
import select
from typing import Any

from textual.app import App

from gotop.ui import _textual_internals
from gotop.ui.terminal_driver import TerminalDriver


class TerminalHangup:
    """Looks after the terminal of an app for signal handlers, which may interrupt anything."""

    def __init__(self, app: App[Any]) -> None:
        self._app = app

    def is_gone(self) -> bool:
        """Whether nobody is at the terminal's other end any more."""
        return self._abandoned_driver() is not None

    def stop_reading(self) -> None:
        """If the terminal is gone, its reader would find its end over and over, and keep the process from ending.

        One that is still there, where only the signal came, is put in order by the reader's own end.

        This runs in a signal handler, which may have interrupted the very same on its way: it must not wait for a lock
        that its own thread holds. Another thread may, and this way of making one takes none.
        """
        if (driver := self._abandoned_driver()) is not None and not driver.exit_event.is_set():
            _thread.start_new_thread(driver.exit_event.set, ())

    def _abandoned_driver(self) -> TerminalDriver | None:
        driver = _textual_internals.driver_of(self._app)
        return driver if isinstance(driver, TerminalDriver) and _hung_up(driver.fileno) else None


def _hung_up(fd: int) -> bool:
    """Whether nobody is at a terminal's other end any more."""
    poll = select.poll()
    poll.register(fd, 0)  # what asks for nothing is told of this
    return any(event & (select.POLLHUP | select.POLLERR | select.POLLNVAL) for _, event in poll.poll(0))
