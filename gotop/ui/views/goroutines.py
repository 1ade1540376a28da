"""`go` statements and how many goroutines each has made."""

from __future__ import annotations

from textual.app import ComposeResult

from gotop import units
from gotop.model.values import GoSite
from gotop.ui.colours import Palette
from gotop.ui.text import Line, Part, left, location, right
from gotop.ui.views import blocks
from gotop.ui.views.bars import windows
from gotop.ui.views.figures import beside
from gotop.ui.views.sitecolumns import function_cells
from gotop.ui.views.view import View
from gotop.ui.widgets.board import Board
from gotop.ui.widgets.columns import Column
from gotop.ui.widgets.linetable import LineTable
from gotop.ui.widgets.rows import ListRows

GoKey = tuple[str, str, int, str]


def go_key(site: GoSite) -> GoKey:
    """Identity of a `go` statement's row."""
    return (site.function, site.file, site.line, site.starts)


def _function(row: GoSite, width: int, palette: Palette) -> Line:
    return function_cells(row.function, width, palette)


def _starts(row: GoSite, width: int, palette: Palette) -> Line:
    return function_cells(row.starts or "–", width, palette)


def _location(row: GoSite, width: int, palette: Palette) -> Line:
    return [(left(location(row.file, row.line, width), width), palette.dim)]


def _per_s(row: GoSite, width: int, palette: Palette) -> Line:
    return [(right(units.count(row.created_per_s), width), palette.text if row.created_per_s else palette.dim)]


def _created(row: GoSite, width: int, palette: Palette) -> Line:
    return [(right(units.count(row.created), width), palette.text)]


COLUMNS: tuple[Column[GoSite], ...] = (
    Column("starts", "STARTS", _starts, 22, 50, False, 0),
    Column("function", "GO STATEMENT IN", _function, 20, 50, False, 2),
    Column("location", "FILE:LINE", _location, 16, 32, False, 1),
    Column("per_s", "CREATED/S", _per_s, 9, rank=0),
    Column("created", "CREATED", _created, 8, rank=0),
)


class GoroutinesView(View):
    """Counts at the top, statements below."""

    def __init__(self) -> None:
        super().__init__(id="view-goroutines")

    def compose(self) -> ComposeResult:
        """Figures above, table below."""
        yield Board(id="go-figures")
        yield LineTable[GoKey, GoSite](COLUMNS, self.monitor.clock, id="go-sites", opens=False)

    def draw(self) -> None:
        """Show what the session says now."""
        self._draw_figures()
        table = self.query_one(LineTable)
        table.empty = [[("No goroutine has been started since the hooks were placed", self.palette.dim)]]
        rows = self.monitor.moment.go_sites(self.monitor.window)
        table.show(ListRows[GoKey, GoSite](rows, go_key))

    def _draw_figures(self) -> None:
        board, palette = self.query_one("#go-figures", Board), self.palette
        width = self.app.size.width - 2
        first = 30 if width >= 76 else width
        figures, session = self.monitor.session.goroutines(), self.monitor.session
        lines: list[Line] = [
            blocks.title("Goroutines", first, palette),
            blocks.pair("live", units.count(figures.live), first, palette),
            blocks.pair("created", units.count(figures.created), first, palette),
            blocks.pair("created/s", units.count(figures.created_per_s), first, palette),
            blocks.pair(
                "new stacks",
                f"{units.count(figures.stacks_new)}  {units.size(figures.stack_bytes_new)}",
                first,
                palette,
            ),
            blocks.pair("stack copies", units.count(figures.stack_copies), first, palette),
            blocks.pair("stacks in use", units.size(figures.stack_inuse), first, palette),
        ]
        parts, widths = [lines], [first]
        if width > first:
            second = width - first - 3
            live = session.history("goroutines", float(second))
            gos = session.history("gos", float(second))
            parts.append(
                [
                    *blocks.graph("live", live, units.count, palette.bytes_ramp, second, 4, palette),
                    *blocks.graph("created/s", gos, units.count, palette.allocs_ramp, second, 3, palette),
                ]
            )
            widths.append(second)
        board.show(beside(parts, widths, palette))

    def note(self) -> list[Part]:
        """Number of statements, window."""
        count = len(self.query_one(LineTable))
        return [(2, [(f"  {count:,} go statements ", self.palette.dim)]), *windows(self.monitor.window, self.palette)]
