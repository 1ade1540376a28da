"""The overview: the figures of the whole service above the table of its call sites."""

from __future__ import annotations

from textual.app import ComposeResult

from gotop.ui.overview import summary
from gotop.ui.sites.view import SitesView
from gotop.ui.widgets.static_lines import StaticLines


class OverviewView(SitesView):
    """A table of sites with figures above, which `maximised` gives up for more rows."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.maximised = False

    def compose(self) -> ComposeResult:
        """Compose figures above and the table below."""
        yield StaticLines(id="figures")
        yield from super().compose()

    def draw(self) -> None:
        """Draw figures and rows."""
        self._draw_figures()
        super().draw()

    def _draw_figures(self) -> None:
        for board in self.query("#figures").results(StaticLines):
            board.display = not self.maximised
            if not self.maximised:
                self._show_figures(board)

    def _show_figures(self, board: StaticLines) -> None:
        size = self.app.size
        height = summary.height_for(size.width, size.height)
        board.styles.height = height
        time = self.monitor.time
        board.show(summary.draw(self.monitor.session, time.past, time.window, (size.width, height), self.palette))

    def action_maximise(self) -> None:
        """Show the rows alone, or with the figures above."""
        self.maximised = not self.maximised
        self._draw_figures()
        self.call_after_refresh(self.draw)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer the key for all the room: here there is something that can give way to rows."""
        return True if action == "maximise" else super().check_action(action, parameters)
