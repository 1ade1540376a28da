"""The line in which a filter is typed: every letter counts, Enter keeps, Escape clears, a click keeps."""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.widgets import Button, Static

from gotop.ui.widgets.input_bar import InputBar


class Probe(App[None]):
    def __init__(self) -> None:
        super().__init__()
        self.typed: list[tuple[str, str]] = []
        self.closed = 0

    def compose(self) -> ComposeResult:
        yield Button("rows", id="rows")

    async def open(self, text: str = "") -> InputBar:
        bar = InputBar("filter", text, "text, !not")
        await self.mount(bar)
        return bar

    def on_input_bar_changed(self, event: InputBar.Changed) -> None:
        self.typed.append((event.purpose, event.text))

    async def on_input_bar_closed(self, event: InputBar.Closed) -> None:
        self.closed += 1
        await self.query(InputBar).remove()


async def test_every_letter_counts_and_enter_keeps_the_text() -> None:
    app = Probe()
    async with app.run_test() as pilot:
        app.query_one("#rows").focus()
        await pilot.pause()
        await app.open("j")
        await pilot.press("s", "o", "enter")
        await pilot.pause()
        assert app.typed[-2:] == [("filter", "js"), ("filter", "jso")]
        assert (app.closed, app.focused and app.focused.id) == (1, "rows")


async def test_escape_clears_it() -> None:
    app = Probe()
    async with app.run_test() as pilot:
        app.query_one("#rows").focus()
        await pilot.pause()
        await app.open("json")
        await pilot.press("escape")
        await pilot.pause()
        assert app.typed[-1] == ("filter", "")
        assert (app.closed, app.focused and app.focused.id) == (1, "rows")


async def test_a_click_elsewhere_keeps_the_text_and_closes_it_once() -> None:
    app = Probe()
    async with app.run_test() as pilot:
        await app.open("json")
        await pilot.click("#rows")
        await pilot.pause()
        assert (app.closed, app.typed[-1:]) == (1, [("filter", "json")])


async def test_the_result_repeats_what_can_be_typed_only_where_there_is_room() -> None:
    for width, hinted in ((100, True), (30, False)):
        app = Probe()
        async with app.run_test(size=(width, 10)) as pilot:
            bar = await app.open("json")
            await pilot.pause()
            bar.show_result("3 of 9 sites")
            said = app.query_one("#filter-count", Static)
            assert "3 of 9 sites" in str(said.render()) and ("!not" in str(said.render())) == hinted
            bar.show_result("a broken expression", error=True)
            assert said.has_class("filter-error") and "!not" not in str(said.render())
