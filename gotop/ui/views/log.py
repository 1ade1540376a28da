"""What the service writes, with its own colours."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from functools import lru_cache
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.strip import Strip

from gotop.model.log import MAX_LINES
from gotop.model.values import LogLine
from gotop.ui import keys
from gotop.ui.ansi import segments
from gotop.ui.colours import Palette, palette_of
from gotop.ui.text import Line, Part, to_strip
from gotop.ui.views.view import View
from gotop.ui.widgets.lines import Lines


@lru_cache(maxsize=512)
def _parsed(text: str) -> tuple[Segment, ...]:
    return tuple(segments(text))


class LogLines(Lines, can_focus=True):
    """Lines of output; follows the newest ones unless one scrolls up."""

    BINDINGS: ClassVar[list[BindingType]] = [*keys.SCROLL, *keys.LOG]

    def __init__(self) -> None:
        super().__init__(id="log-lines")
        self.following = True
        self.empty = ""
        self._lines: deque[LogLine] = deque(maxlen=MAX_LINES)
        self._top = 0
        self._left = 0

    @property
    def last_number(self) -> int:
        """Number of the newest line shown."""
        return self._lines[-1].number if self._lines else 0

    def __len__(self) -> int:
        return len(self._lines)

    def __bool__(self) -> bool:
        return True

    def add(self, lines: Sequence[LogLine]) -> None:
        """Newer lines. One who reads keeps his place, also when old lines fall out at the top."""
        dropped = max(0, len(self._lines) + len(lines) - MAX_LINES)
        self._lines.extend(lines)
        self._to(self._last_top if self.following else self._top - dropped)

    @property
    def _last_top(self) -> int:
        return max(0, len(self._lines) - self.size.height)

    def _to(self, top: int) -> None:
        self._top = max(0, min(top, self._last_top))
        self.refresh()

    def on_resize(self) -> None:
        """Another height: stay at the end if one was there."""
        self._to(self._last_top if self.following else self._top)

    def action_move(self, lines: int) -> None:
        """Scroll; reaching the end follows again."""
        self._to(self._top + lines)
        self.following = self._top >= self._last_top
        self.refresh_bindings()

    def action_page(self, pages: int) -> None:
        """Scroll by pages."""
        self.action_move(pages * max(1, self.size.height - 1))

    def action_first(self) -> None:
        """To the oldest line."""
        self.action_move(-len(self._lines))

    def action_last(self) -> None:
        """To the newest line."""
        self.action_move(len(self._lines))

    def action_sideways(self, cells: int) -> None:
        """Scroll long lines."""
        self._left = max(0, self._left + cells)
        self.refresh()

    def action_follow(self) -> None:
        """Follow the newest line, or stay."""
        self.following = not self.following
        self._to(self._last_top if self.following else self._top)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The wheel scrolls."""
        event.stop()
        self.action_move(3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """The wheel scrolls."""
        event.stop()
        self.action_move(-3)

    def line(self, y: int) -> Strip:
        """One line of output; stderr is marked."""
        palette, width, index = palette_of(self.app), self.size.width, self._top + y
        if not self._lines:
            return self._empty_line(y, palette, width)
        if index >= len(self._lines):
            return Strip.blank(width)
        line = self._lines[index]
        mark = _mark(line, palette)
        text = Strip(_parsed(line.text)).crop(self._left).adjust_cell_length(max(0, width - mark.cell_length))
        return Strip.join([mark, text])

    def _empty_line(self, y: int, palette: Palette, width: int) -> Strip:
        if y != self.size.height // 3:
            return Strip.blank(width)
        return to_strip([(" " * max(0, (width - len(self.empty)) // 2), palette.dim), (self.empty, palette.dim)], width)


def _mark(line: LogLine, palette: Palette) -> Strip:
    if line.gap:
        text = f" … {line.gap:,} bytes missing … "
        return Strip([Segment(text, palette.warn)], len(text))
    return Strip([Segment(" ▎", palette.bad if line.fd == 2 else palette.faint), Segment(" ", Style())], 3)


class LogView(View):
    """The service's stdout and stderr."""

    def __init__(self) -> None:
        super().__init__(id="view-log")

    def compose(self) -> ComposeResult:
        """Nothing but the lines."""
        yield LogLines()

    def draw(self) -> None:
        """Show what has come since."""
        lines, log, target = self.query_one(LogLines), self.monitor.session.log, self.monitor.session.target
        inherits = target is not None and target.output == "inherit"
        lines.empty = (
            "The service writes to its own terminal, not to gotop"
            if inherits
            else "The service has written nothing yet"
        )
        if log.last_number > lines.last_number:
            lines.add(log.lines(lines.last_number))
        elif not lines:
            lines.refresh()

    def note(self) -> list[Part]:
        """Number of lines, whether they are followed."""
        lines, palette = self.query_one(LogLines), self.palette
        state = ("  following", palette.good) if lines.following else ("  f follows", palette.warn)
        legend: Line = [("  ▎", palette.faint), ("stdout  ", palette.dim), ("▎", palette.bad), ("stderr", palette.dim)]
        return [(3, legend), (2, [(f"  {len(lines):,} lines", palette.dim)]), (0, [state])]
