"""The table of call sites, alone (Sites) or below the figures (Overview)."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from gotop.model.values import Phase, SiteKey, SiteRow, Sort
from gotop.ui import keys
from gotop.ui.text import Line, Part, left
from gotop.ui.views import figures
from gotop.ui.views.bars import windows
from gotop.ui.views.ordering import Answer, Look, Still, ask
from gotop.ui.views.sitecolumns import SITE_COLUMNS
from gotop.ui.views.view import View
from gotop.ui.widgets.board import Board
from gotop.ui.widgets.linetable import LineTable


class Sites(View):
    """Figures and call sites. `maximised`: without the figures."""

    BINDINGS: ClassVar[list[BindingType]] = [*keys.SITE_VIEW]

    def __init__(self) -> None:
        super().__init__(id="view-sites")
        self.look = Look()
        self.maximised = False
        self._still: Still | None = None
        self._count = (0, 0)

    def compose(self) -> ComposeResult:
        """Figures above, table below."""
        yield Board(id="figures")
        yield LineTable[SiteKey, SiteRow](SITE_COLUMNS, self.monitor.clock, id="sites")

    @property
    def table(self) -> LineTable[SiteKey, SiteRow]:
        """The table."""
        return self.query_one(LineTable)

    def draw(self) -> None:
        """Show figures and rows."""
        self._draw_figures()
        if self._still is None:
            self.draw_rows()

    def draw_rows(self) -> None:
        """Show the rows, those of the pause if there is one."""
        answer = self._ask()
        self._count = (len(answer.rows), answer.total)
        table = self.table
        table.sorted_by = (self.look.sort.value, self.look.reverse)
        table.empty = self._empty()
        table.show(answer.rows)
        self._tell_filter()

    def _ask(self) -> Answer:
        window = self.monitor.window
        return self._still.ask(self.look, window) if self._still else ask(self.monitor.session, self.look, window)

    def _draw_figures(self) -> None:
        board = self.query_one("#figures", Board)
        board.display = not self.maximised
        if self.maximised:
            return
        size = self.app.size
        height = figures.height_for(size.width, size.height)
        board.styles.height = height
        room = figures.Size(size.width, height)
        board.show(figures.draw(self.monitor.session, self.monitor.window, room, self.palette))

    def _empty(self) -> list[Line]:
        palette = self.palette
        if self.look.filter:
            return [
                [("No site matches ", palette.dim), (self.look.filter, palette.text)],
                [],
                [("Esc clears the filter", palette.dim)],
            ]
        if self.monitor.session.phase is Phase.CONNECTING:
            return [[("Waiting for the first reading…", palette.dim)]]
        return [[("Nothing has been allocated yet", palette.dim)]]

    def freeze(self, still: bool) -> None:
        """Let the rows stand still, or go on."""
        self._still = Still(self.monitor.session) if still else None
        self.draw_rows()

    # Order

    def set_look(self, look: Look) -> None:
        """Another order or filter."""
        self.look = look
        self.table.release()
        self.draw_rows()
        self.refresh_bindings()
        self.monitor.draw_bars()

    def action_sort(self, step: int) -> None:
        """Order by the next column on the screen."""
        columns = [Sort(column.sort) for column in self.table.visible_columns() if column.sort]
        self.set_look(self.look.next_sort(step, columns))

    def action_reverse(self) -> None:
        """The other way round."""
        self.set_look(replace(self.look, reverse=not self.look.reverse))

    def on_line_table_title_clicked(self, event: LineTable.TitleClicked) -> None:
        """A click on a title orders by it."""
        event.stop()
        self.set_look(self.look.sorted_by(Sort(event.sort)))

    def on_line_table_chosen(self, event: LineTable.Chosen) -> None:
        """Enter leads to the stacks."""
        event.stop()
        if isinstance(event.key, SiteKey):
            self.monitor.open_site(event.key)

    # Filter

    async def action_filter(self) -> None:
        """Open the line to type a filter in."""
        from gotop.ui.widgets.filterbar import FilterBar  # the input widget is not needed for the first frame

        if not self.query(FilterBar):
            await self.mount(FilterBar(self.look.filter))  # it has the focus before the next key comes
            self._tell_filter()

    def action_clear_filter(self) -> None:
        """Show all rows again."""
        self.set_look(replace(self.look, filter=""))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Esc is offered only if there is a filter to clear."""
        if action == "clear_filter":
            return bool(self.look.filter)
        return not self.query("FilterBar") if action == "filter" else True

    def on_filter_bar_changed(self, event: object) -> None:
        """Another text: filter at once."""
        self.set_look(replace(self.look, filter=getattr(event, "text", "")))

    async def on_filter_bar_closed(self) -> None:
        """Back to the rows."""
        self.screen.set_focus(self.table)
        await self.query("FilterBar").remove()
        self.refresh_bindings()

    def _tell_filter(self) -> None:
        for bar in self.query("FilterBar"):
            bar.tell(*self._count)  # type: ignore[attr-defined]

    def note(self) -> list[Part]:
        """Number of rows, filter, window."""
        palette, (shown, total) = self.palette, self._count
        if self.look.filter:
            text: Part = (0, [("  " + left("/" + self.look.filter, min(20, 1 + len(self.look.filter))), palette.match)])
            count: list[Part] = [text, (2, [(f"  {shown:,} of {total:,}", palette.dim)])]
        else:
            count = [(2, [(f"  {total:,} sites", palette.dim)])]
        return [*count, (4, [(" ", palette.dim)]), *windows(self.monitor.window, palette)]
