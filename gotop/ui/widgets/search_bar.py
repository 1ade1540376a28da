"""The line in which one types what to search for."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.message import Message
from textual.widgets import Input, Static

from gotop.ui.widgets.input_bar import FilterBar


class SearchBar(FilterBar):
    """As the filter's line: every letter searches at once, Enter keeps it, Esc clears it."""

    class Searched(Message):
        """Another text."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    def __init__(self, text: str, hint: str) -> None:
        super().__init__(text)
        self._hint = hint

    def compose(self) -> ComposeResult:
        """A mark, the text, what was found."""
        yield Static(" ≈", id="filter-slash")
        yield Input(self._text, placeholder=self._hint, compact=True, id="filter-input", select_on_focus=False)
        yield Static("", id="filter-count")

    def say(self, text: str) -> None:
        """Say what was found."""
        for count in self.query("#filter-count").results(Static):  # none yet while it is being mounted
            count.update(text + " ")

    def on_input_changed(self, event: Input.Changed) -> None:
        """A letter more or less."""
        event.stop()
        event.prevent_default()  # or the filter's line would take it for a filter
        self.post_message(self.Searched(event.value))

    def clear(self) -> None:
        """Another text: none."""
        self.post_message(self.Searched(""))
