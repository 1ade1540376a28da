"""The screen as text and as SVG, and files that are never written over."""

from __future__ import annotations

from pathlib import Path

import pytest

from gotop.ui.screenshot import ScreenCapture, write_new_file
from tests.ui.stage import stage
from tests.ui.synthetic import Service


async def test_the_screen_as_text_and_svg() -> None:
    app, _, _ = stage(Service().run(5))
    async with app.run_test(size=(120, 30)) as pilot:
        await pilot.pause()
        lines = ScreenCapture(app).text().splitlines()
        assert len(lines) == 30 and all(line == line.rstrip() for line in lines)
        assert "allocs/s" in "".join(lines)
        svg = ScreenCapture(app).svg()
        assert svg.startswith("<svg") and "gotop" in svg


def test_a_file_is_named_after_service_and_time_and_only_the_user_may_read_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = write_new_file("my service/../v2", "svg", b"data", now=0.0)
    assert path.parent == tmp_path and path.read_bytes() == b"data"
    assert path.name.startswith("gotop-my_service_.._v2-") and path.name.endswith(".svg")
    assert path.stat().st_mode & 0o777 == 0o600


def test_another_of_the_same_second_has_a_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    written = [write_new_file("", "txt", bytes([number]), now=0.0) for number in range(3)]
    assert len(set(written)) == 3 and [path.read_bytes()[0] for path in written] == [0, 1, 2]
    assert [path.stem.rpartition("-")[2] for path in written[1:]] == ["2", "3"]
    assert all(path.name.startswith("gotop-service-") for path in written)


def test_where_nothing_can_be_written_it_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    with pytest.raises(OSError):
        write_new_file("x", "txt", b"")
