"""The registry of views: one more line is all that another view takes."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from textual.app import ComposeResult
from textual.binding import Binding
from textual.widgets import Static

import gotop.ui
from gotop.ui import commands, views
from gotop.ui.app import MonitorApp
from gotop.ui.feed import Abilities
from gotop.ui.frame.base_view import View
from gotop.ui.frame.view_spec import ViewSpec
from gotop.ui.screenshot import ScreenCapture
from gotop.ui.text import Part
from gotop.ui.widgets.static_lines import StaticLines
from tests.streams import Clock
from tests.ui.stage import StillFeed, stage
from tests.ui.synthetic import Service

SIZE = (120, 40)
MODULES = ("gotop.ui.app", "gotop.ui.commands", "gotop.ui.navigation", "gotop.ui.main_screen")
"""Those that are above the registry."""


class ProbeView(View):
    """What a view needs at least."""

    def compose(self) -> ComposeResult:
        yield StaticLines(id="probe")

    def draw(self) -> None:
        self.query_one(StaticLines).show([[(f"{self.monitor.session.totals().allocs} probed", self.palette.text)]])

    def note(self) -> list[Part]:
        return [(0, [("noted", self.palette.dim)])]


@pytest.fixture
def probing(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The app's class as it is with one more line in the registry, and as for the rest not changed in any way."""
    spec = ViewSpec(
        "probe", "Probe", "0", f"{__name__}:ProbeView", ("Pr", "Pr", "Pr"),
        keys=(Binding("P", "probe", "Take a probe", id="probe.take"),), lists_rows=False, has_window=False,
    )  # fmt: skip
    monkeypatch.setattr(views, "VIEWS", (*views.VIEWS, spec))
    for name in MODULES:
        monkeypatch.delattr(gotop.ui, name.rpartition(".")[2])
        monkeypatch.delitem(sys.modules, name)
    yield importlib.import_module("gotop.ui.app").MonitorApp


async def test_another_line_is_another_view_with_key_tab_help_and_palette(probing: Any) -> None:
    staged, _, _ = stage(Service().run(5))
    app = probing(staged.session, StillFeed(Abilities()), clock=Clock(1000.0))
    async with app.run_test(size=SIZE) as pilot:
        assert "0 Probe" in ScreenCapture(app).text().splitlines()[1]
        offered = {command.title for command in app.get_system_commands(app.screen)}
        assert {"Probe", "Window"} <= offered
        await pilot.press("0")
        await pilot.pause()
        text = ScreenCapture(app).text()
        assert f"{app.session.totals().allocs} probed" in text and "noted" in text.splitlines()[1]
        assert "Window" not in {command.title for command in app.get_system_commands(app.screen)}
        await pilot.press("question_mark")
        helped = "".join(str(static.render()) for static in app.screen.query(Static))
        assert "0           Probe\n" in helped and "\n\nProbe\nP           Take a probe" in helped
    assert {"view.probe"} <= views.key_ids()


def test_the_registry_has_keys_names_and_titles_of_their_own() -> None:
    for read in (lambda spec: spec.name, lambda spec: spec.key, lambda spec: spec.title, lambda spec: spec.titles[2]):
        every = [read(spec) for spec in views.VIEWS]
        assert len(set(every)) == len(every)
    assert all(len(spec.titles[2]) == 2 for spec in views.VIEWS)


@pytest.mark.parametrize("spec", views.VIEWS, ids=lambda spec: spec.name)
async def test_every_view_is_shown_by_its_key_and_says_in_the_tabs_where_one_is(spec: ViewSpec) -> None:
    app, _, _ = stage(Service().run(5))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press(spec.key)
        await pilot.pause()
        assert app.main_screen.current == spec.name and type(app.main_screen.view).__name__ == spec.view.split(":")[1]
        assert f" {spec.key} {spec.title} " in ScreenCapture(app).text().splitlines()[1] + " "
        assert commands.offered(app, app.live_screen, "window") is spec.has_window
        assert commands.offered(app, app.live_screen, "step") is spec.has_past


async def test_tabs_have_the_keys_that_views_are_bound_to() -> None:
    app, _, _ = stage(Service().run(5))
    async with app.run_test(size=SIZE) as pilot:
        app.set_keymap({"view.gc": "f5"})
        app.redraw(force=True)
        await pilot.pause()
        assert "f5 GC" in ScreenCapture(app).text().splitlines()[1]
        await pilot.press("f5")
        assert isinstance(app, MonitorApp) and app.main_screen.current == "gc"
