"""What the service writes, with its own colours."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from functools import lru_cache
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.strip import Strip

from gotop import units
from gotop.model.status.log import MAX_LINES, LogLine
from gotop.ui import keys
from gotop.ui.colours import Palette, palette_of
from gotop.ui.frame.base_view import View
from gotop.ui.log.ansi import plain, segments
from gotop.ui.text import Line, Part, left
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
        self.search = ""
        self._at = 0
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

    def add_lines(self, lines: Sequence[LogLine]) -> None:
        """Add newer lines. Who reads keeps the place, also when old lines fall out at the top."""
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
        """Stay at the end if it was in sight."""
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
        """Scroll to the oldest line."""
        self.action_move(-len(self._lines))

    def action_last(self) -> None:
        """Scroll to the newest line."""
        self.action_move(len(self._lines))

    def action_sideways(self, cells: int) -> None:
        """Scroll sideways, by cells."""
        self._left = max(0, self._left + cells)
        self.refresh()

    def action_follow(self) -> None:
        """Follow the newest line, or stay."""
        self.following = not self.following
        self._to(self._last_top if self.following else self._top)

    # Search

    def seek(self, text: str) -> None:
        """Search for another text, from the newest line in sight on backwards."""
        self.search = text
        bottom = min(self._top + self.size.height, len(self._lines))
        self._at = self._lines[bottom - 1].number + 1 if bottom else 0
        if text:
            self.action_match(-1)
        self.refresh()
        self.refresh_bindings()

    def matches(self) -> list[int]:
        """Return the numbers of the lines with the text that is searched for, case ignored."""
        wanted = self.search.casefold()
        return [line.number for line in self._lines if wanted in plain(line.text).casefold()] if wanted else []

    def action_match(self, step: int) -> None:
        """Go to the next line that matches, or the one before; at the end, from the other end again."""
        found = self.matches()
        if not found:
            return
        if step > 0:
            self._at = next((number for number in found if number > self._at), found[0])
        else:
            self._at = next((number for number in reversed(found) if number < self._at), found[-1])
        self.following = False
        self._show_column(self._lines[self._at - self._lines[0].number].text)
        self._to(self._at - self._lines[0].number - self.size.height // 2)
        self.refresh_bindings()

    def _show_column(self, text: str) -> None:
        start = plain(text).casefold().find(self.search.casefold())
        if not self._left <= start <= self._left + self.size.width - len(self.search) - 4:
            self._left = max(0, start - self.size.width // 2)

    def action_forget(self) -> None:
        """End the search."""
        self.seek("")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer keys for matches only where there is a search."""
        return bool(self.search) if action in ("match", "forget") else True

    def raw(self) -> bytes:
        """Return all lines as the service wrote them, colours included."""
        return "".join(f"{line.text}\n" for line in self._lines).encode()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll."""
        event.stop()
        self.action_move(3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll."""
        event.stop()
        self.action_move(-3)

    def line(self, y: int) -> Line:
        """Return a line of output; stderr is marked."""
        palette, index = palette_of(self.app), self._top + y
        if not self._lines:
            return self._empty_line(y, palette, self.size.width)
        if index >= len(self._lines):
            return []
        line = self._lines[index]
        mark = _mark(line, palette)
        room = max(0, self.size.width - sum(cell_len(text) for text, _ in mark))
        text = self._marked(line, palette).crop(self._left)
        beyond = text.cell_length > room
        shown = text.crop(0, max(0, room - 1)) if beyond else text
        pieces = [(piece, style or Style.null()) for piece, style, _ in shown]
        return [*mark, *pieces, *([("›", palette.accent)] if beyond else [])]

    def _marked(self, line: LogLine, palette: Palette) -> Strip:
        strip = Strip(_parsed(line.text))
        wanted, text = self.search.casefold(), plain(line.text).casefold()
        if not wanted or wanted not in text or len(text) != strip.cell_length:
            return strip.apply_style(palette.match) if wanted and wanted in text else strip
        style = palette.chip_warn if line.number == self._at else palette.match
        pieces, start = [], 0
        while (found := text.find(wanted, start)) >= 0:
            end = found + len(wanted)
            pieces += [strip.crop(start, found), Strip([Segment(strip.crop(found, end).text, style)])]
            start = end
        return Strip.join([*pieces, strip.crop(start)])

    def _empty_line(self, y: int, palette: Palette, width: int) -> Line:
        if y != self.size.height // 3:
            return []
        return [(" " * max(0, (width - len(self.empty)) // 2), palette.dim), (self.empty, palette.dim)]


def _mark(line: LogLine, palette: Palette) -> Line:
    if line.gap:
        return [(f" … {line.gap:,} bytes missing … ", palette.warn)]
    return [(" ▎", palette.bad if line.fd == 2 else palette.faint), (" ", Style.null())]


class LogView(View):
    """The service's stdout and stderr."""

    BINDINGS: ClassVar[list[BindingType]] = [*keys.LOG_VIEW]

    def __init__(self, name: str) -> None:
        super().__init__(name)

    def compose(self) -> ComposeResult:
        """Compose the lines."""
        yield LogLines()

    def draw(self) -> None:
        """Show what the service has written since the last time."""
        lines, log, target = self.query_one(LogLines), self.monitor.session.log, self.monitor.session.target
        inherits = target is not None and target.output == "inherit"
        lines.empty = (
            "The service writes to its own terminal, not to gotop"
            if inherits
            else "The service has written nothing yet"
        )
        if log.last_number > lines.last_number:
            lines.add_lines(log.lines(lines.last_number))
        elif not lines:
            lines.refresh()

    async def action_search(self) -> None:
        """Open the line to type what to search for in."""
        await self.open_search(self.query_one(LogLines).search, "text in the output")

    def action_save(self) -> None:
        """Write the output that is kept here into a new file."""
        self.monitor.save(self.query_one(LogLines).raw(), "log")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer search and save only while no line to type in is open."""
        return self.input_bar is None if action in ("search", "save") else True

    def search_typed(self, text: str) -> None:
        """Search at once."""
        lines = self.query_one(LogLines)
        lines.seek(text)
        self.show_input_result(units.number_of(len(lines.matches()), "lines"))
        self.monitor.draw_bars()

    def focus_rows(self) -> None:
        """Focus the lines."""
        self.screen.set_focus(self.query_one(LogLines))

    def state(self, action: str) -> str:
        """Return the state of following and search."""
        lines = self.query_one(LogLines)
        return {"follow": "following" if lines.following else "", "search": lines.search}.get(action, "")

    def note(self) -> list[Part]:
        """Return the number of lines or matches, and whether the newest line is followed."""
        lines, palette = self.query_one(LogLines), self.palette
        state = ("  following", palette.good) if lines.following else ("  f follows", palette.warn)
        legend: Line = [("  ▎", palette.faint), ("stdout  ", palette.dim), ("▎", palette.bad), ("stderr", palette.dim)]
        if lines.search:
            wanted = "≈" + left(lines.search, min(16, len(lines.search)))
            count = f" {units.number_of(len(lines.matches()), 'lines')}"
            found: Line = [("  ", palette.dim), (wanted, palette.match), (count, palette.dim)]
            return [(3, legend), (1, found), (0, [state])]
        return [(3, legend), (2, [(f"  {units.number_of(len(lines), 'lines')}", palette.dim)]), (0, [state])]
