"""The garbage collector: heap, goal, cycles and every stop of the world on one time line, and each of them in rows."""

from __future__ import annotations

from typing import Any, ClassVar

from textual.binding import BindingType

from gotop.model.runtime.gc_values import GcCycle, Pause, PauseReasonSummary
from gotop.model.sites.filter_query import FilterText
from gotop.ui import keys
from gotop.ui.frame.list_view import ListView, Page
from gotop.ui.gc import heap_graph, summary
from gotop.ui.gc.columns import CYCLES, REASONS, STOPS
from gotop.ui.text import Line, Part
from gotop.ui.widgets.line_table import LineTable

LISTED = 5_000
"""Cycles and stops that have a row: the newest ones. Quantiles, sums and the time line are of all."""

NO_CYCLE = "No collection has ended since the hooks were placed"
NO_STOP = "The world has not been stopped since the hooks were placed"


class GcView(ListView):
    """One time line, and what is on it."""

    BINDINGS: ClassVar[list[BindingType]] = [*keys.TIME_LINE]

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._filter_before_reason: str | None = None  # of the stops, while those of one reason are shown
        self._step: int | None = None  # until one has chosen: whatever a young service's whole life fits into

    def make_pages(self) -> list[Page]:
        """Return the pages: cycles, stops of the world, reasons to stop it."""
        self._stops = Page(
            "stops", "Stops of the world", STOPS, lambda: self.monitor.time.runtime.last_pauses(LISTED),
            lambda row: (row.at, row.reason), lambda row: FilterText(row.reason), lambda: NO_STOP, "at",
        )  # fmt: skip
        self._reasons = Page(
            "reasons", "By reason", REASONS, lambda: self.monitor.time.runtime.pause_reasons(),
            lambda row: row.reason, lambda row: FilterText(row.reason), lambda: NO_STOP, "total_ns",
        )  # fmt: skip
        return [
            Page(
                "cycles", "Cycles", CYCLES, lambda: self.monitor.time.runtime.cycles()[-LISTED:],
                lambda row: row.number,
                lambda row: FilterText(f"gc {row.number}", type="forced" if row.forced else ""), lambda: NO_CYCLE,
                "number",
            ),
            self._stops,
            self._reasons,
        ]  # fmt: skip

    def figure_lines(self) -> int:
        """Return how many lines the figures take."""
        return summary.height_for(self.app.size.height)

    def figures(self, width: int, height: int) -> list[Line]:
        """Draw heap, pauses, and the time line, which shows the row that the cursor holds."""
        session, runtime = self.monitor.session, self.monitor.time.runtime
        count = summary.columns_for(width)
        step = heap_graph.STEPS[self._step_for(count)]
        marked, begin = self._marked(), runtime.seconds - step * count
        until_now = marked is None or marked >= begin
        if marked is not None and not until_now:
            begin = marked - step * count * 3 // 4
        line = runtime.heap_bins(begin, step, count)
        return summary.draw(
            session.heap(self.monitor.time.past), runtime.pause_summary(), line, step, marked, until_now,
            (width, height), self.palette,
        )  # fmt: skip

    def _marked(self) -> float | None:
        """Return the instant of the row that the cursor holds, in seconds."""
        table = self.table
        row = table.cursor_row if table.pinned else None
        return row.ended if isinstance(row, GcCycle) else row.at if isinstance(row, Pause) else None

    def on_line_table_moved(self, event: LineTable.Moved) -> None:
        """Point at another row in the time line."""
        event.stop()
        self._draw_figures()

    def _step_for(self, columns: int) -> int:
        return heap_graph.fitting(self.monitor.time.runtime.seconds, columns) if self._step is None else self._step

    def action_zoom(self, step: int) -> None:
        """Make the time line longer or shorter."""
        now = self._step_for(summary.columns_for(self.app.size.width))
        self._step = min(max(now + step, 0), len(heap_graph.STEPS) - 1)
        self._draw_figures()

    def open_row(self, page: Page, row: Any) -> None:
        """Open a cycle, the cycle that a stop was part of, or the stops of a reason."""
        if isinstance(row, PauseReasonSummary):
            self._open_reason(row.reason)
            return
        cycle = row if isinstance(row, GcCycle) else self.monitor.time.runtime.cycle_of(row)
        if cycle is None:
            self.monitor.notify("This stop was not part of a garbage collection", timeout=3)
            return
        from gotop.ui.gc.cycle_screen import CycleScreen  # not needed for the first frame

        self.monitor.push_screen(CycleScreen(cycle))

    def _open_reason(self, reason: str) -> None:
        before, self._stops.filter = self._stops.filter, f'"{reason}"'
        self.turn_to(self._stops)
        self._filter_before_reason = before

    def turn_to(self, page: Page) -> None:
        """Turn to another page. Who turns to one by hand has not come there from a reason."""
        self._filter_before_reason = None
        super().turn_to(page)

    def filter_typed(self, text: str) -> None:
        """Filter; to type a filter is no way into a reason."""
        self._filter_before_reason = None
        super().filter_typed(text)

    def action_clear_filter(self) -> None:
        """Go back to the reason one came from, and the stops as they were; or to all rows."""
        if self._filter_before_reason is None:
            super().action_clear_filter()
        else:
            self._stops.filter = self._filter_before_reason
            self.turn_to(self._reasons)

    def note(self) -> list[Part]:
        """Write the number of rows, and of events that were lost."""
        parts = super().note()
        lost = self.monitor.session.health().lost_events
        return [*parts, (0, [(f"  {lost:,} events lost", self.palette.warn)])] if lost else parts
