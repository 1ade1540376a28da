"""Views of figures above pages of rows: each page a table with its own order, filter and cursor, by the keys of sites.

What stands in Sites' place here: `t` turns to the next page, `z` gives the rows the whole screen.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from gotop import units
from gotop.model.sites.filter_query import FilterText
from gotop.model.sites.sorted_rows import SortedRows, filter_and_sort
from gotop.ui import keys
from gotop.ui.colours import Palette
from gotop.ui.frame.base_view import View
from gotop.ui.frame.chrome import click, filter_part, order_part
from gotop.ui.frame.status_text import no_reading
from gotop.ui.text import Line, Part, width_of_line
from gotop.ui.widgets.columns import Column
from gotop.ui.widgets.line_table import LineTable
from gotop.ui.widgets.rows import ListRows
from gotop.ui.widgets.static_lines import StaticLines


@dataclass
class Page:
    """One table. `read`: all its rows; `key`: a row's identity; `filter_text`: what a filter looks into; `empty`: what
    to say where there are none; `runtime`: whether a row is the runtime's own, so that `x` hides it; None: `x` does
    nothing.

    `sort`, `reverse`, `filter`, `hides` are how one looks at it now.
    """

    name: str
    title: str
    columns: tuple[Column[Any], ...]
    read: Callable[[], Sequence[Any]]
    key: Callable[[Any], Hashable]
    filter_text: Callable[[Any], FilterText]
    empty: Callable[[], str]
    sort: str
    opens: bool = True
    runtime: Callable[[Any], bool] | None = None
    reverse: bool = False
    filter: str = ""
    hides: bool = False
    hidden: int = 0
    listing: SortedRows[Any] = field(default_factory=lambda: SortedRows((), 0, ""))

    def list_rows(self) -> SortedRows[Any]:
        """Return the page's rows, filtered and ordered, without those that are hidden."""
        rows = self.read()
        if self.hides and self.runtime:
            kept = [row for row in rows if not self.runtime(row)]
            self.hidden, rows = len(rows) - len(kept), kept
        else:
            self.hidden = 0
        self.listing = filter_and_sort(rows, self.filter_text, self.filter, self._value, self.reverse)
        return self.listing

    @property
    def _value(self) -> Callable[[Any], Any]:
        """What the rows are ordered by now."""
        value = next(column.order_by for column in self.columns if column.sort == self.sort)
        assert value is not None, self.sort
        return value

    def sortable(self, visible: Sequence[Column[Any]]) -> list[str]:
        """Return what rows can be ordered by among the columns in sight."""
        return [column.sort for column in visible if column.sort]


def _turning(bindings: Sequence[Binding]) -> list[Binding]:
    """Return bindings for keys of sites, by the same ids; where those group, these turn to another page."""
    words = {"group(1)": "Next page", "group(-1)": "Page before", "hide": "Hide the runtime's"}
    return [replace(binding, description=words.get(binding.action, binding.description)) for binding in bindings]


