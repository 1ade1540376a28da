"""What guards an app against what terminals send, what strangers' names hold, and mistakes of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from rich.console import RenderableType
from textual.app import App
from textual.driver import Driver
from textual.filter import LineFilter

from gotop.ui import _textual_internals
from gotop.ui.control_characters import CONTROLS
from gotop.ui.terminal_driver import TerminalDriver
from gotop.ui.terminal_hangup import TerminalHangup

R = TypeVar("R")


class GuardedApp(App[R]):
    """Ends without a traceback: who runs it asks for its `mistake`."""

    def __init__(self) -> None:
        super().__init__()
        self.terminal = TerminalHangup(self)
        self._left = False
        self._panic = ""
        _textual_internals.end_quietly_after_exceptions(self)

    def leave(self, result: R) -> None:
        """End as asked for, with what `run` returns."""
        self._left = True
        self.exit(result)

    def on_exit_app(self) -> None:
        """Called when whoever draws for it (`gotop web`) has gone."""
        self._left = True

    @property
    def mistake(self) -> Exception | None:
        """What ended the app, None if it was left: the exception, where there was one."""
        if (exception := _textual_internals.exception_of(self)) is not None:
            return exception
        return None if self._left else RuntimeError(self._panic or "the screen ended, and nobody asked it to")

    def panic(self, *renderables: RenderableType) -> None:
        """End as after an exception: who runs the app tells why."""
        self._panic = " ".join(map(str, renderables))
        _textual_internals.close(self)

    def get_driver_class(self) -> type[Driver]:
        """Return the terminal's driver, unless the environment names another one (`gotop web`)."""
        named = super().get_driver_class()
        return TerminalDriver if issubclass(TerminalDriver, named) else named

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Return filters that send what Textual draws itself (messages, inputs, the palette) through the same as
        gotop's own lines.
        """
        return [*super().get_line_filters(), CONTROLS]
