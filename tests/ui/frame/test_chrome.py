"""The lines around the views."""

from __future__ import annotations

from dataclasses import replace

import pytest
from rich.style import Style

from gotop.ui.app import MonitorApp
from gotop.ui.colours import palette_of
from gotop.ui.feed import Abilities, Position
from gotop.ui.frame import chrome
from gotop.ui.text import Line, Part, width_of_line
from gotop.ui.views import VIEWS
from tests.ui.busy import Busy
from tests.ui.stage import stage
from tests.ui.synthetic import Service

NAMES = [spec.name for spec in VIEWS]


KEYS = {name: str(number + 1) for number, name in enumerate(NAMES)}


PLAIN = Style()


NOTE: list[Part] = [(2, [("  1,380 sites", PLAIN)]), (1, [("  10 s", PLAIN)])]


FILTERED: list[Part] = [(0, [("  /pkg:server !client", PLAIN)]), *NOTE]


def words(line: Line) -> str:
    return "".join(text for text, _ in line)


@pytest.fixture(scope="module")
def app() -> MonitorApp:
    return stage(Service().run(5))[0]


@pytest.mark.parametrize("current", NAMES)
@pytest.mark.parametrize("width", [60, 61, 67, 72, 80, 93, 120, 200, 300])
def test_views_have_names_at_every_width(app: MonitorApp, current: str, width: int) -> None:
    line = chrome.tabs(VIEWS, current, KEYS, NOTE, width, palette_of(app))
    said = words(line).split()
    assert width_of_line(line) == width
    assert next(spec.title for spec in VIEWS if spec.name == current) in said
    named = [said[said.index(key) + 1] for key in KEYS.values()]
    assert not any(name.isdecimal() for name in named) and len(set(named)) == len(NAMES)
    assert "10" in said
    assert ("1,380" in said) or width < 80


@pytest.mark.parametrize("width", [60, 80, 120])
def test_how_one_looks_goes_before_the_names(app: MonitorApp, width: int) -> None:
    said = words(chrome.tabs(VIEWS, "sites", KEYS, FILTERED, width, palette_of(app)))
    assert "/pkg:server !client" in said and "10 s" in said and "2 Sites" in said
    assert ("3 Fl" in said) or width == 60


def test_a_wide_screen_shows_more_of_a_filter(app: MonitorApp) -> None:
    text = "pkg:=github.com/nats-io/nats-server/v2/server"
    _, (narrow,) = chrome.filter_part(text, False, 60, palette_of(app))
    _, (wide,) = chrome.filter_part(text, False, 200, palette_of(app))
    assert len(narrow[0]) == chrome.FILTER_SHOWN + 2 and narrow[0].endswith("…")
    assert wide[0] == f"  /{text}"


async def test_a_long_name_of_a_service_is_cut_and_not_left_out() -> None:
    service = Service()
    hello = replace(service.hello(), exe="/srv/a-service-with-a-long-name")
    position = Position(45.0, 300.0, 4.0, True)
    app, _, _ = stage([hello, *service.tick()], Abilities(live=False, replay=True), position)
    async with app.run_test(size=(60, 24)):
        header = words(app.main_screen.header_line(60))
        assert header.startswith("  a-serv") and "… " in header and len(header) == 60
        assert "coverage 100.0 %" in header and "replay 45s of 5m00s  4×" in header


@pytest.mark.parametrize("width", [60, 80, 120])
async def test_a_pause_and_a_filter_are_both_seen(width: int) -> None:
    app, clock, _ = stage(Busy().run(20))
    async with app.run_test(size=(width, 30)) as pilot:
        await pilot.press("2", "slash", *"pkg:=encoding/json", "enter", "space")
        clock.now += 100
        app.redraw(force=True)
        await pilot.pause()
        said = words(app.main_screen.second_line(width))
        assert "‖" in said and "100 s" in said and "/pkg:=encoding/json" in said and "2 Sites" in said
