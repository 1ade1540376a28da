"""The line on the terminal while one has to wait."""

from __future__ import annotations

import sys
import threading

import pytest

from gotop.cli import progress
from gotop.cli.progress import FRAMES, Progress, progress_line


@pytest.mark.parametrize(
    ("width", "line"),
    [
        (80, "⠙ Building ./cmd  1.5 s  41 packages compiled"), (30, "⠙ Building ./cmd  1.5 s  41 p…"),
        (12, "⠙ Building …"),
    ],
)  # fmt: skip
def test_the_detail_gives_way_first(width: int, line: str) -> None:
    assert progress_line(1, "Building ./cmd", 1.5, "41 packages compiled", width) == line


def test_without_a_detail_nothing_hangs_over() -> None:
    assert progress_line(len(FRAMES), "Reading x", 0.0, "", 80) == "⠋ Reading x  0.0 s"


def test_where_stderr_is_no_terminal_it_is_silent(capsys: pytest.CaptureFixture[str]) -> None:
    before = threading.active_count()
    with Progress("Building") as shown:
        shown.update("41 packages")
        assert threading.active_count() == before
    assert capsys.readouterr() == ("", "")


def test_on_a_terminal_it_is_drawn_and_gone_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[str] = []
    seen = threading.Event()

    def redraw(text: str) -> None:
        drawn.append(text)
        if "41 packages" in text:
            seen.set()

    monkeypatch.setattr(progress, "redraw_line", redraw)
    monkeypatch.setattr(progress, "PATIENCE_S", 0.0)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with Progress("Building \x1b[2J") as shown:
        shown.update("41 packages")
        assert seen.wait(60)
    assert drawn[-1] == "" and not any("\x1b" in text for text in drawn)
