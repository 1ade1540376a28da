"""How a table looks: titles, the rows in sight, the cursor on one of them, a scrollbar."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Generic, Self, TypeVar

from rich.style import Style
from textual.geometry import Region

from gotop.ui.colours import Palette, palette_of
from gotop.ui.text import Line
from gotop.ui.widgets.columns import GAP, Column, PlacedColumn, lay_out
from gotop.ui.widgets.lines import Lines
from gotop.ui.widgets.rows import ListRows, Rows
from gotop.ui.widgets.table_header import arrow_of, scrollbar, titles

K = TypeVar("K", bound=Hashable)
R = TypeVar("R")


class TableLines(Lines, Generic[K, R]):
    """The lines of a table: titles, and the rows in sight. `empty`: what it says where there are no rows."""

    def __init__(self, columns: Sequence[Column[R]], *, id: str | None, marks_idle: bool) -> None:
        super().__init__(id=id)
        self.columns = columns
        self.top = 0
        self.empty: list[Line] = []
        self.sorted_by: tuple[str, bool] | None = None
        self._marks_idle = marks_idle
        self._rows: Rows[K, R] = ListRows[K, R]([], lambda row: row)  # type: ignore[arg-type, return-value]
        self._cursor: K | None = None
        self._index = 0
        self._placed: list[PlacedColumn[R]] = []
        self._made: list[Line] = []

    def use(self, columns: Sequence[Column[R]]) -> None:
        """Show other columns."""
        if columns is not self.columns:
            self.columns, self._placed = columns, []

    @property
    def pinned(self) -> bool:
        """Whether the cursor holds on to a row."""
        return self._cursor is not None

    def __len__(self) -> int:
        return len(self._rows)

    def __bool__(self) -> bool:
        return True

    @property
    def _lines(self) -> int:
        return max(0, self.size.height - 1)

    def visible_columns(self) -> list[Column[R]]:
        """Return the columns that have room now."""
        return [placed.column for placed in self._places()]

    def order_out_of_sight(self, others: Sequence[Column[R]] = ()) -> str:
        """Return title and arrow of what orders the rows where no title in sight says it: its column has no room, or is
        one of `others`.
        """
        if self.sorted_by is None or not self.size.width:
            return ""
        name, reverse = self.sorted_by
        if any(column.sort == name for column in self.visible_columns()):
            return ""
        ordering = next((column for column in (*self.columns, *others) if column.sort == name), None)
        return f"{ordering.title} {arrow_of(ordering, reverse)}" if ordering else ""

    def _places(self) -> list[PlacedColumn[R]]:
        if not self._placed:
            self._placed = lay_out(self.columns, self.size.width - 2)
        return self._placed

    @property
    def _overflows(self) -> bool:
        return len(self._rows) > self._lines

    def refresh_rows(self) -> None:
        """Have the lines drawn again that are not as they were: of a service that idles, hardly any."""
        self.palette, self.room = palette_of(self.app), self.size
        before, made = self._made, [self._line(y) for y in range(self.room.height)]
        self.refresh_changed(before, made)
        self._made = made

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Self:
        """Draw everything anew: whatever else asks for lines has changed something that they depend on."""
        if not regions:
            self._made = []
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    def line(self, y: int) -> Line:
        """Return one line, as it has been made or as it is now."""
        return self._made[y] if len(self._made) == self.room.height else self._line(y)

    def _line(self, y: int) -> Line:
        """Draw titles, a row, or what an empty table has to say."""
        palette, lines = self.palette, max(0, self.room.height - 1)
        if y == 0:
            return titles(self._places(), self.sorted_by, palette)
        if not len(self._rows):
            return self._empty_line(y - max(1, lines // 3), self.room.width)
        index = self.top + y - 1
        if index >= len(self._rows):
            return []
        line, mark = self._row_line(index, palette), self._mark(index, palette)
        if mark is not None:
            line = [(text, mark + style) for text, style in line]
        return [*line, scrollbar(y - 1, self.top, lines, len(self._rows), palette)]

    def _mark(self, index: int, palette: Palette) -> Style | None:
        if index != self._index or not (self.has_focus or self._marks_idle):
            return None
        return palette.cursor if self.has_focus and self.pinned else palette.cursor_idle

    def _row_line(self, index: int, palette: Palette) -> Line:
        row = self._rows.row(index)
        line: Line = [(" ", palette.text)]
        for number, placed in enumerate(self._places()):
            cells = placed.column.draw(row, placed.width, palette)
            if number:  # part of the cell before, and of the next if it looks the same: each piece of a line costs
                text, style = line.pop()
                text += " " * GAP
                first, ink = cells[0]
                line += [(text + first, ink), *cells[1:]] if ink is style else [(text, style), *cells]
            else:
                line += cells
        last = self._places()[-1]
        return [*line, (" " * (self.room.width - 2 - last.start - last.width), palette.text)]

    def _empty_line(self, number: int, width: int) -> Line:
        if not 0 <= number < len(self.empty):
            return []
        line = self.empty[number]
        space = max(0, (width - sum(len(text) for text, _ in line)) // 2)
        return [(" " * space, Style.null()), *line]
