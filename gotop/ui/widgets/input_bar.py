"""The line in which one types a filter."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, Static

from gotop.ui import keys

HINT = "text, !not, ~regex, type: pkg: mod: file: func:"


class FilterBar(Horizontal):
    """Every letter filters at once. Enter keeps the filter, Esc clears it."""

    BINDINGS: ClassVar[list[BindingType]] = [*keys.FILTER]

    class Changed(Message):
        """Another text."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Closed(Message):
        """Back to the table."""

    def __init__(self, text: str) -> None:
        super().__init__(id="filterbar")
        self._text = text
        self._before: Widget | None = None
        self._left = False

    def compose(self) -> ComposeResult:
        """A slash, the text, the number of matches."""
        yield Static(" /", id="filter-slash")
        yield Input(self._text, placeholder=HINT, compact=True, id="filter-input", select_on_focus=False)
        yield Static("", id="filter-count")

    def on_mount(self) -> None:
        """Typing begins at once."""
        self._before = self.screen.focused
        self.screen.set_focus(self.query_one(Input))  # at once: `focus()` would let keys pass first

    def tell(self, shown: int, total: int, error: str = "") -> None:
        """Say how many rows match, or what is wrong with an expression."""
        for count in self.query("#filter-count").results(Static):  # none yet while it is being mounted
            count.set_class(bool(error), "filter-error")
            count.update(Text(f"{error} " if error else f"{shown:,} of {total:,} "))

    def on_input_changed(self, event: Input.Changed) -> None:
        """A letter more or less."""
        event.stop()
        self.post_message(self.Changed(event.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter is the input's own key, and says so this way."""
        event.stop()
        self.action_keep()

    def on_input_blurred(self, event: events.Event) -> None:
        """A click somewhere else keeps the filter."""
        event.stop()
        self.action_keep()

    def action_keep(self) -> None:
        """Keep the filter, go back to the rows."""
        if self._left:  # to leave the input is one more reason to do so
            return
        self._left = True
        self.screen.set_focus(self._before)  # at once: the next key is for the rows
        self.post_message(self.Closed())

    def action_cancel(self) -> None:
        """Clear the filter, go back to the rows."""
        self.clear()
        self.action_keep()

    def clear(self) -> None:
        """Another text: none."""
        self.post_message(self.Changed(""))
