"""A function from both sides: who calls it, and what it calls, down to the types."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from gotop import units
from gotop.model.queries import Hide, Window
from gotop.model.symbols.call_site import in_runtime
from gotop.model.symbols.packages import conceals
from gotop.model.trees.callers_callees import CallersCallees, CallNode
from gotop.model.trees.flame_graph import FlameQuery
from gotop.model.values import Frame
from gotop.ui.frame.call_tree import Branch, CallTree, title_of
from gotop.ui.frame.detail_screen import DetailScreen
from gotop.ui.frame.source_pane import SourcePane
from gotop.ui.incremental_build import IncrementalBuild, progress_text
from gotop.ui.text import Line
from gotop.ui.widgets.line_table import LineTable


class FunctionScreen(DetailScreen):
    """Callers at the left, callees at the right, the source below; one below the other where it is narrow."""

    PANES: ClassVar[tuple[str, ...]] = ("callers", "callees")

    def __init__(self, frame: Frame, hide: Hide = Hide.NOTHING) -> None:
        super().__init__(frame.function, hide)
        self._frame = frame
        self._sides: CallersCallees | None = None
        self._build = IncrementalBuild(self.set_timer, self._draw_again)

    def compose_body(self) -> ComposeResult:
        """Compose two trees and the source."""
        with Vertical(id="around"):
            with Horizontal(id="sides"):
                yield CallTree("CALLED BY", self.monitor.clock, id="callers")
                yield CallTree("CALLS", self.monitor.clock, id="callees")
            yield SourcePane(self.home())

    def draw_body(self) -> None:
        """Draw both sides in the window that is shown."""
        self.fit_to_size()
        hide = Hide.NOTHING if conceals(self.hide, self._frame) else self.hide
        query = FlameQuery(self.monitor.time.window, hide=hide)
        session, moment = self.monitor.session, self.monitor.time.moment
        progress = self._build.needs_more(lambda at_most: session.read_flame(hide, at_most))
        if progress is not None:
            for tree in self.query(CallTree):
                tree.show_tree(None, progress_text(progress))
            return
        by_allocs = FlameQuery(query.window, by_bytes=False, hide=hide)
        self._sides = CallersCallees(
            self.function,
            session.flame(query, moment),
            session.flame(by_allocs, moment),
            moment.estimated(query.window),
        )
        self._show("#callers", "CALLED BY", self._sides.callers, query)
        self._show("#callees", "CALLS", self._sides.callees, query)
        self.draw_source()

    def _draw_again(self) -> None:
        if self.is_drawable:
            self.draw_all()

    def _show(self, name: str, title: str, root: CallNode | None, query: FlameQuery) -> None:
        tree = self.query_one(name, CallTree)
        tree.empty = [[(self._nothing(), self.palette.dim)]]
        seconds = self._sides.seconds if self._sides and query.window is not Window.TOTAL else 0.0
        tree.show_tree(root, title_of(title, query.window, query.hide), seconds)

    def _nothing(self) -> str:
        if in_runtime(self._frame):
            return "Part of the allocator: its caller allocates"
        return "Nothing was allocated below it in this window"

    @property
    def frame(self) -> Frame | None:
        """Under the cursor; of a type, the function that allocates it."""
        branch = self.branch
        if branch is None or branch.node.type:
            return branch.path[-2] if branch else self._frame
        return branch.node.frame if len(branch.path) > 1 else self._frame

    def on_line_table_chosen(self, event: LineTable.Chosen) -> None:
        """Open the branch under the cursor."""
        event.stop()
        row = event.table.cursor_row
        if isinstance(event.table, CallTree) and isinstance(row, Branch) and len(row.path) > 1:
            self.open_branch(event.table)

    def figures(self) -> Line:
        """Return the function's rates and share, with all that it calls."""
        if self._sides is None:
            return []
        size, count = self._sides.rates
        figures = units.size_rate(size), units.count_rate(count), units.percent(self._sides.share)
        return [("  ".join(units.about(figure, self._sides.estimated) for figure in figures), self.palette.text)]
