"""Thousands of stacks are read in parts: keys are answered in between."""

from __future__ import annotations

from collections.abc import Callable

from gotop.ui.incremental_build import IncrementalBuild


def test_asks_again_once_until_all_is_read() -> None:
    waiting: list[Callable[[], None]] = []
    drawn: list[int] = []
    reading = IncrementalBuild(waiting.append, lambda: drawn.append(1))
    assert reading.needs_more((1, 3)) and reading.needs_more((2, 3))
    assert len(waiting) == 1
    waiting.pop()()
    assert drawn == [1]
    assert reading.needs_more((2, 3)) and len(waiting) == 1
    waiting.pop()()
    assert not reading.needs_more((3, 3)) and not waiting
