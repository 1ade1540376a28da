"""The sites behind something: a collection, a way through the allocator, a size class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from gotop import units
from gotop.model.runtime.site_shares import SiteShare
from gotop.model.values import SiteKey
from gotop.ui import keys
from gotop.ui.frame.base_screen import LiveScreen
from gotop.ui.frame.common_columns import figure_column, site_columns
from gotop.ui.frame.labelled_figures import facts, groups_that_fit
from gotop.ui.text import Line, choose, spread, width_of_line
from gotop.ui.widgets.columns import Column
from gotop.ui.widgets.line_table import LineTable
from gotop.ui.widgets.rows import ListRows
from gotop.ui.widgets.static_lines import StaticLines

_SORTED: tuple[Column[SiteShare], ...] = (
    *site_columns(comfort=32, location_rank=2),
    figure_column("share", "SHARE", lambda row: row.share, units.percent, 0, strong=True),
    figure_column("bytes", "BYTES", lambda row: row.bytes, units.size, 1, 8, strong=True),
    figure_column("allocs", "ALLOCS", lambda row: row.allocs, units.count, 3),
    figure_column("waste", "ROUNDING", lambda row: row.waste, units.size, 5),
    figure_column("lost", "LOST", lambda row: row.lost, units.percent, 6, 8),
)
SHARES = tuple(replace(column, sort=None) for column in _SORTED)
"""Most bytes first, and in no other order."""


ROWS_NEED = 8
"""Lines of bars and rows, however short the terminal is: figures above them have the rest."""


class ContributorsScreen(LiveScreen):
    """Figures, and the sites behind them; Enter leads to a site's stacks."""

    BINDINGS: ClassVar[list[BindingType]] = [keys.BACK]

    def __init__(self, name: str) -> None:
        super().__init__()
        self.subject = name

    def read(self) -> Sequence[SiteShare]:
        """Return the sites, most bytes first."""
        raise NotImplementedError

    def head(self) -> list[list[Line]]:
        """Write groups of lines with figures, the most important ones first."""
        raise NotImplementedError

    def labelled_facts(self, label: str, pairs: Sequence[tuple[str, str]]) -> list[Line]:
        """Write labelled figures, `label` before them."""
        return facts(pairs, self.app.size.width, self.palette, label)

    empty = "There is nothing"

    def compose_body(self) -> ComposeResult:
        """Compose figures and rows."""
        yield StaticLines(id="share-head")
        yield LineTable[SiteKey, SiteShare](SHARES, self.monitor.clock, id="shares")

    def draw_body(self) -> None:
        """Draw figures and rows as they are now."""
        board, table = self.query_one("#share-head", StaticLines), self.query_one(LineTable)
        lines = [*groups_that_fit(self.head(), self.app.size.height - ROWS_NEED), []]
        board.styles.height = len(lines)
        board.show(lines)
        table.empty = [[(self.empty, self.palette.dim)]]
        table.show(ListRows[SiteKey, SiteShare](self.read(), lambda row: row.key))

    def second_line(self, width: int) -> Line:
        """Write how one came here and where one is."""
        palette = self.palette
        standing = [cell for _, line in self.standstill() for cell in line]
        start = choose([*self.crumbs(), (0, [(self.subject, palette.title)])], width - width_of_line(standing) - 2)
        return spread([(" ", palette.dim), *start], standing, width, (" ", palette.dim))

    @property
    def crumb(self) -> str:
        """What the sites are behind."""
        return self.subject

    def on_line_table_chosen(self, event: LineTable.Chosen) -> None:
        """Open the chosen site's stacks."""
        event.stop()
        if isinstance(event.key, SiteKey):
            self.monitor.navigation.open_site(event.key)

    def action_back(self) -> None:
        """Go back to the screen below."""
        self.dismiss()
