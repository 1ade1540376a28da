"""All that gotop uses of Textual's private members, but for the driver's (`terminal_driver`), each with its reason.

`tests/ui/test_textual_internals.py` fails where another version of Textual has them no more, or has them mean something
else.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from textual._styles_cache import StylesCache
from textual.app import App
from textual.driver import Driver
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget


def end_quietly_after_exceptions(app: App[Any]) -> None:
    """Have an app end after an exception in a handler without Textual's pages of frames and columns.

    `_fatal_error` is where Textual makes those pages, and `close` all that is left of it.
    """
    app._fatal_error = lambda: close(app)  # type: ignore[method-assign]


def close(app: App[Any]) -> None:
    """End an app at once, from within a handler, without a result: `exit` would wait for the handler."""
    app._close_messages_no_wait()


def exception_of(app: App[Any]) -> Exception | None:
    """Return the exception that ended an app, which Textual prints and does not tell."""
    return app._exception


def driver_of(app: App[Any]) -> Driver | None:
    """Return the driver, which has the terminal. Private, but a hangup has to be told to the thread that it reads in.
    """
    return app._driver


def configured_keys(app: App[Any]) -> Mapping[str, str]:
    """Return keys by binding id as `App.set_keymap` was given them, which Textual keeps but does not tell."""
    return app._keymap


def screen_lines(app: App[Any]) -> list[Strip]:
    """Return the lines of the topmost screen: only the compositor has them, `export_screenshot` makes SVG of them."""
    return app.screen._compositor.render_strips()


class UndecoratedLines(Protocol):
    """A widget that has nothing around its lines: no border, padding or opacity. `room`: its size in this redraw."""

    room: Size

    @property
    def hover_style(self) -> Any: ...

    def render_line(self, y: int) -> Strip: ...


class UndecoratedStylesCache(StylesCache):
    """Textual's record of which lines are still good, for widgets with nothing around their lines.

    Textual's own asks the styles of all widgets above this one about borders and the like, eight times a frame.
    `_cache`, `_dirty_lines` and `_width` are the record.
    """

    def __init__(self, lines: UndecoratedLines) -> None:
        super().__init__()
        self._lines = lines

    def render_widget(self, widget: Widget, crop: Region) -> list[Strip]:
        """Return the lines of a widget within `crop`."""
        width = self._lines.room.width
        if width != self._width:
            self.clear()
            self._width = width
        strips = list(map(self._line, crop.line_range))
        self._dirty_lines.difference_update(crop.line_range)
        if crop.column_span != (0, width):
            strips = [strip.crop(*crop.column_span) for strip in strips]
        return _with_hovered_link(widget, strips)

    def _line(self, y: int) -> Strip:
        strip = None if y in self._dirty_lines else self._cache.get(y)
        if strip is None:
            strip = self._cache[y] = self._lines.render_line(y)
        return strip


def _with_hovered_link(widget: Widget, strips: list[Strip]) -> list[Strip]:
    """Return the lines, the link that the mouse is on in the style of such links."""
    link = widget.hover_style
    if not widget.auto_links or not link.link_id or "@click" not in link.meta:
        return strips
    return [strip.style_links(link.link_id, widget.link_style_hover) for strip in strips]


def use_styles_cache(widget: Widget, cache: StylesCache) -> None:
    """Give a widget its own record of rendered lines; Textual has no parameter for it."""
    widget._styles_cache = cache


def forget_rendered_lines(widget: Widget) -> None:
    """Have all lines of a widget rendered again in the redraw that is under way, for which `refresh` is too late."""
    widget._styles_cache.clear()
