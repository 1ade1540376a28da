"""A terminal that is gone."""

from __future__ import annotations

import signal
import threading
from types import SimpleNamespace

import pytest

from tests.ui.stage import stage


def test_a_hangup_that_interrupts_the_readers_end_does_not_wait_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The handler runs in the thread that may be setting the same event, and holds its lock."""
    app, _, _ = stage()
    reader = SimpleNamespace(exit_event=threading.Event())
    monkeypatch.setattr(app.terminal, "_abandoned_driver", lambda: reader)
    lock = reader.exit_event._cond
    rescue = threading.Timer(10, lock.release)  # so that the test ends where the handler waits
    before = signal.signal(signal.SIGALRM, lambda *_: app.terminal.stop_reading())
    try:
        lock.acquire()
        rescue.start()
        signal.raise_signal(signal.SIGALRM)
        assert not reader.exit_event.is_set(), "it has waited for the lock"
        lock.release()
    finally:
        rescue.cancel()
        signal.signal(signal.SIGALRM, before)
    assert reader.exit_event.wait(10)
