"""What all views have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual.containers import Vertical

from gotop.ui.frame.monitored import Monitored
from gotop.ui.text import Part

if TYPE_CHECKING:
    from gotop.ui.widgets.input_bar import InputBar, Purpose

FILTER_HINT = "text, !not, ~regex, type: pkg: mod: file: func: caller:"


class View(Monitored, Vertical):
    """One page of the main screen. Draws itself from the session when told to, never by itself.

    `wants_goroutines`: whether it shows readings of all goroutines, which are made only while somebody looks.
    """

    wants_goroutines = False

    def __init__(self, name: str) -> None:
        super().__init__(id=view_id(name))

    def draw(self) -> None:
        """Show what the session says now."""
        raise NotImplementedError

    def turn_to_page(self, name: str) -> None:
        """Show another of its pages, where it has any."""

    def time_changed(self) -> None:
        """Called when another moment or window is shown: rows take the order that belongs to it, at once."""

    def state(self, action: str) -> str:
        """Return the state of what an action of the view changes, in a word or two."""
        return ""

    def note(self) -> list[Part]:
        """Return what stands at the right of the tabs while this view is shown."""
        return []

    # The line in which a filter or a search is typed

    async def open_filter(self, text: str) -> None:
        """Open the line with the filter in force. It has the focus when this returns: before the next key comes."""
        await self._open_input("filter", text, FILTER_HINT)

    async def open_search(self, text: str, hint: str) -> None:
        """Open the line with what is searched for."""
        await self._open_input("search", text, hint)

    async def _open_input(self, purpose: Purpose, text: str, hint: str) -> None:
        from gotop.ui.widgets.input_bar import InputBar  # the first frame does not need Textual's input

        if self.input_bar is None:
            await self.mount(InputBar(purpose, text, hint))

    @property
    def input_bar(self) -> InputBar | None:
        """The open line to type in; None if there is none."""
        return cast("InputBar | None", next(iter(self.query("InputBar")), None))

    def filter_typed(self, text: str) -> None:
        """Called when another filter is typed."""

    def search_typed(self, text: str) -> None:
        """Called when another text to search for is typed."""

    def focus_rows(self) -> None:
        """Give the focus to what was filtered or searched."""

    def show_input_result(self, text: str, error: bool = False) -> None:
        """Say in the open line, if there is one, what the text has led to, or (`error`) what is wrong with it."""
        if (bar := self.input_bar) is not None:
            bar.show_result(text, error)

    def on_input_bar_changed(self, event: InputBar.Changed) -> None:
        """Filter or search by what is typed now."""
        event.stop()
        typed = self.filter_typed if event.purpose == "filter" else self.search_typed
        typed(event.text)

    async def on_input_bar_closed(self, event: InputBar.Closed) -> None:
        """Remove the line; the rows have the focus."""
        event.stop()
        self.focus_rows()
        await self.query("InputBar").remove()
        self.refresh_bindings()


def view_id(name: str) -> str:
    """Return the id of the widget that shows the view of that name."""
    return f"view-{name}"