class ListView(View):
    """Figures at the top, a line of pages, the page's rows."""

    BINDINGS: ClassVar[list[BindingType]] = [*_turning(keys.SITE_VIEW), *keys.PANE]

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.pages = self.make_pages()
        self.page = self.pages[0]
        self.alone = False

    def make_pages(self) -> list[Page]:
        """Return the pages; the first one is shown first."""
        raise NotImplementedError

    def figures(self, width: int, height: int) -> list[Line]:
        """Draw the figures above the rows."""
        raise NotImplementedError

    def figure_lines(self) -> int:
        """Return how many lines the figures take at this size of the screen."""
        raise NotImplementedError

    def open_row(self, page: Page, row: Any) -> None:
        """Open a row; called by Enter."""

    def compose(self) -> ComposeResult:
        """Compose figures above, pages and rows below."""
        yield StaticLines(classes="list-figures")
        yield StaticLines(classes="list-pages")
        for page in self.pages:
            table = LineTable[Any, Any](page.columns, self.monitor.clock, id=f"rows-{page.name}", opens=page.opens)
            table.display = page is self.page
            yield table

    @property
    def table(self) -> LineTable[Any, Any]:
        """The table of the page that is shown."""
        return self.query_one(f"#rows-{self.page.name}", LineTable)

    def draw(self) -> None:
        """Show what is known at the moment."""
        self._draw_figures()
        self.draw_rows()

    def draw_rows(self) -> None:
        """Draw the page's rows."""
        page, table, palette = self.page, self.table, self.palette
        listing = page.list_rows()
        table.sorted_by = (page.sort, page.reverse)
        table.empty = self._empty(page, palette)
        table.show(ListRows[Any, Any](listing.rows, page.key))
        self.query_one(".list-pages", StaticLines).show([self._page_line(palette)])
        self.show_input_result(listing.error or f"{len(listing.rows):,} of {listing.total:,}", bool(listing.error))

    def _empty(self, page: Page, palette: Palette) -> list[Line]:
        if nothing := no_reading(self.monitor.session):
            return [[(nothing, palette.dim)]]
        if page.filter:
            hint: Line = [("Esc clears the filter", palette.dim)]
            return [[("Nothing matches ", palette.dim), (page.filter, palette.text)], [], hint]
        if page.hidden:
            return [[("Only the runtime's own are there: x shows them", palette.dim)]]
        return [[(line, palette.dim)] for line in page.empty().split("\n")]

    def _draw_figures(self) -> None:
        size, height = self.app.size, self.figure_lines()
        for board in self.query(".list-figures").results(StaticLines):  # none yet while it is being mounted
            board.display = not self.alone
            if not self.alone:
                board.styles.height = height
                board.show(self.figures(size.width, height)[:height])

    def _page_line(self, palette: Palette) -> Line:
        line: Line = [(" ", palette.dim)]
        for page in self.pages:
            style = palette.chip if page is self.page else palette.dim
            line += [(f" {page.title} ", click(style, f"screen.page('{page.name}')")), (" ", palette.dim)]
        key = next((b for b in keys.SITE_VIEW if b.id == "sites.group"), None)
        if key and len(self.pages) > 1:
            line.append((f" {self.app.get_key_display(key)} next", palette.faint))
        return line

    def changed(self) -> None:
        """Draw the rows as they are to be seen now, at once."""
        self.table.release()
        self.draw_rows()
        self.refresh_bindings()
        self.monitor.draw_bars()

    def time_changed(self) -> None:
        """Let go of the order: another moment or window is shown."""
        if self.is_mounted:
            self.table.release()

    # Keys

    def turn_to(self, page: Page) -> None:
        """Show a page; its table has the focus."""
        self.page = page
        for other in self.pages:
            self.query_one(f"#rows-{other.name}").display = other is page
        self.screen.set_focus(self.table)
        self.changed()

    def turn_to_page(self, name: str) -> None:
        """Show the page of that name."""
        self.turn_to(next(page for page in self.pages if page.name == name))

    def action_group(self, step: int) -> None:
        """Show the next page (1) or the one before (-1)."""
        self.turn_to(self.pages[(self.pages.index(self.page) + step) % len(self.pages)])

    def action_sort(self, step: int) -> None:
        """Order by the next column on the screen."""
        available = self.page.sortable(self.table.visible_columns())
        if available:
            here = available.index(self.page.sort) if self.page.sort in available else -step
            self.page.sort, self.page.reverse = available[(here + step) % len(available)], False
            self.changed()

    def action_reverse(self) -> None:
        """Reverse the order."""
        self.page.reverse = not self.page.reverse
        self.changed()

    def action_hide(self) -> None:
        """Leave out the runtime's own, or show them again."""
        self.page.hides = not self.page.hides
        self.changed()

    def action_follow(self) -> None:
        """Keep the row in sight wherever it goes, or let it go."""
        self.table.follow(not self.table.following)
        self.monitor.draw_bars()

    def action_maximise(self) -> None:
        """Show the rows alone, or with the figures above."""
        self.alone = not self.alone
        self._draw_figures()
        self.call_after_refresh(self.draw)

    def action_clear_filter(self) -> None:
        """Clear the filter."""
        self.page.filter = ""
        self.changed()

    async def action_filter(self) -> None:
        """Open the line to type a filter in."""
        await self.open_filter(self.page.filter)
        self.draw_rows()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer only what does something here."""
        if action == "clear_filter":
            return bool(self.page.filter)
        if action == "hide":
            return self.page.runtime is not None
        if action == "group":
            return len(self.pages) > 1
        return self.input_bar is None if action == "filter" else True

    def filter_typed(self, text: str) -> None:
        """Filter at once."""
        self.page.filter = text
        self.changed()

    def focus_rows(self) -> None:
        """Focus the page's table."""
        self.screen.set_focus(self.table)

    def on_line_table_title_clicked(self, event: LineTable.TitleClicked) -> None:
        """Order by the column whose title was clicked; the other way round if it is ordered by that already."""
        event.stop()
        page = self.page
        page.reverse = page.sort == event.sort and not page.reverse
        page.sort = event.sort
        self.changed()

    def on_line_table_chosen(self, event: LineTable.Chosen) -> None:
        """Open the row under the cursor."""
        event.stop()
        row = event.table.cursor_row
        if row is not None:
            self.open_row(self.page, row)

    def state(self, action: str) -> str:
        """Return the state of order, page, filter, hiding and following."""
        page, titles = self.page, {column.sort: column.title for column in self.page.columns}
        return {
            "sort": titles.get(page.sort, ""),
            "reverse": "reversed" if page.reverse else "",
            "group": page.title,
            "hide": "hidden" if page.hides else "",
            "filter": page.filter,
            "follow": "following" if self.table.following else "",
        }.get(action, "")

    def note(self) -> list[Part]:
        """Return filter, order, number of rows, and what is hidden."""
        palette, page = self.palette, self.page
        order = order_part(self.table.order_out_of_sight(), palette)
        parts: list[Part] = [order]
        if page.filter:
            width, wrong, taken = self.app.size.width, bool(page.listing.error), width_of_line(order[1])
            parts.insert(0, filter_part(page.filter, wrong, width, palette, taken))
        if self.table.following:
            parts.append((1, [("  following", palette.good)]))
        shown = f"{len(page.listing.rows):,} of " if page.filter else ""
        parts.append((2, [(f"  {shown}{units.number_of(page.listing.total, 'rows')}", palette.dim)]))
        if page.hidden:
            parts.append((1, [(f"  no runtime (−{page.hidden})", palette.warn)]))
        return parts
