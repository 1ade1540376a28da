"""Thousands of stacks are read in parts: keys are answered in between."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gotop.ui import incremental_build
from gotop.ui.incremental_build import AT_ONCE, IncrementalBuild, Progress


def test_asks_again_once_until_all_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(incremental_build, "SLICE_S", 0)
    waiting: list[Callable[[], None]] = []
    drawn: list[int] = []
    reading = IncrementalBuild(lambda seconds, call: waiting.append(call), lambda: drawn.append(1))
    assert reading.needs_more(lambda _: (1, 3)) == (1, 3) and reading.needs_more(lambda _: (2, 3))
    assert len(waiting) == 1
    waiting.pop()()
    assert drawn == [1]
    assert reading.needs_more(lambda _: (2, 3)) and len(waiting) == 1
    waiting.pop()()
    assert reading.needs_more(lambda _: (3, 3)) is None and not waiting


def test_a_part_is_as_much_as_there_is_time_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(incremental_build, "SLICE_S", 1e9)
    read = 0

    def read_more(at_most: int) -> Progress:
        nonlocal read
        read += at_most
        return min(read, 10 * AT_ONCE), 10 * AT_ONCE

    assert IncrementalBuild(lambda *_: pytest.fail("all is read"), lambda: None).needs_more(read_more) is None
    assert read == 10 * AT_ONCE
