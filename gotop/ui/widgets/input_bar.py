"""The line in which a filter or a search is typed."""

from __future__ import annotations

from typing import ClassVar, Literal, TypeAlias

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, Static

from gotop.ui import keys

Purpose: TypeAlias = Literal["filter", "search"]
"""What a text is typed for."""

MARKS: dict[Purpose, str] = {"filter": "/", "search": "≈"}
"""What stands before the text."""


ROOM_TO_TYPE = 24
"""Cells that the line must have left for a longer text before it repeats what can be typed."""


class InputBar(Horizontal):
    """A line to type in, which says so with every letter. Enter keeps the text, Esc clears it; the widget that had the
    focus before gets it back.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*keys.FILTER]

    class Changed(Message):
        """Sent with every letter: the text is another one."""

        def __init__(self, purpose: Purpose, text: str) -> None:
            super().__init__()
            self.purpose = purpose
            self.text = text

    class Closed(Message):
        """Sent when the line has done its work: it is to be removed."""

    def __init__(self, purpose: Purpose, text: str, hint: str) -> None:
        super().__init__(id="filterbar")
        self.purpose = purpose
        self._text = text
        self._hint = hint
        self._focused_before: Widget | None = None
        self._done = False

    def compose(self) -> ComposeResult:
        """Compose a mark, the text, and what it has led to."""
        yield Static(f" {MARKS[self.purpose]}", id="filter-slash")
        yield Input(self._text, placeholder=self._hint, compact=True, id="filter-input", select_on_focus=False)
        yield Static("", id="filter-count")

    def on_mount(self) -> None:
        """Take the focus at once: the next key is typed here."""
        self._focused_before = self.screen.focused
        self.screen.set_focus(self.query_one(Input))  # at once: `focus()` would let keys pass first

    def show_result(self, text: str, error: bool = False) -> None:
        """Say what the text has led to, or (`error`) what is wrong with it."""
        for result in self.query("#filter-count").results(Static):  # none yet while it is being mounted
            result.set_class(error, "filter-error")
            room = self.app.size.width - len(text) - len(self._hint) - self.query_one(Input).cursor_position
            hint = f"   {self._hint}" if room > ROOM_TO_TYPE and not error else ""
            result.update(Text(f"{text}{hint} "))

    def on_input_changed(self, event: Input.Changed) -> None:
        """Say that there is a letter more or less."""
        event.stop()
        self.post_message(self.Changed(self.purpose, event.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Keep the text: Enter is the input's own key, and says so this way."""
        event.stop()
        self.action_keep()

    def on_input_blurred(self, event: events.Event) -> None:
        """Keep the text when one clicks somewhere else."""
        event.stop()
        self.action_keep()

    def action_keep(self) -> None:
        """Keep the text, go back to the rows."""
        if self._done:  # to leave the input is one more reason to do so
            return
        self._done = True
        self.screen.set_focus(self._focused_before)  # at once: the next key is for the rows
        self.post_message(self.Closed())

    def action_cancel(self) -> None:
        """Clear the text, go back to the rows."""
        self.post_message(self.Changed(self.purpose, ""))
        self.action_keep()
