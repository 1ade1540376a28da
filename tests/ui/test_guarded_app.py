"""An app that ends by a mistake of its own."""

from __future__ import annotations

from functools import partialmethod

import pytest

from gotop.cli import gc_tuning
from gotop.cli.screen import ScreenBroke, run_monitor
from gotop.ui.app import MonitorApp
from gotop.ui.main_screen import MainScreen
from tests.ui.stage import stage
from tests.ui.synthetic import Service


def test_a_mistake_of_the_screen_is_raised_and_not_drawn(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def draw_body(_: MainScreen) -> None:
        raise ZeroDivisionError("a mistake")

    app, _, feed = stage(Service().run(1))
    monkeypatch.setattr(MainScreen, "draw_body", draw_body)
    monkeypatch.setattr(MonitorApp, "run_async", partialmethod(MonitorApp.run_async, headless=True))
    monkeypatch.setattr(gc_tuning, "tune_gc", lambda: None)
    with pytest.raises(ScreenBroke) as broke:
        run_monitor(feed, app.session)
    assert isinstance(broke.value.__cause__, ZeroDivisionError)
    assert "a mistake" not in "".join(capfd.readouterr())
