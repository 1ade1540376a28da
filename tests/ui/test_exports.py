"""Files that a user asks for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gotop.ui.app import MonitorApp
from gotop.ui.screenshot import ScreenCapture
from tests.ui.stage import stage
from tests.ui.synthetic import Service

SIZE = (140, 40)


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

    monkeypatch.setattr("gotop.ui.exports.write_new_file", full)
    monkeypatch.setattr(MonitorApp, "notify", lambda self, text, **_: said.append(text))
    app, _, _ = stage(Service().run(3))
    async with app.run_test(size=SIZE):
        await app.action_export("json")
    assert said == ["Not written: No space left on device"]
