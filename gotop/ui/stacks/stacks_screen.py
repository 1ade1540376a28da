"""A site from within: its stacks, every frame of one of them, and the callers that lead there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from gotop import units
from gotop.model.queries import Hide, StackQuery, StackSort, Window
from gotop.model.sites.site_rows import SiteRow
from gotop.model.values import Frame, SiteKey
from gotop.ui.frame.call_tree import CallTree, title_of
from gotop.ui.frame.detail_screen import PANES_NEED, DetailScreen
from gotop.ui.frame.labelled_figures import groups_that_fit
from gotop.ui.frame.source_pane import SourcePane
from gotop.ui.incremental_build import IncrementalBuild, progress_text
from gotop.ui.stacks.columns import STACK_COLUMNS, NumberedFrame, frame_columns, numbered
from gotop.ui.stacks.distinguish_stacks import HasStack, Stack, StackDistinguisher
from gotop.ui.stacks.summary import site_head
from gotop.ui.text import Line
from gotop.ui.widgets.columns import Column
from gotop.ui.widgets.line_table import LineTable
from gotop.ui.widgets.rows import ListRows
from gotop.ui.widgets.static_lines import StaticLines

LISTED = 500
"""Stacks of a site that are listed: those with the most bytes."""


class StacksScreen(DetailScreen):
    """Figures above; stacks at the left, callers below them, frames at the right; one below the other where it is
    narrow. Those of an allocation site; other sites with stacks say what is different.
    """

    PANES: ClassVar[tuple[str, ...]] = ("stacks", "callers", "frames")
    stack_columns: Sequence[Column[Stack]] = STACK_COLUMNS
    tree_title = "CALLED BY"
    counted = "ALLOCS"
    """What the tree's figures are; where it is something else than objects, it has no bytes."""

    def __init__(self, key: SiteKey, hide: Hide = Hide.NOTHING) -> None:
        super().__init__(key.function, hide)
        self.key = key
        self.site_location = (key.file, key.line)
        self._distinguisher = StackDistinguisher(key)
        self._stacks: Sequence[HasStack] = ()
        self._build = IncrementalBuild(self.set_timer, self._show_tree_again)

    def read_stacks(self) -> Sequence[HasStack]:
        """Return the stacks of the moment that is shown, most bytes first."""
        window = self.monitor.time.window
        sort = StackSort.BYTES if window is Window.TOTAL else StackSort.BYTES_PER_S
        return self.monitor.time.moment.stacks(self.key, StackQuery(sort, window=window, limit=LISTED))

    def show_tree(self, tree: CallTree) -> None:
        """Show the callers in the window of the stacks: as rates, but for what was allocated since the start."""
        window, moment = self.monitor.time.window, self.monitor.time.moment
        title = title_of("CALLED BY", window, self.hide)
        seconds = 0.0 if window is Window.TOTAL else moment.seconds(window)
        progress = self._build.needs_more(lambda at_most: moment.read_callers(self.key, self.hide, at_most))
        if progress is not None:
            tree.show_tree(None, progress_text(progress))
            return
        tree.show_tree(moment.callers(self.key, self.hide, window), title, seconds)

    def _show_tree_again(self) -> None:
        if self.is_drawable:
            self.show_tree(self.query_one(CallTree))

    def head(self, width: int) -> list[list[Line]]:
        """Write which way the site's allocations go and what rounding loses, as groups of lines."""
        row = self._site()
        return (
            [] if row is None else site_head(row, self.monitor.time.runtime.alloc_paths(self.key), width, self.palette)
        )

    def compose_body(self) -> ComposeResult:
        """Compose figures, three tables and the source."""
        clock = self.monitor.clock
        yield StaticLines(id="stack-head")
        with Horizontal(id="stack-panes"):
            with Vertical(id="left-pane"):
                yield LineTable[int, Stack](self.stack_columns, clock, id="stacks")
                yield CallTree(self.tree_title, clock, id="callers", counted=self.counted)
            with Vertical(id="right-pane"):
                yield LineTable[int, NumberedFrame](frame_columns(0, 0), clock, id="frames", holds=False)
                yield SourcePane(self.home())

    def draw_body(self) -> None:
        """Draw the site's stacks of the moment that is shown."""
        self.fit_to_size()
        self._stacks = self.read_stacks()
        self._draw_head()
        self.show_tree(self.query_one(CallTree))
        table = self.query_one("#stacks", LineTable)
        table.styles.max_height = len(self._stacks) + 1
        table.show(self._distinguisher.distinguish(self._stacks, self.hide))
        self._draw_frames()

    def _draw_head(self) -> None:
        board, size = self.query_one("#stack-head", StaticLines), self.app.size
        groups = [*self._left_out(), *self.head(size.width)]
        lines = groups_that_fit(groups, size.height - PANES_NEED)
        board.display = bool(lines)
        board.styles.height = len(lines)
        board.show(lines)

    def _left_out(self) -> list[list[Line]]:
        """Write that not all stacks are listed, or not whole."""
        total, notes = getattr(self._stacks, "total", 0), list[str]()
        if total > len(self._stacks):
            notes.append(f" the {len(self._stacks):,} of {total:,} stacks with the most bytes; callers are of all")
        if shortened := getattr(self._stacks, "shortened", 0):
            notes.append(f" {units.SHORTENED} {shortened:,} of {total:,} stacks are kept shorter, for want of room (?)")
        return [[[(note, self.palette.warn)]] for note in notes]

    def _draw_frames(self) -> None:
        stack, table = self.query_one("#stacks", LineTable).cursor_row, self.query_one("#frames", LineTable)
        frames, beyond = (stack.row.frames, stack.row.beyond) if isinstance(stack, Stack) else ((), "")
        rows = numbered(frames, self.key, self.hide, beyond)
        table.use(frame_columns(len(frames) + bool(beyond) - len(rows), len(frames)))
        table.show(ListRows[int, NumberedFrame](rows, lambda row: row.number))
        self.draw_source()

    @property
    def frame(self) -> Frame | None:
        """The frame one looks at: under the cursor of the pane one is in; in the stacks, the site."""
        if self.branch is not None:
            return self.branch.node.frame
        frames = self.query_one("#frames", LineTable)
        if frames.pinned and isinstance(frames.cursor_row, NumberedFrame):
            return frames.cursor_row.frame
        return Frame(self.key.function, self.key.file, self.key.line, False)

    def on_line_table_moved(self, event: LineTable.Moved) -> None:
        """Show the frames of the stack under the cursor."""
        if event.table.id == "stacks":
            self._draw_frames()
        self.draw_source()

    def on_line_table_chosen(self, event: LineTable.Chosen) -> None:
        """Go from a stack to its frames, and from a function to who calls it and what it calls."""
        event.stop()
        row = event.table.cursor_row
        if isinstance(event.table, CallTree):
            self.open_branch(event.table)
        elif isinstance(row, NumberedFrame):
            self.monitor.navigation.open_function(row.frame, self.hide)
        elif isinstance(row, Stack):
            self.query_one("#frames").focus()

    def figures(self) -> Line:
        """Return the site's rates and share."""
        row = self._site()
        if row is None:
            return []
        figures = units.size_rate(row.bytes_per_s), units.count_rate(row.allocs_per_s), units.percent(row.share)
        return [("  ".join(units.about(figure, row.rates_estimated) for figure in figures), self.palette.text)]

    def _site(self) -> SiteRow | None:
        return self.monitor.time.moment.site(self.key, self.monitor.time.window)
