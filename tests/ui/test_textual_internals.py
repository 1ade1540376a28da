"""What gotop uses of Textual's private members does what it is used for: to be looked at where Textual has changed."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from textual._styles_cache import StylesCache
from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.drivers.headless_driver import HeadlessDriver
from textual.geometry import Region
from textual.widgets import Static

import gotop.ui
from gotop.ui import _textual_internals as internals
from gotop.ui.text import Line
from gotop.ui.widgets.lines import Lines

PRIVATE = {
    "_exception", "_fatal_error", "_close_messages_no_wait", "_driver", "_keymap", "_compositor", "_styles_cache",
    "_dirty_lines", "_bindings", "_notifications", "_running", "_closing",
}  # fmt: skip
"""Private names of Textual's that this code has used, or might."""


class Probe(App[None]):
    BINDINGS = [Binding("a", "bell", "Bell", id="probe.bell")]  # noqa: RUF012

    def compose(self) -> ComposeResult:
        yield Static("hello")


def test_nobody_else_uses_private_members_of_textual() -> None:
    found = []
    for file in Path(gotop.ui.__file__).parent.rglob("*.py"):
        if file.name in ("_textual_internals.py", "terminal_driver.py"):  # the latter: tests/cli/test_terminals.py
            continue
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Attribute) and node.attr in PRIVATE:
                found.append((file.name, node.attr))
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("textual._"):
                found.append((file.name, node.module))
    assert found == []


async def test_the_driver_of_a_running_app() -> None:
    app = Probe()
    assert internals.driver_of(app) is None
    async with app.run_test():
        assert isinstance(internals.driver_of(app), HeadlessDriver)


async def test_configured_keys_are_those_of_the_keymap() -> None:
    app = Probe()
    async with app.run_test():
        assert internals.configured_keys(app) == {}
        app.set_keymap({"probe.bell": "f9"})
        assert internals.configured_keys(app) == {"probe.bell": "f9"}


async def test_the_lines_of_the_screen() -> None:
    app = Probe()
    async with app.run_test(size=(20, 3)) as pilot:
        await pilot.pause()
        lines = internals.screen_lines(app)
        assert len(lines) == 3 and lines[0].text == "hello".ljust(20)


async def test_an_app_that_ends_by_a_mistake_keeps_it_and_prints_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    class Mistaken(App[None]):
        def on_mount(self) -> None:
            raise ZeroDivisionError("a mistake")

    app = Mistaken()
    internals.end_quietly_after_exceptions(app)
    await app.run_async(headless=True)
    assert isinstance(internals.exception_of(app), ZeroDivisionError)
    assert "a mistake" not in "".join(capfd.readouterr())


class Counted(Lines):
    """Counts how often each line is made."""

    def __init__(self) -> None:
        super().__init__()
        self.made: list[int] = []

    def line(self, y: int) -> Line:
        self.made.append(y)
        return []


async def test_lines_that_are_still_good_are_not_made_again() -> None:
    class Shown(App[None]):
        def compose(self) -> ComposeResult:
            yield Counted()

    app = Shown()
    async with app.run_test(size=(20, 4)) as pilot:
        await pilot.pause()
        lines = app.query_one(Counted)
        assert type(lines._styles_cache) is internals.UndecoratedStylesCache
        assert isinstance(lines._styles_cache, StylesCache)
        whole = Region(0, 0, 20, 4)
        lines.made.clear()
        lines.render_lines(whole)
        assert lines.made == [], "Textual asked for them when it drew the first time"
        lines.refresh(Region(0, 2, 20, 1))
        lines.render_lines(whole)
        assert lines.made == [2]
        lines.made.clear()
        internals.forget_rendered_lines(lines)
        lines.render_lines(whole)
        assert lines.made == [0, 1, 2, 3]
