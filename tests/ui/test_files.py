"""Drill-down to the source, the log's search, exports, configured keys and themes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gotop.config import Config
from gotop.model.session import Session
from gotop.ui.app import MonitorApp
from gotop.ui.editor import command
from gotop.ui.feed import Abilities
from gotop.ui.frame import source_pane
from gotop.ui.frame.source_pane import SourcePane
from gotop.ui.log.view import LogLines
from gotop.ui.screenshot import ScreenCapture
from tests.ui.stage import Clock, StillFeed, stage
from tests.ui.synthetic import Service
from tests.ui.test_snapshots import Snap, pressing

SIZE = (140, 40)


def configured(config: Config, file: Path | None = None) -> MonitorApp:
    clock = Clock()
    session = Session(clock)
    for message in Service().run(10):
        session.apply(message)
    return MonitorApp(session, StillFeed(Abilities()), clock=clock, config=config, config_file=file)


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


@pytest.mark.parametrize(
    ("editor", "words"),
    [
        ("vim -u NONE", ["vim", "-u", "NONE", "+7", "a.go"]),
        ("code", ["code", "-g", "a.go:7"]),
        ("hx", ["hx", "a.go:7"]),
    ],
)
def test_every_editor_has_its_own_way_to_name_a_line(
    monkeypatch: pytest.MonkeyPatch, editor: str, words: list[str]
) -> None:
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", editor)
    assert command("a.go", 7) == words


@pytest.mark.parametrize("width", [80, 140])
def test_source(snap_compare: Snap, sources: None, width: int) -> None:
    app, _, _ = stage(Service().run(45))
    assert snap_compare(app, terminal_size=(width, 36), run_before=pressing("enter", "tab", "tab", "down", "down"))


async def test_search_in_the_log_goes_round_and_stops_following() -> None:
    app, _, _ = stage(Service().run(60))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("6", "slash", *"warn", "enter")
        lines = app.query_one(LogLines)
        found = lines.matches()
        assert found and lines._at == found[-1] and not lines.following
        await pilot.press("n")
        assert lines._at == found[0]
        await pilot.press("N")
        assert lines._at == found[-1]
        await pilot.press("escape")
        assert not lines.search


def test_log_search(snap_compare: Snap) -> None:
    app, _, _ = stage(Service().run(60))
    assert snap_compare(app, terminal_size=(100, 20), run_before=pressing("6", "slash", *"cache miss", "enter"))


async def test_exports_are_new_files_in_the_working_directory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    app, _, _ = stage(Service().run(10))
    async with app.run_test(size=SIZE) as pilot:
        for name in ("screen", "screen", "picture", "json", "folded", "pprof"):
            await app.action_export(name)
        await pilot.press("6", "S")
        await pilot.pause()
        assert "main.(*store).scan" in ScreenCapture(app).text() or app.main_screen.current == "log"
    names = sorted(path.name.partition(".")[2] for path in tmp_path.iterdir())
    assert names == ["folded", "json", "log", "pb.gz", "svg", "txt", "txt"]
    log = next(path for path in tmp_path.iterdir() if path.suffix == ".log").read_text()
    assert "\x1b[33mWARN\x1b[0m" in log
    texts = [path.read_text() for path in tmp_path.iterdir() if path.suffix == ".txt"]
    assert all("shopd" in text and "\x1b" not in text for text in texts)


async def test_the_key_for_exports_offers_them_all(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    app, _, _ = stage(Service().run(10))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("E")
        await pilot.pause(0.3)
        await pilot.press(*"folded")
        await pilot.pause(0.5)
        await pilot.press("enter")
        await pilot.pause(0.5)
        assert len(app.screen_stack) == 1
    assert [path.suffix for path in tmp_path.iterdir()] == [".folded"]


async def test_a_directory_that_cannot_be_written_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[Any] = []

    def full(*_: object) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("gotop.ui.exports.write", full)
    monkeypatch.setattr(MonitorApp, "notify", lambda self, text, **_: said.append(text))
    app, _, _ = stage(Service().run(3))
    async with app.run_test(size=SIZE):
        await app.action_export("json")
    assert said == ["Not written: No space left on device"]


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
