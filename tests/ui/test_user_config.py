"""Configured keys and themes."""

from __future__ import annotations

from pathlib import Path

from gotop.config import Config
from gotop.model.session import Session
from gotop.ui.app import MonitorApp
from gotop.ui.feed import Abilities
from tests.streams import Clock
from tests.ui.stage import StillFeed
from tests.ui.synthetic import Service

SIZE = (140, 40)


def configured(config: Config, file: Path | None = None) -> MonitorApp:
    clock = Clock(1000.0)
    session = Session(clock)
    for message in Service().run(10):
        session.apply(message)
    return MonitorApp(session, StillFeed(Abilities()), clock=clock, config=config, config_file=file)


async def test_keys_are_bound_as_configured() -> None:
    app = configured(Config(keys={"figures.pause": "f9", "sites.sort_next": "t"}))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("space")
        assert not app.time.paused
        await pilot.press("f9")
        assert app.time.paused
        sort = app.main_screen.sites.options.sort
        await pilot.press("t")
        assert app.main_screen.sites.options.sort is not sort


async def test_a_theme_that_is_chosen_is_kept_and_a_configured_one_is_used(tmp_path: Path) -> None:
    file = tmp_path / "gotop" / "config.toml"
    app = configured(Config(theme="nord", problems=("a sentence",)), file)
    async with app.run_test(size=SIZE) as pilot:
        assert app.theme == "nord" and not file.exists()
        app.theme = "dracula"
        await pilot.pause()
    assert file.read_text() == 'theme = "dracula"\n'
