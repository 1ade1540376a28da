"""Goroutines by `go` statement, the functions in which stacks grow, and where stacks are newly allocated."""

from __future__ import annotations

from typing import Any

from gotop.agent.protocol import COPY, GO, MALG
from gotop.model.runtime.goroutine_values import GoroutineSite, NewStackSite, StackGrowthSite
from gotop.model.sites.filter_query import FilterText
from gotop.model.status.values import Phase, Target
from gotop.ui.frame.chrome import windows
from gotop.ui.frame.list_view import ListView, Page
from gotop.ui.frame.status_text import no_reading
from gotop.ui.goroutines import summary
from gotop.ui.goroutines.columns import GROWTHS, NEW_STACKS, STATEMENTS
from gotop.ui.text import Line, Part

READING = "The agent is asked for a reading…"
TOO_LATE = "No reading before the end"
NOT_YET = "No reading at this moment"
NOT_RECORDED = "No reading in this recording"


def _of_site(row: GoroutineSite | StackGrowthSite) -> FilterText:
    return FilterText.of_site(row.key)


class GoroutinesView(ListView):
    """What lives, what was started, and what became of the stacks."""

    wants_goroutines = True

    def __init__(self, name: str) -> None:
        super().__init__(name)

    def make_pages(self) -> list[Page]:
        """Return the pages: `go` statements, stack growth, new stacks."""
        return [
            Page(
                "statements", "Go statements", STATEMENTS,
                lambda: self.monitor.time.runtime.goroutine_sites(self.monitor.time.window),
                lambda row: row.key, _of_site, self._no_statements, "live",
                runtime=lambda row: isinstance(row, GoroutineSite) and row.system,
            ),
            Page(
                "growth", "Stack growth", GROWTHS,
                lambda: self.monitor.time.runtime.growth_sites(self.monitor.time.window),
                lambda row: row.key, _of_site,
                lambda: "No stack has grown or shrunk since the hooks were placed", "copied",
            ),
            Page(
                "new", "New stacks", NEW_STACKS,
                lambda: self.monitor.time.runtime.new_stack_sites(self.monitor.time.window),
                lambda row: (row.key, row.owner),
                lambda row: FilterText(row.function, row.file, row.line, row.owner.value), self._no_new, "bytes",
            ),
        ]  # fmt: skip

    def _no_statements(self) -> str:
        return "No goroutine has been started since the hooks were placed,\nand there is no reading of those that live"

    def _no_new(self) -> str:
        target = self.monitor.session.target
        later = isinstance(target, Target) and target.attached
        since = "\nThose that were there when gotop attached, main's own among them, were not seen" if later else ""
        return f"No stack has been allocated since the hooks were placed{since}"

    def figure_lines(self) -> int:
        """Return how many lines the figures take."""
        return summary.height_for(self.app.size.height)

    def figures(self, width: int, height: int) -> list[Line]:
        """Draw goroutines, stacks, graphs."""
        runtime = self.monitor.time.runtime
        live = runtime.live_goroutines()
        age = runtime.seconds - live.at if live else 0.0
        session, past = self.monitor.session, self.monitor.time.past
        return summary.draw(
            session, past, live, age, runtime.stack_totals(), self._waiting(), (width, height), self.palette
        )

    def _waiting(self) -> str:
        """Return why there is no reading of all goroutines, or none yet."""
        if nothing := no_reading(self.monitor.session):
            return nothing
        if self.monitor.feed.abilities.replay:
            return NOT_RECORDED
        if self.monitor.session.phase in (Phase.ENDED, Phase.LOST, Phase.OVER):
            return TOO_LATE
        return NOT_YET if self.monitor.time.paused else READING

    def open_row(self, page: Page, row: Any) -> None:
        """Open the row's stacks, and who created its goroutines."""
        from gotop.ui.goroutines.stacks_screen import GoroutineStacks  # not needed for the first frame

        kind = {"statements": GO, "growth": COPY, "new": MALG}[page.name]
        self.monitor.push_screen(GoroutineStacks(kind, row.key, row.owner if isinstance(row, NewStackSite) else None))

    def note(self) -> list[Part]:
        """Write the number of rows, how many kinds of goroutines were too many to be listed, and the window."""
        live = self.monitor.time.runtime.live_goroutines()
        folded = live.folded if live else 0
        parts = super().note()
        if folded:
            parts.append((1, [(f"  {folded:,} kinds not listed", self.palette.warn)]))
        return [*parts, *windows(self.monitor.time.window, self.palette)]
