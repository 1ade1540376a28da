"""Lines that somebody else made: what is missing is blank, and what has not changed is not drawn."""

from __future__ import annotations

import pytest
from rich.style import Style
from textual.app import App, ComposeResult
from textual.geometry import Region

from gotop.ui.text import Line
from gotop.ui.widgets.static_lines import StaticLines

PLAIN = Style()


class Probe(App[None]):
    def compose(self) -> ComposeResult:
        yield StaticLines(id="lines")


def lines(*texts: str) -> list[Line]:
    return [[(text, PLAIN)] for text in texts]


async def test_only_lines_that_changed_are_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    app = Probe()
    async with app.run_test(size=(20, 5)):
        widget = app.query_one(StaticLines)
        widget.show(lines("one", "two", "three"))
        drawn: list[tuple[Region, ...]] = []
        monkeypatch.setattr(widget, "refresh", lambda *regions, **_: drawn.append(regions))
        widget.show(lines("one", "two", "three"))
        assert drawn == []
        widget.show(lines("one", "TWO", "three"))
        assert [region.y for region in drawn.pop()] == [1]
        widget.show(lines("one", "TWO"))
        assert drawn == [()], "another number of lines: all of them"


async def test_lines_that_are_missing_are_blank() -> None:
    app = Probe()
    async with app.run_test(size=(20, 5)):
        widget = app.query_one(StaticLines)
        widget.show(lines("one"))
        assert (widget.line(0), widget.line(1), widget.line(4)) == ([("one", PLAIN)], [], [])
