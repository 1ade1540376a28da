"""The source below the frames."""

from __future__ import annotations

from pathlib import Path

import pytest

from gotop.ui.app import MonitorApp
from gotop.ui.frame import source_pane
from gotop.ui.frame.source_pane import SourcePane
from tests.ui.pressing import Snap, pressing
from tests.ui.stage import stage
from tests.ui.synthetic import Service

SIZE = (140, 40)


@pytest.fixture
def sources(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same lines for every frame, wherever the tests run."""
    from gotop.source import Source

    lines = [
        "package orders",
        "",
        "// list gives all orders.",
        'func list() string { return "orders" + key(12) }',
    ] * 300
    found = tuple(lines)
    monkeypatch.setattr(source_pane, "source_of", lambda file, _: Source(Path("/src") / Path(file).name, found))


async def test_the_source_follows_the_cursor_and_y_copies_it(sources: None) -> None:
    app, _, _ = stage(Service().run(20))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("enter", "tab", "tab", "down", "down")
        await pilot.pause()
        pane = app.screen.query_one(SourcePane)
        frame = app.screen.frame  # type: ignore[attr-defined]
        assert pane.path == f"/src/{Path(frame.file).name}"
        await pilot.press("y")
        assert app.clipboard == f"{pane.path}:{frame.line}"
        await pilot.press("z")
        assert not app.screen.query_one("#left-pane").is_on_screen or app.screen.has_class("only-frames")
        await pilot.press("z", "escape")
        assert app.screen is app.main_screen


async def test_o_without_a_source_or_a_terminal_says_so(sources: None, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    app, _, _ = stage(Service().run(20))
    monkeypatch.setattr(MonitorApp, "notify", lambda self, text, **_: said.append(text))
    monkeypatch.setattr("gotop.ui.frame.detail_screen.open_editor", lambda app, path, line: f"{path} {line}")
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("enter")
        await pilot.pause()
        await pilot.press("o")
        await pilot.pause()
    assert said and said[0].startswith("/src/")


@pytest.mark.parametrize("width", [80, 140])
def test_source(snap_compare: Snap, sources: None, width: int) -> None:
    app, _, _ = stage(Service().run(45))
    assert snap_compare(app, terminal_size=(width, 36), run_before=pressing("enter", "tab", "tab", "down", "down"))
