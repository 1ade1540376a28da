"""What all widgets have in common that make their lines themselves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

from gotop.printable import one_cell
from gotop.ui._textual_internals import UndecoratedStylesCache, forget_rendered_lines, use_styles_cache
from gotop.ui.colours import Palette, palette_of
from gotop.ui.text import Line, fitted

_MANY_INKS = 4096


class Lines(Widget):
    """A widget that draws lines of styled pieces itself. Subclasses say in `line` what stands on each.

    Background and filters (what Textual changes in all lines for the sake of the terminal), which Textual leaves to
    those who draw lines, are applied here. Both depend on nothing but a piece's style, of which a screen has a few
    dozen: each is worked out once and looked up from then on. Such a widget has no border and no padding, for which
    Textual would look at each line.
    """

    palette: Palette
    room: Size
    """Of the redraw that is being made; only for `line`: Textual looks for a widget's size on the whole screen."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        use_styles_cache(self, UndecoratedStylesCache(self))
        self._inks = _ResolvedStyles(Style(), Color(0, 0, 0), ())

    def line(self, y: int) -> Line:
        """Return one line, without its background; what is missing at its end is blank."""
        raise NotImplementedError

    def refresh_changed(self, before: Sequence[Line], after: Sequence[Line]) -> None:
        """Have the lines drawn again that differ; those that are as they were cost nothing."""
        if len(before) != len(after):
            self.refresh()
            return
        changed = [y for y, (old, new) in enumerate(zip(before, after, strict=True)) if old != new]
        if changed:
            self.refresh(*(Region(0, y, self.size.width, 1) for y in changed))

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Return no filters, which would be applied to whole lines: `_ResolvedStyles` applies them to styles."""
        return ()

    def render_lines(self, crop: Region) -> list[Strip]:
        """Render the lines of one redraw, which all have the same background."""
        background, filters = self.background_colors[1], tuple(super().get_line_filters())
        if self._inks.made_for != (background, filters):
            self._inks = _ResolvedStyles(Style(bgcolor=background.rich_color), background, filters)
            forget_rendered_lines(self)
        self.palette, self.room = palette_of(self.app), self.size
        return super().render_lines(crop)

    def _cells(self, y: int, width: int) -> Line:
        """Return a line as it is sent: names are strangers' text, and no control character in them reaches the
        terminal.
        """
        return fitted([(one_cell(text), style) for text, style in self.line(y)], width)

    def render_line(self, y: int) -> Strip:
        """Render one line as it goes to the terminal."""
        width, inks = self.room.width, self._inks
        return FullWidthStrip([Segment(text, inks[style]) for text, style in self._cells(y, width) if text], width)


class _ResolvedStyles(dict[Style, Style]):
    """Styles of pieces, as they come out on a background and through filters."""

    def __init__(self, ground: Style, background: Color, filters: tuple[LineFilter, ...]) -> None:
        super().__init__()
        self.made_for = (background, filters)
        self._ground = ground

    def __missing__(self, style: Style) -> Style:
        if len(self) >= _MANY_INKS:  # a service's log has any colours it likes
            self.clear()
        background, filters = self.made_for
        piece = [Segment("", self._ground + style)]
        for each in filters:
            piece = each.apply(piece, background)
        self[style] = ink = piece[0].style or self._ground
        return ink


class FullWidthStrip(Strip):
    """A line that is as wide as its widget, and so is cut nowhere when the screen is put together of widgets.

    Textual's own would keep the answer to that, which is itself: garbage that nobody but the collector finds, some
    hundred objects a redraw.
    """

    __slots__ = ()

    def divide(self, cuts: Iterable[int]) -> Sequence[Strip]:
        """Cut at some places, of which the last is the end."""
        places = list(cuts)
        return [self] if places == [self.cell_length] else super().divide(places)
