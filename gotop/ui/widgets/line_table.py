"""A table whose cursor holds on to a row's identity."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import ClassVar, TypeVar

from textual import events
from textual.binding import BindingType
from textual.message import Message

from gotop.ui import keys
from gotop.ui.widgets.columns import GAP, Column
from gotop.ui.widgets.rows import HeldRows, Rows
from gotop.ui.widgets.table_lines import TableLines

K = TypeVar("K", bound=Hashable)
R = TypeVar("R")

HOLD_SECONDS = 2.0
"""How long the order stays as it is after the last key that moved the cursor."""


class LineTable(TableLines[K, R], can_focus=True):
    """A table with a cursor, which holds on to the row it was moved to. Until it is moved it stays on the first line,
    whichever row that is.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*keys.TABLE]

    class Chosen(Message):
        """Sent when Enter is pressed on a row, or it is clicked a second time."""

        def __init__(self, table: LineTable[K, R], key: Hashable) -> None:
            super().__init__()
            self.table = table
            self.key = key

    class Moved(Message):
        """Sent when the cursor is on another row."""

        def __init__(self, table: LineTable[K, R]) -> None:
            super().__init__()
            self.table = table

    class TitleClicked(Message):
        """Sent when a column's title is clicked."""

        def __init__(self, table: LineTable[K, R], sort: str) -> None:
            super().__init__()
            self.table = table
            self.sort = sort

    def __init__(
        self,
        columns: Sequence[Column[R]],
        clock: Callable[[], float],
        *,
        id: str | None = None,
        holds: bool = True,
        opens: bool = True,
        marks_idle: bool = True,
    ) -> None:
        super().__init__(columns, id=id, marks_idle=marks_idle)
        self.following = False
        self._clock = clock
        self._holds = holds
        self._opens = opens
        self._held_until = 0.0

    # What is shown

    def show(self, rows: Rows[K, R]) -> None:
        """Take new rows. The order stays for a moment if the cursor was just moved."""
        was_visible = self._visible(self._index)
        self._rows = HeldRows(self._order(), rows) if self.holding else rows
        self._find_cursor()
        if was_visible or self.following:
            self._keep_in_sight()
        self._limit_top()
        self.refresh_rows()

    def release(self) -> None:
        """Let the order go: somebody asked for another one."""
        self._held_until = 0.0

    @property
    def holding(self) -> bool:
        """Whether the order is being held."""
        return self._holds and not self.following and self._clock() < self._held_until

    @property
    def cursor_key(self) -> K | None:
        """Identity of the row under the cursor; None in an empty table."""
        return self._rows.key(self._index) if len(self._rows) else None

    @property
    def cursor_row(self) -> R | None:
        """The row under the cursor; None in an empty table."""
        return self._rows.row(self._index) if len(self._rows) else None

    def _order(self) -> Rows[K, R]:
        return self._rows.order if isinstance(self._rows, HeldRows) else self._rows

    def _find_cursor(self) -> None:
        if self._cursor is None:
            self._index = 0
            return
        found = self._rows.index_of(self._cursor)
        if found is not None:
            self._index = found
        else:
            self._index = max(0, min(self._index, len(self._rows) - 1))

    # Moving

    def move(self, index: int) -> None:
        """Put the cursor on the row at `index`, or the nearest there is, and hold the order."""
        if not len(self._rows):
            return
        self._index = max(0, min(index, len(self._rows) - 1))
        self._cursor = self._rows.key(self._index)
        self._held_until = self._clock() + HOLD_SECONDS
        self._scroll_to_cursor()
        self._moved()

    def move_to_key(self, key: K) -> None:
        """Hold on to this row; a table that does not have it yet waits for it."""
        self._cursor = key
        self._find_cursor()
        self._scroll_to_cursor()

    def action_move(self, lines: int) -> None:
        """Move by so many lines."""
        self.move(self._index + lines)

    def action_page(self, pages: int) -> None:
        """Move by so many pages."""
        self.move(self._index + pages * max(1, self._lines - 1))

    def action_first(self) -> None:
        """Go to the top and stay there, whichever row that will be."""
        self._cursor = None
        self.following = False
        self._index = self.top = 0
        self.release()
        self._moved()

    def action_last(self) -> None:
        """Go to the last row."""
        self.move(len(self._rows) - 1)

    def follow(self, following: bool) -> None:
        """Keep the row under the cursor in sight wherever it goes; the order is not held for it then."""
        self.following = following and len(self._rows) > 0
        if self.following:
            self._cursor = self._rows.key(self._index)
            self._scroll_to_cursor()
        self.refresh()

    def action_choose(self) -> None:
        """Open the row under the cursor."""
        if self._opens and len(self._rows):
            self._cursor = self._rows.key(self._index)
            self.post_message(self.Chosen(self, self._cursor))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer Enter only where it leads somewhere."""
        return self._opens if action == "choose" else True

    def _moved(self) -> None:
        self.refresh()
        self.post_message(self.Moved(self))

    def _visible(self, index: int) -> bool:
        return self.top <= index < self.top + self._lines

    def _scroll_to_cursor(self) -> None:
        if self._index < self.top:
            self.top = self._index
        elif self._index >= self.top + self._lines:
            self.top = max(0, self._index - self._lines + 1)

    def _keep_in_sight(self) -> None:
        """Scroll to the cursor's row; where it is on the first page of another order, to that page: what stands above
        it is what one has asked for.
        """
        if self._index < min(self.top, self._lines):
            self.top = 0
        self._scroll_to_cursor()

    def _limit_top(self) -> None:
        self.top = max(0, min(self.top, len(self._rows) - self._lines))

    # Mouse and size

    def on_resize(self) -> None:
        """Keep the cursor in sight at another size."""
        self._placed = []
        self._scroll_to_cursor()
        self._limit_top()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll the view, not the cursor."""
        self._wheel(event, 3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll the view, not the cursor."""
        self._wheel(event, -3)

    def _wheel(self, event: events.MouseEvent, lines: int) -> None:
        event.stop()
        self.top += lines
        self._limit_top()
        self._held_until = self._clock() + HOLD_SECONDS
        self.refresh()

    def on_click(self, event: events.Click) -> None:
        """Order by a title; move the cursor to a row, or open the row that has it."""
        event.stop()
        if event.y == 0:
            self._click_title(event.x)
        elif event.x >= self.size.width - 1 and self._overflows:
            self.top = (event.y - 1) * len(self._rows) // max(1, self._lines)
            self._limit_top()
            self.refresh()
        elif self.top + event.y - 1 < len(self._rows):
            index = self.top + event.y - 1
            if index == self._index and (self.pinned or event.chain > 1):
                self.action_choose()
            else:
                self.move(index)

    def _click_title(self, x: int) -> None:
        for placed in self._places():
            if placed.start <= x < placed.start + placed.width + GAP and placed.column.sort:
                self.post_message(self.TitleClicked(self, placed.column.sort))
